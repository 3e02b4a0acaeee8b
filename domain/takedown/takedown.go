package takedown

import (
	"maps"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

var space = uuid.MustParse("b7a0c8d4-2f61-5d0e-9a3c-51f2c64f1b88")

// Stream is the stream of a question's takedowns.
func Stream(question uuid.UUID) uuid.UUID { return uuid.NewSHA1(space, question[:]) }

// Imposed takes a version, or all of them, down.
type Imposed struct {
	Takedown    uuid.UUID `json:"takedown"`
	Org         string    `json:"org"` // of the question
	Question    uuid.UUID `json:"question"`
	Version     int       `json:"version,omitempty"`     // 0: every version, those to come included
	Environment string    `json:"environment,omitempty"` // "": every one
	Reason      string    `json:"reason"`
}

// Lifted ends a takedown.
type Lifted struct {
	Takedown    uuid.UUID `json:"takedown"`
	Question    uuid.UUID `json:"question"`
	Environment string    `json:"environment,omitempty"`
	Reason      string    `json:"reason"`
}

// Name returns the event's type.
func (Imposed) Name() string { return "takedown.imposed" }

// Name returns the event's type.
func (Lifted) Name() string { return "takedown.lifted" }

// Events defines every event of takedowns.
var Events = []event.Definition{event.Define[Imposed](), event.Define[Lifted]()}

// maxStanding bounds the takedowns of one question that stand at a time.
const maxStanding = 200

// Takedowns is what is down of one question.
type Takedowns struct {
	Revision int
	Standing map[uuid.UUID]Imposed // by takedown; read only
	lifted   map[uuid.UUID]Imposed
}

// Impose takes down. latest is the newest published version of the question. It refuses what was never published ("takedown.version"), and what a
// standing takedown covers already ("takedown.stands", which names it).
func (t Takedowns) Impose(i Imposed, latest int) ([]event.Event, error) {
	if err := text.CheckReason(i.Reason); err != nil {
		return nil, err
	}
	if _, known := t.Find(i.Takedown); known {
		return nil, nil
	}
	switch {
	case latest == 0 || i.Version < 0 || i.Version > latest:
		return nil, fault.Refuse(fault.Invalid, "takedown.version", fault.Say("the question has no published version %d", "题目没有已发布的第 %d 版", i.Version),
			fault.Problem{Pointer: "/version", Code: "unknown", Message: fault.Say("from 1 to %d, or none for all", "应为 1 到 %d，不填表示全部", latest)})
	case len(t.Standing) >= maxStanding:
		return nil, fault.Refuse(fault.Limit, "takedown.too_many", fault.Say("at most %d takedowns of one question; take the whole question down", "同一题目最多 %d 条下架，请下架整道题", maxStanding))
	}
	for id, standing := range t.Standing {
		if standing.covers(i.Version) && (standing.Environment == "" || standing.Environment == i.Environment) {
			return nil, fault.Refuse(fault.Conflict, "takedown.stands", fault.Say("it is taken down already", "已处于下架状态")).With("takedown", id.String())
		}
	}
	return []event.Event{i}, nil
}

// covers reports whether a version is down by it; 0 asks for all of them.
func (i Imposed) covers(version int) bool { return i.Version == 0 || i.Version == version }

// In reports whether it works in an environment.
func (i Imposed) In(environment string) bool {
	return i.Environment == "" || i.Environment == environment
}

// Lift ends a takedown; one that was lifted already changes nothing.
func (t Takedowns) Lift(id uuid.UUID, reason string) ([]event.Event, error) {
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	standing, stands := t.Standing[id]
	if _, known := t.Find(id); !stands && known {
		return nil, nil
	} else if !known {
		return nil, NotFound()
	}
	return []event.Event{Lifted{Takedown: id, Question: standing.Question, Environment: standing.Environment, Reason: reason}}, nil
}

// Find finds a takedown, whether it stands or was lifted.
func (t Takedowns) Find(id uuid.UUID) (Imposed, bool) {
	if found, stands := t.Standing[id]; stands {
		return found, true
	}
	found, lifted := t.lifted[id]
	return found, lifted
}

// NotFound refuses a takedown that is not there, or not for the caller.
func NotFound() *fault.Fault {
	return fault.Refuse(fault.NotFound, "takedown.not_found", fault.Say("there is no such takedown", "没有这条下架"))
}

// Apply folds one event.
func (t Takedowns) Apply(e event.Event) Takedowns {
	t.Revision++
	t.Standing, t.lifted = maps.Clone(t.Standing), maps.Clone(t.lifted)
	if t.Standing == nil {
		t.Standing, t.lifted = map[uuid.UUID]Imposed{}, map[uuid.UUID]Imposed{}
	}
	switch e := e.(type) {
	case Imposed:
		t.Standing[e.Takedown] = e
	case Lifted:
		t.lifted[e.Takedown] = t.Standing[e.Takedown]
		delete(t.Standing, e.Takedown)
	}
	return t
}
