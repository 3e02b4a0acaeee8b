package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/release"
)

// WidenRelease gives the candidate a larger share by hand.
type WidenRelease struct {
	Release  release.ID
	Revision int // what the caller saw
	Weight   int // of the total
	Reason   string
}

// Needs the right to release.
func (WidenRelease) Needs() access.Permission { return access.Release }

// Do widens the release.
func (c WidenRelease) Do(ctx context.Context, w *Work) error {
	return w.further(ctx, c.Release, c.Revision, func(r release.Release) ([]event.Event, error) {
		return r.Widen(w.moment(r.Blackouts), c.Weight, c.Reason)
	})
}
