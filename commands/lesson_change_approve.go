package commands

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// ApproveLessonChange makes a change that somebody else requested, and publishes the locked lesson with it as its next version.
type ApproveLessonChange struct {
	Lesson   lesson.ID
	Revision int // what the caller saw
	Change   uuid.UUID
	Note     string
}

// Needs the right to let a locked lesson change.
func (ApproveLessonChange) Needs() access.Permission { return access.ApproveChanges }

// Do makes the change.
func (c ApproveLessonChange) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		change, err := l.Change(c.Change)
		if err != nil {
			return nil, err
		}
		seen, err := w.draftOf(ctx, c.Lesson, change.From)
		if err != nil {
			return nil, err
		}
		newest, err := w.newestVersions(ctx, append(l.Plan.Questions(), change.Plan.Questions()...))
		if err != nil {
			return nil, err
		}
		approved := lesson.ChangeApproved{Change: c.Change, By: w.Actor.ID, Note: c.Note}
		if approved.Downloaded, err = w.Downloaded(ctx, c.Lesson, l.Org, l.Locks); err != nil {
			return nil, err
		}
		events, err := l.ApproveChange(seen, approved, newest, w.Cues)
		if err != nil {
			return nil, err
		}
		return events, w.mayGoOut(ctx, l.Org, events)
	})
}

// Downloaded counts the manifests of locked versions that devices have; nil where nobody counts.
func (b *Bus) Downloaded(ctx context.Context, id lesson.ID, org string, locks []lesson.Lock) (*int, error) {
	if b.Downloads == nil {
		return nil, nil
	}
	total := 0
	for _, k := range locks {
		n, err := b.Downloads.Count(ctx, access.Scope{Org: org, Environment: string(k.Environment)}, id, k.Version)
		if err != nil {
			return nil, fmt.Errorf("count what devices downloaded of lesson %s: %w", id, err)
		}
		total += n
	}
	return &total, nil
}
