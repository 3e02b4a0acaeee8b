package golive

import (
	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
)

var space = uuid.MustParse("e6a4f0d2-7b1c-5f43-9f55-4c7c0b9d2f60")

// ExecutionOf is the stream of a plan's execution for an organisation.
func ExecutionOf(org string, plan content.Hash) uuid.UUID {
	return uuid.NewSHA1(space, []byte(org+"\x00"+string(plan)))
}

// Execution is a plan being carried out. Its steps are commands with ids derived from it, so each happens once.
type Execution struct {
	Revision int
	Org      string
	Plan     Plan
	Release  uuid.UUID // zero: not there yet
}

// Begin starts the execution of a plan. One that has begun goes on with the plan it began with.
func (x Execution) Begin(org string, p Plan) ([]event.Event, error) {
	if x.Revision > 0 {
		return nil, nil
	}
	if p.Blocked() {
		var problems []fault.Problem
		for _, g := range p.Missing {
			if g.Blocks {
				problems = append(problems, fault.Problem{Pointer: "/" + string(g.Kind) + "s/" + g.ID.String(), Code: g.Code, Message: g.Message})
			}
		}
		return nil, fault.Refuse(fault.Conflict, "golive.blocked", fault.Say("something is missing without which it cannot go live", "仍有未满足的上线条件"), problems...)
	}
	if len(p.Set) == 0 {
		return nil, fault.Refuse(fault.Conflict, "golive.nothing", fault.Say("this is live already", "内容已经上线，无需变更"))
	}
	return []event.Event{Begun{Org: org, Plan: p}}, nil
}

// Finish says which release it became. Saying it again changes nothing.
func (x Execution) Finish(release uuid.UUID) []event.Event {
	if x.Release != uuid.Nil {
		return nil
	}
	return []event.Event{Finished{Release: release}}
}

// Apply folds one event.
func (x Execution) Apply(e event.Event) Execution {
	x.Revision++
	switch e := e.(type) {
	case Begun:
		x.Org, x.Plan = e.Org, e.Plan
	case Finished:
		x.Release = e.Release
	}
	return x
}

// Stale refuses a plan that is not the one there would be now.
func Stale() *fault.Fault {
	return fault.Refuse(fault.Conflict, "golive.stale", fault.Say("what the plan rests on has changed; look at the new one", "上线计划所依据的内容已变化，请查看新的计划"))
}

// Begun starts the execution of a plan.
type Begun struct {
	Org  string `json:"org"`
	Plan Plan   `json:"plan"`
}

// Finished says which release it became.
type Finished struct {
	Release uuid.UUID `json:"release"`
}

// Name returns the event's type.
func (Begun) Name() string { return "golive.begun" }

// Name returns the event's type.
func (Finished) Name() string { return "golive.finished" }

// Events defines every event of an execution.
var Events = []event.Definition{event.Define[Begun](), event.Define[Finished]()}
