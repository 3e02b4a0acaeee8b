package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/regrade"
)

// RevokeRegrade gives back the marks there were before a regrade that stands.
type RevokeRegrade struct {
	Regrade  regrade.ID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to approve regrades.
func (RevokeRegrade) Needs() access.Permission { return access.ApproveRegrades }

// Do revokes the regrade.
func (c RevokeRegrade) Do(ctx context.Context, w *Work) error {
	return w.regrade(ctx, c.Regrade, c.Revision, func(r regrade.Regrade) ([]event.Event, error) {
		return r.Revoke(w.Actor.Person(), c.Reason)
	})
}
