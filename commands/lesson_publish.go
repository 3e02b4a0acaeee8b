package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/workflow"
)

// PublishLesson makes the plan the next version, which names exact versions of its questions.
type PublishLesson struct {
	Lesson   lesson.ID
	Revision int // what the caller saw
}

// Needs the right to publish lessons.
func (PublishLesson) Needs() access.Permission { return access.PublishLessons }

// Do publishes the lesson.
func (c PublishLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		newest, err := w.newestVersions(ctx, l.Plan.Questions())
		if err != nil {
			return nil, err
		}
		return l.Publish(newest)
	})
}

// newestVersions reads the newest published version of each question that may be used in a lesson or a paper. Published
// versions are immutable facts, so they may be read beside the stream that decides.
func (w *Work) newestVersions(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]int, error) {
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
