package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/reissue"
)

// RevokeReissue ends a reissue before its time: nobody begins with it any more. Open attempts keep what they have.
type RevokeReissue struct {
	Reissue  reissue.ID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to grant.
func (RevokeReissue) Needs() access.Permission { return access.GrantReissues }

// Do revokes it.
func (c RevokeReissue) Do(ctx context.Context, w *Work) error {
	return w.reissue(ctx, c.Reissue, c.Revision, func(r reissue.Reissue) ([]event.Event, error) { return r.Revoke(w.Actor.Person(), c.Reason, w.meta.At) })
}
