package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
)

// ClaimReview lets a reviewer take what waits from the queue, so that others take something else.
type ClaimReview struct{ Reviewed }

// Needs the right to review such things.
func (c ClaimReview) Needs() access.Permission { return c.reviews() }

// Do claims the step that waits.
func (c ClaimReview) Do(ctx context.Context, w *Work) error {
	return w.reviewed(ctx, c.Reviewed, func(r review, _ string) ([]event.Event, error) { return r.Claim(w.Actor) })
}
