package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// UnlockLesson lets a lesson change again.
type UnlockLesson struct {
	Lesson      lesson.ID
	Revision    int // what the caller saw
	Environment environment.Name
	Reason      string
}

// Needs the right to publish lessons.
func (UnlockLesson) Needs() access.Permission { return access.PublishLessons }

// Do unlocks the lesson.
func (c UnlockLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) { return l.Unlock(c.Environment, c.Reason) })
}
