package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/regrade"
)

// ApproveRegrade makes a regrade stand that another person asked for. Marks are revised from then on.
type ApproveRegrade struct {
	Regrade  regrade.ID
	Revision int // what the caller saw
	Note     string
}

// Needs the right to approve regrades.
func (ApproveRegrade) Needs() access.Permission { return access.ApproveRegrades }

// Do approves the regrade.
func (c ApproveRegrade) Do(ctx context.Context, w *Work) error {
	return w.regrade(ctx, c.Regrade, c.Revision, func(r regrade.Regrade) ([]event.Event, error) {
		return r.Approve(w.Actor.Person(), c.Note)
	})
}
