package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/release"
)

// AdvanceRelease takes the next step of a release.
type AdvanceRelease struct {
	Release  release.ID
	Revision int              // what the caller saw
	Figures  *release.Figures // what it rests on; nil: nothing, where the step needs nothing
}

// Needs the right to release.
func (AdvanceRelease) Needs() access.Permission { return access.Release }

// Do takes the step.
func (c AdvanceRelease) Do(ctx context.Context, w *Work) error {
	return w.further(ctx, c.Release, c.Revision, func(r release.Release) ([]event.Event, error) {
		return r.Advance(w.moment(r.Blackouts), c.Figures)
	})
}
