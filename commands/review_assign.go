package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
)

// AssignReview says who is to review something at a step, and by when.
type AssignReview struct {
	Reviewed
	Step    string // "": the one that waits
	Persons []string
	Due     int64 // microseconds since 1970 UTC; 0: whenever
}

// Needs the right to manage reviews.
func (AssignReview) Needs() access.Permission { return access.ManageReview }

// Do assigns the step.
func (c AssignReview) Do(ctx context.Context, w *Work) error {
	if c.Due != 0 && c.Due <= w.meta.At {
		message := fault.Say("the instant to be done by has passed", "截止时间已过")
		return fault.Refuse(fault.Invalid, "review.due", message, fault.Problem{Pointer: "/due", Code: "past", Message: message})
	}
	return w.reviewed(ctx, c.Reviewed, func(r review) ([]event.Event, error) { return r.Assign(c.Step, c.Persons, c.Due) })
}
