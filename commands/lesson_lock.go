package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// LockLesson keeps the newest version of a lesson as it is before class (锁课), for an environment's use.
type LockLesson struct {
	Lesson      lesson.ID
	Revision    int // what the caller saw
	Environment environment.Name
	Version     int // 0: the newest
	Note        string
}

// Needs the right to publish lessons.
func (LockLesson) Needs() access.Permission { return access.PublishLessons }

// Do locks the lesson.
func (c LockLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		return l.Lock(c.Environment, c.Version, c.Note)
	})
}
