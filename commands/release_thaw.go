package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/release"
)

// ThawRelease ends that a release is frozen.
type ThawRelease struct {
	Release  release.ID
	Revision int // what the caller saw
}

// Needs the right to release.
func (ThawRelease) Needs() access.Permission { return access.Release }

// Do thaws the release.
func (c ThawRelease) Do(ctx context.Context, w *Work) error {
	return w.further(ctx, c.Release, c.Revision, func(r release.Release) ([]event.Event, error) { return r.Thaw(w.moment(r.Blackouts)) })
}
