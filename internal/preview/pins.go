package preview

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/text"
	"qbank/eventstore"
)

// Device is what the student would hold.
type Device struct {
	Platform   string `json:"platform,omitempty"`
	AppVersion string `json:"app_version,omitempty"`
	Channel    string `json:"channel,omitempty"`
	Region     string `json:"region,omitempty"`
}

// Start is where in a lesson the preview begins.
type Start struct {
	Stage string `json:"stage,omitempty"` // id; "": the first
	At    int64  `json:"at_ms,omitempty"` // milliseconds into the stage
}

// Ask says what to preview: a question or a lesson, as it stands or at a point of its history.
type Ask struct {
	Question uuid.UUID
	Lesson   uuid.UUID
	Revision int   // of its stream
	Version  int   // what was published under this number
	Moment   int64 // microseconds: whatever had happened by then
	Live     bool  // a lesson as it is live in the actor's environment

	Start     Start
	Device    Device
	Locale    string
	Seed      uint64 // decides the order of options
	Solutions bool   // show them too
}

// Pins say exactly what is shown. They mean the same for ever.
type Pins struct {
	Org         string    `json:"org"` // of who asked: nothing outside it is shown
	Question    uuid.UUID `json:"question,omitzero"`
	Lesson      uuid.UUID `json:"lesson,omitzero"`
	Revision    int       `json:"revision"`
	Version     int       `json:"version,omitempty"` // 0: the draft at the revision
	Position    int64     `json:"position"`          // of the log: nothing after it is shown
	Moment      int64     `json:"moment,omitempty"`  // microseconds: nor anything after this
	Frozen      []int     `json:"frozen,omitempty"`  // versions of the questions, where a release froze them
	Drawn       []Drawn   `json:"drawn,omitempty"`   // from the pools of a lesson, by the seed, in the order of its draws
	Start       Start     `json:"start,omitzero"`    // of a lesson
	Device      Device    `json:"device,omitzero"`   // of the student
	Locale      string    `json:"locale,omitempty"`  // of reasons
	Environment string    `json:"environment,omitempty"`
	Seed        uint64    `json:"seed,string"`
	Solutions   bool      `json:"solutions,omitempty"`
}

// Drawn is a question that was drawn from a pool of a lesson: index of the draw in the plan, index in its pool, version (0: the newest). It is as short as
// can be: all of an attempt's fit into a ticket.
type Drawn [3]int

// Stage shows previews. Make it with NewStage.
type Stage struct {
	log   commands.Log
	codec *event.Codec
	types *commands.Types
	bus   *commands.Bus
	head  func(context.Context) (int64, error) // of the log
	built *cache
}

// NewStage makes a stage over what the bus reads.
func NewStage(bus *commands.Bus, head func(context.Context) (int64, error)) (*Stage, error) {
	built, err := newCache()
	return &Stage{log: bus.Log, codec: bus.Codec, types: bus.Types, bus: bus, head: head, built: built}, err
}

// Pin finds what is asked for and pins it. It needs the right to read questions. Faults: access.denied, question.not_found, lesson.not_found,
// revision.not_found, lesson.not_live, preview.ask, preview.stage_unknown.
func (s *Stage) Pin(ctx context.Context, actor access.Actor, ask Ask) (Pins, error) {
	if err := actor.Require(access.ReadQuestions); err != nil {
		return Pins{}, err
	}
	if err := ask.check(); err != nil {
		return Pins{}, err
	}
	head, err := s.head(ctx)
	if err != nil {
		return Pins{}, err
	}
	pins := Pins{Org: actor.Scope.Org, Question: ask.Question, Lesson: ask.Lesson, Position: head, Moment: ask.Moment, Start: ask.Start, Device: ask.Device,
		Locale: ask.Locale, Environment: actor.Scope.Environment, Seed: ask.Seed, Solutions: ask.Solutions}
	var pools []environment.Frozen
	if ask.Live {
		if pools, err = s.pinLive(ctx, actor, &ask, &pins); err != nil {
			return Pins{}, err
		}
	}
	stream, refusal := ask.Question, notFound("question", "题目")
	if stream == uuid.Nil {
		stream, refusal = ask.Lesson, notFound("lesson", "讲次")
	}
	recorded, err := s.log.ReadStream(ctx, stream, eventstore.Range{})
	if err != nil {
		return Pins{}, fmt.Errorf("read what is previewed: %w", err)
	}
	if err := s.owned(actor.Scope.Org, recorded, ask, refusal); err != nil {
		return Pins{}, err
	}
	if err := s.locate(recorded, ask, &pins); err != nil {
		return Pins{}, err
	}
	if ask.Lesson == uuid.Nil {
		return pins, nil
	}
	plan, err := s.plan(recorded[:min(pins.Revision, len(recorded))], pins)
	if err != nil {
		return Pins{}, err
	}
	if err := s.startKnown(plan, pins.Start); err != nil {
		return Pins{}, err
	}
	err = s.draw(ctx, plan, pools, &pins)
	return pins, err
}

// draw draws from the pools of a lesson as an attempt with the seed would.
func (s *Stage) draw(ctx context.Context, plan lesson.Plan, pools []environment.Frozen, pins *Pins) error {
	drawn, err := s.bus.Drawn(ctx, pins.Environment, plan, pools, pins.Seed)
	for _, d := range drawn {
		at := slices.IndexFunc(plan.Draws[d.Draw].Pool, func(p lesson.Pooled) bool { return p.Question == d.Question })
		pins.Drawn = append(pins.Drawn, Drawn{d.Draw, at, d.Version})
	}
	return err
}

// pinLive takes over what a student with this device gets now, and returns what is frozen of the pools; a place that is taken down has version 0.
func (s *Stage) pinLive(ctx context.Context, actor access.Actor, ask *Ask, pins *Pins) ([]environment.Frozen, error) {
	actor.Device = access.Device{Platform: ask.Device.Platform, AppVersion: ask.Device.AppVersion, Channel: ask.Device.Channel,
		Region: ask.Device.Region, Locale: ask.Locale}
	live, err := s.bus.Resolve(ctx, actor, commands.Ask{Lesson: ask.Lesson})
	if err != nil {
		return nil, err
	}
	ask.Version = live.Version
	pins.Frozen = make([]int, len(live.Plan.Items))
	for _, place := range live.Places {
		pins.Frozen[place.Item] = place.Version
	}
	return live.Pools, nil
}

// owned refuses what is not of the organisation, or is no question or lesson at all.
func (s *Stage) owned(org string, recorded []eventstore.Recorded, ask Ask, refusal error) error {
	if len(recorded) == 0 {
		return refusal
	}
	first, err := s.codec.Decode(recorded[0].Type, recorded[0].SchemaVersion, recorded[0].Data)
	if err != nil {
		return err
	}
	owner := ""
	switch e := first.(type) {
	case question.Created:
		if ask.Question != uuid.Nil {
			owner = e.Org
		}
	case lesson.Created:
		if ask.Lesson != uuid.Nil {
			owner = e.Org
		}
	}
	if owner == "" || org == "" || !access.Covers(org, owner) {
		return refusal
	}
	return nil
}

// locate finds the revision that is meant.
func (s *Stage) locate(recorded []eventstore.Recorded, ask Ask, pins *Pins) error {
	for i := len(recorded) - 1; i >= 0; i-- {
		r := recorded[i]
		switch {
		case r.Position > pins.Position: // recorded since the head was read
			continue
		case ask.Version > 0:
			e, err := s.codec.Decode(r.Type, r.SchemaVersion, r.Data)
			if err != nil {
				return err
			}
			if publishedAs(e) != ask.Version {
				continue
			}
			pins.Version = ask.Version
		case ask.Revision > 0:
			if r.Version != ask.Revision {
				continue
			}
			if i < len(recorded)-1 { // the questions of a lesson as they were then
				pins.Position = r.Position
			}
		case ask.Moment > 0 && r.RecordedAt.After(time.UnixMicro(ask.Moment)):
			continue
		}
		pins.Revision = r.Version
		return nil
	}
	return fault.Refuse(fault.NotFound, "revision.not_found", fault.Say("there is no such revision", "没有这个修订"))
}

func publishedAs(e event.Event) int {
	switch e := e.(type) {
	case question.Published:
		return e.Version
	case lesson.Published:
		return e.Version
	}
	return 0
}

// The bounds of what is said with an ask.
const maxWord = 64 // characters

func (a Ask) check() error {
	points := 0
	for _, given := range []bool{a.Revision != 0, a.Version != 0, a.Moment != 0, a.Live} {
		if given {
			points++
		}
	}
	switch {
	case (a.Question == uuid.Nil) == (a.Lesson == uuid.Nil):
		return badAsk(fault.Say("name a question or a lesson", "请指定一道题目或一个讲次"))
	case points > 1 || a.Revision < 0 || a.Version < 0 || a.Moment < 0 || a.Revision > math.MaxInt32:
		return badAsk(fault.Say("give at most one of revision, version, moment, live", "revision、version、moment、live 最多给出一个"))
	case a.Question != uuid.Nil && (a.Live || a.Start != Start{}):
		return badAsk(fault.Say("only a lesson is live, or begins somewhere", "仅讲次可按上线内容预览或指定起点"))
	case a.Start.At < 0 || a.Start.At > 24*3600*1000:
		return badAsk(fault.Say("a start lies within the first 24 hours", "起点应在 24 小时以内"))
	}
	var problems []fault.Problem
	for pointer, word := range map[string]string{"/stage": a.Start.Stage, "/device/platform": a.Device.Platform, "/device/appVersion": a.Device.AppVersion,
		"/device/channel": a.Device.Channel, "/device/region": a.Device.Region, "/locale": a.Locale} {
		problems = append(problems, text.Check(pointer, word, 0, maxWord)...)
	}
	if len(problems) > 0 {
		return badAsk(fault.Say("some words are too long", "部分文本过长"), problems...)
	}
	return nil
}

func badAsk(message fault.Text, problems ...fault.Problem) error {
	return fault.Refuse(fault.Invalid, "preview.ask", message, problems...)
}

func notFound(what, zh string) error {
	return fault.Refuse(fault.NotFound, what+".not_found", fault.Text{EN: "there is no such " + what, ZH: "没有这个" + zh})
}

// startKnown refuses a start in a stage that the lesson does not have, or behind the end of its film.
func (s *Stage) startKnown(plan lesson.Plan, start Start) error {
	if start.Stage == "" {
		return nil
	}
	i := slices.IndexFunc(plan.Stages, func(stage lesson.Stage) bool { return stage.ID == start.Stage })
	if i < 0 {
		return fault.Refuse(fault.Invalid, "preview.stage_unknown", fault.Say("the lesson has no stage %.64q", "讲次没有环节 %.64q", start.Stage))
	}
	if medium := plan.Stages[i].Medium; medium != nil && start.At > medium.Duration {
		return badAsk(fault.Say("the stage lasts %d ms", "该环节时长为 %d 毫秒", medium.Duration))
	}
	return nil
}

// key tells pins apart.
func (p Pins) key() string {
	encoded, _ := json.Marshal(p) // plain values
	return string(encoded)
}
