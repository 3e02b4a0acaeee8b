package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/workflow"
)

// PublishLesson makes the plan the next version, which names exact versions of its questions. Where the organisation has chosen a workflow for
// its lessons, or somebody has submitted this one, the plan must have passed a review.
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
		newest, err := w.newestVersions(ctx, l.Plan.Questions())
		if err != nil {
			return nil, err
		}
		published, err := l.Publish(newest)
		if err == nil {
			err = l.Agreed(applying.Needed)
		}
		if err != nil {
			return nil, err
		}
		return published, w.mayGoOut(ctx, l.Org, published)
	})
}
