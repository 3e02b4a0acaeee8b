package lesson

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/cue"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/scoring"
	"qbank/domain/text"
	"qbank/domain/workflow"
)

// ID is a lesson's stream.
type ID = uuid.UUID

// Slot is the stable name of a place in a lesson; answers refer to it.
type Slot string

// Item is one question in a lesson.
type Item struct {
	Slot     Slot         `json:"slot"`
	Question uuid.UUID    `json:"question"`
	Version  int          `json:"version"` // exact in a published lesson; in a draft 0 means the newest
	Max      scoring.Mark `json:"max"`     // marks for a full answer
}

// Reveal says when solutions may be seen.
type Reveal string

// When solutions may be seen.
const (
	AfterFinish Reveal = "after_finish" // by each student, once the own attempt is finished: whoever has another one knows the solutions then
	AfterLast   Reveal = "after_last"   // by each student, once the last attempt is finished that there is
	Never       Reveal = "never"
)

// Plan is what a lesson says. Without stages it is its questions, one after another.
type Plan struct {
	Title        string  `json:"title"`
	Items        []Item  `json:"items"`
	Reveal       Reveal  `json:"reveal"`
	MaxAttempts  int     `json:"max_attempts"`            // 0: as many as one likes
	Shuffle      bool    `json:"shuffle"`                 // options are shown in an order of the attempt's own, where a question allows it
	Mode         Mode    `json:"mode,omitempty"`          // of the stages that have none of their own
	KeepVersions bool    `json:"keep_versions,omitempty"` // an attempt at this exam keeps the versions it started with, whatever is reissued
	Stages       []Stage `json:"stages,omitempty"`        // in order; each question and each draw then stands in exactly one
	Draws        []Draw  `json:"draws,omitempty"`         // questions of which each student gets some
}

// Created starts a lesson.
type Created struct {
	Org  string `json:"org"`
	Plan Plan   `json:"plan"`
	Copy *Copy  `json:"copy,omitempty"` // what it is a copy of
}

// Edited replaces the plan.
type Edited struct {
	Plan   Plan      `json:"plan"`
	Recut  *Recut    `json:"recut,omitempty"`  // because a medium was cut anew
	Pulled int       `json:"pulled,omitempty"` // because this version of the master was pulled
	Change uuid.UUID `json:"change,omitzero"`  // because this request was approved
}

// Published makes the plan an immutable, numbered version; each item names an exact version of its question.
type Published struct {
	Version int  `json:"version"`
	Plan    Plan `json:"plan"`
}

// Retired takes the lesson out of use.
type Retired struct {
	Reason string `json:"reason"`
}

// RevisionDeclined keeps the version of a question that the lesson has, although there is a revision of it.
type RevisionDeclined struct {
	Question uuid.UUID `json:"question"`
	Version  int       `json:"version"` // of the question: what was offered
	Reason   string    `json:"reason"`
}

// Name returns the event's type.
func (RevisionDeclined) Name() string { return "lesson.revision_declined" }

// Name returns the event's type.
func (Created) Name() string { return "lesson.created" }

// Name returns the event's type.
func (Edited) Name() string { return "lesson.edited" }

// Name returns the event's type.
func (Published) Name() string { return "lesson.published" }

// Name returns the event's type.
func (Retired) Name() string { return "lesson.retired" }

// Events defines every event of a lesson.
var Events = []event.Definition{event.Define[Created](), event.Define[Edited](), event.Define[Published](), event.Define[Retired](),
	event.Define[RevisionDeclined](),
	event.Define[Locked](), event.Define[Unlocked](), event.Define[ChangeRequested](), event.Define[ChangeApproved](), event.Define[ChangeDeclined]()}

// The bounds of a lesson.
const (
	MaxItems    = 500
	maxSlot     = 64 // characters
	maxMark     = 10_000 * scoring.OneMark
	maxAttempts = 1000
)

// Lesson is as much of the history as decisions need.
type Lesson struct {
	Revision int
	Org      string
	Plan     Plan
	Latest   int  // number of the newest version, 0 before the first
	Newest   Plan // and what it says
	Retired  bool
	Standing workflow.Standing // how far the submission of the plan has come
	asked    Plan              // the plan that was submitted
	// submitted says that a review was asked for since the last publication.
	submitted bool
	declined  map[uuid.UUID]int // by question: the newest version that was declined
	Master    *Copy             // what it is a copy of; nil: of nothing
	Locks     []Lock            // while there is one, the lesson changes by approved requests alone
	Changes   []Change          // the requests that are open
}

// Create starts a lesson. plugins are what its cues may do.
func (l Lesson) Create(org string, plan Plan, plugins *cue.Registry) ([]event.Event, error) {
	if l.Revision > 0 {
		return nil, fault.Refuse(fault.Conflict, "lesson.exists", fault.Say("the lesson exists already", "讲次已存在"))
	}
	plan, err := plan.Tidy(plugins)
	if err != nil {
		return nil, err
	}
	return []event.Event{Created{Org: org, Plan: plan}}, nil
}

// Edit makes a whole plan the draft. seen is the draft as the editor first saw it, so that two people who change different places both
// keep their work; where they changed the same the fault "lesson.merge_conflict" shows both.
func (l Lesson) Edit(seen, edited Plan, plugins *cue.Registry) ([]event.Event, error) {
	if err := l.changeable(); err != nil {
		return nil, err
	}
	edited, err := edited.Tidy(plugins)
	if err != nil {
		return nil, err
	}
	merged, err := merge(seen, l.Plan, edited, nil, plugins)
	if err != nil {
		return nil, l.at(err)
	}
	if merged.Hash() == l.Plan.Hash() {
		return nil, nil // nothing changed: nothing happened
	}
	return []event.Event{Edited{Plan: merged}}, nil
}

// at adds to a conflict the revision at which it is one.
func (l Lesson) at(err error) error {
	if f := fault.Of(err); f != nil && f.Code == "lesson.merge_conflict" {
		return f.With("revision", l.Revision)
	}
	return err
}

// Retire takes the lesson out of use.
func (l Lesson) Retire(reason string) ([]event.Event, error) {
	if err := l.changeable(); err != nil {
		return nil, err
	}
	if err := text.CheckNote("/reason", reason); err != nil {
		return nil, err
	}
	return []event.Event{Retired{Reason: reason}}, nil
}

func (l Lesson) alive() error {
	if l.Revision == 0 {
		return fault.Refuse(fault.NotFound, "lesson.not_found", fault.Say("there is no such lesson", "没有这个讲次"))
	}
	if l.Retired {
		return fault.Refuse(fault.Conflict, "lesson.retired", fault.Say("the lesson is retired", "讲次已停用"))
	}
	return nil
}

// Tidy returns the plan with what was left open filled in, or says what is wrong with it.
func (p Plan) Tidy(plugins *cue.Registry) (Plan, error) {
	if p.Reveal == "" {
		p.Reveal = AfterFinish
	}
	problems := text.Check("/title", p.Title, 1, text.Title)
	wrong := func(pointer, code string, text fault.Text) {
		problems = append(problems, fault.Problem{Pointer: pointer, Code: code, Message: text})
	}
	switch {
	case p.Reveal != AfterFinish && p.Reveal != AfterLast && p.Reveal != Never:
		wrong("/reveal", "enum", fault.Say("one of after_finish, after_last, never", "应为 after_finish、after_last 或 never"))
	case p.Reveal == AfterLast && p.MaxAttempts == 0:
		wrong("/reveal", "no_last_attempt", fault.Say("attempts without a limit have no last one; say how many there are, or reveal after_finish or never",
			"作答次数不限时没有最后一次；请设置次数上限，或选择 after_finish 或 never"))
	}
	if p.MaxAttempts < 0 || p.MaxAttempts > maxAttempts {
		wrong("/max_attempts", "range", fault.Say("0 to %d", "应为 0 到 %d", maxAttempts))
	}
	if len(p.Items) > MaxItems {
		wrong("/items", "max_items", fault.Say("at most %d questions", "最多 %d 道题目", MaxItems))
	} else {
		problems = append(problems, checkItems(p.Items)...)
	}
	if p.Mode != "" && !slices.Contains(Modes, p.Mode) {
		wrong("/mode", "enum", oneOf(Modes))
	}
	if exam := func(s Stage) bool { return s.Mode == Exam }; p.KeepVersions && p.Mode != Exam && !slices.ContainsFunc(p.Stages, exam) {
		wrong("/keep_versions", "not_allowed", fault.Say("only an exam keeps its versions", "只有考试可以保持版本不变"))
	}
	problems = append(problems, checkDraws(p)...)
	stages, wrongs := arrange(p, plugins)
	p.Stages, problems = stages, append(problems, wrongs...)
	if len(problems) == 0 {
		if raw, err := json.Marshal(p); err != nil || len(raw) > maxPlan {
			wrong("", "max_length", fault.Say("the lesson has %d bytes, the limit is %d", "讲次有 %d 字节，上限为 %d", len(raw), maxPlan))
		}
	}
	if len(problems) > 0 {
		return p, fault.Refuse(fault.Invalid, "lesson.invalid", fault.Say("the lesson is not valid", "讲次无效"), problems...)
	}
	return p, nil
}

func checkItems(items []Item) (problems []fault.Problem) {
	slots := make(map[Slot]bool, len(items))
	for i, item := range items {
		if slots[item.Slot] || len(text.Check("", string(item.Slot), 1, maxSlot)) > 0 {
			problems = append(problems, problem(i, "slot", "unique",
				fault.Say("each place needs a name of its own, 1 to %d characters", "每个位置需要唯一的名称（1 到 %d 个字符）", maxSlot)))
		}
		slots[item.Slot] = true
		if item.Max < 0 || item.Max > maxMark {
			problems = append(problems, problem(i, "max", "range", fault.Say("marks from 0 to 10000", "分值应为 0 到 10000")))
		}
		if item.Version < 0 {
			problems = append(problems, problem(i, "version", "range", fault.Say("a version is 1 or more, or 0 for the newest", "版本号应不小于 1，0 表示最新")))
		}
	}
	return problems
}

// Known refuses a plan with questions that are not known. A draft may hold questions that are not published yet; publishing may not.
func (p Plan) Known(known func(uuid.UUID) bool) error {
	var problems []fault.Problem
	check := func(at string, question uuid.UUID) {
		if !known(question) && len(problems) < maxProblems {
			problems = append(problems, fault.Problem{Pointer: at + "/question", Code: "unknown", Message: fault.Say("there is no such question", "没有这道题目")})
		}
	}
	for i, item := range p.Items {
		check("/items/"+strconv.Itoa(i), item.Question)
	}
	for i, d := range p.Draws {
		for n, q := range d.Pool {
			check("/draws/"+strconv.Itoa(i)+"/pool/"+strconv.Itoa(n), q.Question)
		}
	}
	return unusable(problems)
}

// Questions lists the questions that a plan names, those of its draws behind the others; one may stand more than once.
func (p Plan) Questions() []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(p.Items))
	for _, item := range p.Items {
		ids = append(ids, item.Question)
	}
	for _, d := range p.Draws {
		for _, q := range d.Pool {
			ids = append(ids, q.Question)
		}
	}
	return ids
}

func unusable(problems []fault.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return fault.Refuse(fault.Invalid, "lesson.questions", fault.Say("some questions cannot be used", "部分题目不能使用"), problems...)
}

func problem(item int, field, code string, text fault.Text) fault.Problem {
	return fault.Problem{Pointer: "/items/" + strconv.Itoa(item) + "/" + field, Code: code, Message: text}
}

// Apply folds one event.
func (l Lesson) Apply(e event.Event) Lesson {
	l.Revision++
	switch e := e.(type) {
	case Created:
		l.Org, l.Plan, l.Master = e.Org, e.Plan, e.Copy
	case Edited:
		l.Plan = e.Plan
		if e.Pulled > 0 && l.Master != nil {
			master := *l.Master
			master.Version = e.Pulled
			l.Master = &master
		}
	case Published:
		l.Latest, l.Newest = e.Version, e.Plan
	case Retired:
		l.Retired = true
	case RevisionDeclined:
		l.declined = maps.Clone(l.declined)
		if l.declined == nil {
			l.declined = map[uuid.UUID]int{}
		}
		l.declined[e.Question] = e.Version
	}
	return l.reviewed(e).applyLock(e)
}
