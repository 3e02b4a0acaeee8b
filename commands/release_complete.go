package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/release"
)

// CompleteRelease makes the candidate what everybody gets.
type CompleteRelease struct {
	Release  release.ID
	Revision int              // what the caller saw
	Figures  *release.Figures // what it rests on, where it does
}

// Needs the right to release.
func (CompleteRelease) Needs() access.Permission { return access.Release }

// Do completes the release.
func (c CompleteRelease) Do(ctx context.Context, w *Work) error {
	return w.end(ctx, c.Release, c.Revision, func(r release.Release) ([]event.Event, error) {
		events, err := r.Complete(w.moment(r.Blackouts), c.Figures)
		if err != nil || len(events) == 0 {
			return nil, err
		}
		return events, w.keepLocks(ctx, r.Environment, r.Lessons)
	},
		func(e environment.Environment) []event.Event { return e.Complete(c.Release) })
}
