package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
)

// UnassignReview takes a step of a review from persons.
type UnassignReview struct {
	Reviewed
	Step    string   // "": the one that waits
	Persons []string // nobody: from everybody
}

// Needs the right to manage reviews.
func (UnassignReview) Needs() access.Permission { return access.ManageReview }

// Do takes the step away.
func (c UnassignReview) Do(ctx context.Context, w *Work) error {
	return w.reviewed(ctx, c.Reviewed, func(r review, _ string) ([]event.Event, error) { return r.Unassign(c.Step, c.Persons) })
}
