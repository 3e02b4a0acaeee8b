package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// RetireLesson takes a lesson out of use.
type RetireLesson struct {
	Lesson   lesson.ID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to publish lessons.
func (RetireLesson) Needs() access.Permission { return access.PublishLessons }

// Do retires the lesson.
func (c RetireLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) { return l.Retire(c.Reason) })
}
