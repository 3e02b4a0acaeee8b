package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/reissue"
)

// DeclineReissue refuses a reissue that was asked for.
type DeclineReissue struct {
	Reissue  reissue.ID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to grant.
func (DeclineReissue) Needs() access.Permission { return access.GrantReissues }

// Do declines it.
func (c DeclineReissue) Do(ctx context.Context, w *Work) error {
	return w.reissue(ctx, c.Reissue, c.Revision, func(r reissue.Reissue) ([]event.Event, error) { return r.Decline(w.Actor.Person(), c.Reason) })
}
