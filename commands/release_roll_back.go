package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/release"
)

// RollBackRelease takes the candidate away from everybody who has not begun with it; open attempts keep what they pinned.
type RollBackRelease struct {
	Release  release.ID
	Revision int // what the caller saw
	Reason   string
	Figures  *release.Figures // what it rests on, where it does
}

// Needs the right to release.
func (RollBackRelease) Needs() access.Permission { return access.Release }

// Do rolls the release back.
func (c RollBackRelease) Do(ctx context.Context, w *Work) error {
	return w.end(ctx, c.Release, c.Revision, func(r release.Release) ([]event.Event, error) { return r.RollBack(c.Reason, c.Figures) },
		func(e environment.Environment) []event.Event { return e.Close(c.Release) })
}
