package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/release"
)

// CancelRelease ends a release that never started.
type CancelRelease struct {
	Release  release.ID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to release.
func (CancelRelease) Needs() access.Permission { return access.Release }

// Do cancels the release.
func (c CancelRelease) Do(ctx context.Context, w *Work) error {
	return w.end(ctx, c.Release, c.Revision, func(r release.Release) ([]event.Event, error) { return r.Cancel(c.Reason) },
		func(e environment.Environment) []event.Event { return e.Close(c.Release) })
}
