package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/release"
)

// FreezeRelease lets no one new into a release and no one out.
type FreezeRelease struct {
	Release  release.ID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to release.
func (FreezeRelease) Needs() access.Permission { return access.Release }

// Do freezes the release.
func (c FreezeRelease) Do(ctx context.Context, w *Work) error {
	return w.release(ctx, c.Release, c.Revision, func(r release.Release) ([]event.Event, error) { return r.Freeze(c.Reason) })
}
