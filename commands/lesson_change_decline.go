package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// DeclineLessonChange closes a request for a change of a locked lesson.
type DeclineLessonChange struct {
	Lesson   lesson.ID
	Revision int // what the caller saw
	Change   uuid.UUID
	Reason   string
}

// Needs the right to let a locked lesson change.
func (DeclineLessonChange) Needs() access.Permission { return access.ApproveChanges }

// Do closes the request.
func (c DeclineLessonChange) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		return l.DeclineChange(lesson.ChangeDeclined{Change: c.Change, By: w.Actor.Person(), Reason: c.Reason})
	})
}
