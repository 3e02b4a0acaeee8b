package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/regrade"
)

// DeclineRegrade leaves the marks as they are.
type DeclineRegrade struct {
	Regrade  regrade.ID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to approve regrades.
func (DeclineRegrade) Needs() access.Permission { return access.ApproveRegrades }

// Do declines the regrade.
func (c DeclineRegrade) Do(ctx context.Context, w *Work) error {
	return w.regrade(ctx, c.Regrade, c.Revision, func(r regrade.Regrade) ([]event.Event, error) {
		return r.Decline(w.Actor.Person(), c.Reason)
	})
}
