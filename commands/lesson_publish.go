package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
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
		published, err := l.Publish(newest)
		if err != nil {
			return nil, err
		}
		return published, w.mayGoOut(ctx, l.Org, published)
	})
}
