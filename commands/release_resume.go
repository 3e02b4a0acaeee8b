package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/release"
)

// ResumeRelease lets the steps of a paused release go on.
type ResumeRelease struct {
	Release  release.ID
	Revision int // what the caller saw
}

// Needs the right to release.
func (ResumeRelease) Needs() access.Permission { return access.Release }

// Do resumes the release.
func (c ResumeRelease) Do(ctx context.Context, w *Work) error {
	return w.release(ctx, c.Release, c.Revision, func(r release.Release) ([]event.Event, error) { return r.Resume(w.moment(r.Blackouts)) })
}
