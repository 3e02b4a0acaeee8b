package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/reissue"
)

// TurnReissue records that the window of a reissue has begun, or is over. Where neither is so, or was recorded before, it does nothing.
type TurnReissue struct{ Reissue reissue.ID }

// Needs the right to grant.
func (TurnReissue) Needs() access.Permission { return access.GrantReissues }

// Do records it.
func (c TurnReissue) Do(ctx context.Context, w *Work) error {
	return w.reissue(ctx, c.Reissue, Anything, func(r reissue.Reissue) ([]event.Event, error) { return r.Turn(w.meta.At), nil })
}
