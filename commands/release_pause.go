package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/release"
)

// PauseRelease stops the steps of a release; whoever comes is let in by the share as it is.
type PauseRelease struct {
	Release  release.ID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to release.
func (PauseRelease) Needs() access.Permission { return access.Release }

// Do pauses the release.
func (c PauseRelease) Do(ctx context.Context, w *Work) error {
	return w.release(ctx, c.Release, c.Revision, func(r release.Release) ([]event.Event, error) { return r.Pause(c.Reason) })
}
