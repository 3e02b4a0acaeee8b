package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// RecallLesson takes a lesson that was submitted back from review.
type RecallLesson struct {
	Lesson   lesson.ID
	Revision int // what the caller saw; a newer one is a conflict for the caller to resolve
	Reason   string
}

// Needs the right to write lessons.
func (RecallLesson) Needs() access.Permission { return access.WriteLessons }

// Do recalls the lesson.
func (c RecallLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) { return l.Recall(c.Reason) })
}
