package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// EditLesson replaces a lesson's plan.
type EditLesson struct {
	Lesson   lesson.ID
	Revision int // what the caller saw
	Plan     lesson.Plan
}

// Needs the right to write lessons.
func (EditLesson) Needs() access.Permission { return access.WriteLessons }

// Do edits the lesson.
func (c EditLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		edited, err := l.Edit(c.Plan)
		if err != nil {
			return nil, err
		}
		return edited, w.questionsKnown(ctx, l.Plan, c.Plan)
	})
}
