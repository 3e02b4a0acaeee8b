package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/workflow"
)

// PublishLesson makes the plan the next version, which names exact versions of its questions. Where the organisation has chosen a workflow for
// its lessons, the plan must have passed a review.
type PublishLesson struct {
	Lesson   lesson.ID
	Revision int // what the caller saw
}

// Needs the right to publish lessons.
func (PublishLesson) Needs() access.Permission { return access.PublishLessons }

// Do publishes the lesson.
func (c PublishLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		applying, err := w.applying(ctx, l.Org, workflow.Lessons, "")
		if err != nil {
			return nil, err
		}
		newest, err := w.newestVersions(ctx, l)
		if err != nil {
			return nil, err
		}
		published, err := l.Publish(newest)
		if err == nil && applying.Needed {
			err = l.Agreed()
		}
		return published, err
	})
}

// newestVersions reads the newest published version of each question of a lesson that may be used in it. Published
// versions are immutable facts, so they may be read beside the lesson's own stream.
func (w *Work) newestVersions(ctx context.Context, l lesson.Lesson) (map[uuid.UUID]int, error) {
	ids := make([]uuid.UUID, len(l.Plan.Items))
	for i, item := range l.Plan.Items {
		ids[i] = item.Question
	}
	questions, err := w.States(ctx, ids)
	if err != nil {
		return nil, err
	}
	newest := make(map[uuid.UUID]int, len(ids))
	for id, q := range questions {
		if q.Latest > 0 && q.State != workflow.Retired && w.mayKnow(q) == nil {
			newest[id] = q.Latest
		}
	}
	return newest, nil
}
