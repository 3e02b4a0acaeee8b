package environment

import (
	"regexp"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Name identifies an environment: "dev", "prod".
type Name string

var (
	space       = uuid.MustParse("0f3a8b52-4f5b-5a37-8a52-6f5d0b1c9e02")
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
)

// Stream is the environment's stream.
func (n Name) Stream() uuid.UUID { return uuid.NewSHA1(space, []byte(n)) }

// Check refuses a name that is not short, lower-case and plain.
func (n Name) Check() error {
	if !namePattern.MatchString(string(n)) {
		return fault.Refuse(fault.Invalid, "environment.name",
			fault.Say("an environment's name is 1 to 32 of a-z, 0-9 and -, a letter first", "环境名称由 1 到 32 个小写字母、数字和连字符组成，以字母开头"))
	}
	return nil
}

// Frozen is one place of a lesson with the exact version released for it.
type Frozen struct {
	Slot     string    `json:"slot"`
	Question uuid.UUID `json:"question"`
	Version  int       `json:"version"`
}

// Released makes an exact set of versions live, wholly.
type Released struct {
	Release     uuid.UUID `json:"release"`
	Environment Name      `json:"environment"`
	Org         string    `json:"org"`
	Lesson      uuid.UUID `json:"lesson"`
	Version     int       `json:"version"` // of the lesson
	Questions   []Frozen  `json:"questions"`
	Pools       []Frozen  `json:"pools,omitempty"`   // what draws draw from; the slot is the draw's id
	Replaces    uuid.UUID `json:"replaces,omitzero"` // the release that was live before
	Note        string    `json:"note,omitempty"`
}

// Withdrawn takes a lesson off the environment: nobody starts it any more.
type Withdrawn struct {
	Release     uuid.UUID `json:"release"`
	Environment Name      `json:"environment"`
	Lesson      uuid.UUID `json:"lesson"`
	Reason      string    `json:"reason"`
}

// Name returns the event's type.
func (Released) Name() string { return "release.activated" }

// Name returns the event's type.
func (Withdrawn) Name() string { return "release.withdrawn" }

// Events defines every event of an environment.
var Events = []event.Definition{event.Define[Released](), event.Define[Withdrawn]()}

// Environment is what is live.
type Environment struct {
	Revision int
	Live     map[uuid.UUID]Released // by lesson; read only
}

// Release makes versions live. Exactly the same set again changes nothing.
func (e Environment) Release(r Released) ([]event.Event, error) {
	if err := r.Environment.Check(); err != nil {
		return nil, err
	}
	if err := text.CheckNote("/note", r.Note); err != nil {
		return nil, err
	}
	if live, ok := e.Live[r.Lesson]; ok {
		if live.Version == r.Version && slices.Equal(live.Questions, r.Questions) && slices.Equal(live.Pools, r.Pools) {
			return nil, nil
		}
		r.Replaces = live.Release
	}
	return []event.Event{r}, nil
}

// Withdraw takes a lesson off.
func (e Environment) Withdraw(lesson uuid.UUID, reason string) ([]event.Event, error) {
	live, ok := e.Live[lesson]
	if !ok {
		return nil, NotLive()
	}
	if err := text.CheckNote("/reason", reason); err != nil {
		return nil, err
	}
	return []event.Event{Withdrawn{Release: live.Release, Environment: live.Environment, Lesson: lesson, Reason: reason}}, nil
}

// NotLive refuses what asks for a live lesson where there is none.
func NotLive() error {
	return fault.Refuse(fault.NotFound, "release.not_found", fault.Say("the lesson is not live in this environment", "该讲次未在此环境上线"))
}

// Apply folds one event. It consumes its receiver: the map goes on in the result.
func (e Environment) Apply(ev event.Event) Environment {
	if e.Live == nil {
		e.Live = map[uuid.UUID]Released{}
	}
	switch ev := ev.(type) {
	case Released:
		e.Live[ev.Lesson] = ev
	case Withdrawn:
		delete(e.Live, ev.Lesson)
	}
	e.Revision++
	return e
}
