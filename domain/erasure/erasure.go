package erasure

import (
	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

var space = uuid.MustParse("e3b7a1f4-1c7d-5f0c-8a58-2a4f6d9c0b37")

// Stream is where the erasing of a person is recorded.
func Stream(person uuid.UUID) uuid.UUID { return uuid.NewSHA1(space, person[:]) }

// Begun says that a person is to be erased.
type Begun struct {
	Org    string    `json:"org"`
	Person uuid.UUID `json:"person"`          // opaque
	Reason string    `json:"reason"`          // names nobody
	Homes  []string  `json:"homes,omitempty"` // organisations in which the person was known
}

// Erased says that a person was, and how many rows of what were deleted.
type Erased struct {
	Counts map[string]int `json:"counts"`
}

// Name returns the event's type.
func (Begun) Name() string { return "person.erasure_begun" }

// Name returns the event's type.
func (Erased) Name() string { return "person.erased" }

// Events defines every event of an erasure.
var Events = []event.Definition{event.Define[Begun](), event.Define[Erased]()}

// Erasure is what is known of a person's erasure.
type Erasure struct {
	Revision int
	UnderWay bool
	Times    int      // how often it was brought to its end
	homes    []string // where the person was known before
}

// Begin begins it; one that is under way goes on. homes are the organisations that the person belongs to: whoever erases a person erases
// the person in all of them, so all must be the actor's. Where there are none any more, those count in which the person was known before.
func (e Erasure) Begin(by access.Actor, person uuid.UUID, reason string, homes []string) ([]event.Event, error) {
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	if len(homes) == 0 {
		homes = e.homes
	}
	inside := 0
	for _, org := range homes {
		if by.Within(org) == nil {
			inside++
		}
	}
	switch {
	case inside == 0 && e.Revision == 0:
		return nil, fault.Refuse(fault.NotFound, "person.not_found", fault.Say("there is no such person here", "这里没有此人"))
	case inside < len(homes):
		return nil, fault.Refuse(fault.Conflict, "person.elsewhere", fault.Say("the person also belongs to another organisation, which has to agree: ask an admin of both",
			"此人也属于其他组织，须由同时管理双方的管理员执行"))
	case by.Person() == person.String():
		return nil, fault.Refuse(fault.Denied, "person.oneself", fault.Say("nobody erases oneself", "不能删除自己"))
	case e.UnderWay:
		return nil, nil
	}
	return []event.Event{Begun{Org: by.Scope.Org, Person: person, Reason: reason, Homes: homes}}, nil
}

// End ends it.
func (e Erasure) End(counts map[string]int) ([]event.Event, error) {
	if !e.UnderWay {
		return nil, nil
	}
	return []event.Event{Erased{Counts: counts}}, nil
}

// Apply folds one event.
func (e Erasure) Apply(ev event.Event) Erasure {
	e.Revision++
	switch ev := ev.(type) {
	case Begun:
		e.UnderWay, e.homes = true, ev.Homes
	case Erased:
		e.UnderWay = false
		e.Times++
	}
	return e
}
