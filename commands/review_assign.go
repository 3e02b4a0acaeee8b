package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
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
	return w.reviewed(ctx, c.Reviewed, func(r review) ([]event.Event, error) { return r.Assign(c.Step, c.Persons, c.Due) })
}
