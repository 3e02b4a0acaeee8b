package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// ReturnLesson sends a submission back to its author.
type ReturnLesson struct {
	Lesson   lesson.ID
	Revision int          // what the caller saw
	Hash     content.Hash // of the plan the reviewer saw
	Reason   string
}

// Needs the right to review lessons.
func (ReturnLesson) Needs() access.Permission { return access.ReviewLessons }

// Do returns the submission.
func (c ReturnLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		return l.Return(c.Hash, w.Actor.ID, c.Reason)
	})
}
