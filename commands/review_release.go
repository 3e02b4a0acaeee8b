package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
)

// ReleaseReview puts what a reviewer had taken back into the queue.
type ReleaseReview struct{ Reviewed }

// Needs the right to review such things.
func (c ReleaseReview) Needs() access.Permission { return c.reviews() }

// Do gives the step that waits back.
func (c ReleaseReview) Do(ctx context.Context, w *Work) error {
	return w.reviewed(ctx, c.Reviewed, func(r review, _ string) ([]event.Event, error) { return r.Unassign("", []string{w.Actor.Person()}) })
}
