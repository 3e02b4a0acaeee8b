package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// CreateLesson starts a lesson.
type CreateLesson struct {
	ID   lesson.ID // zero: a new one
	Plan lesson.Plan
}

// Needs the right to write lessons.
func (CreateLesson) Needs() access.Permission { return access.WriteLessons }

// Do creates the lesson.
func (c CreateLesson) Do(ctx context.Context, w *Work) error {
	if c.ID == uuid.Nil {
		c.ID = w.newID()
	}
	return decide(ctx, w, c.ID, func(l lesson.Lesson) ([]event.Event, error) {
		created, err := l.Create(w.Actor.Scope.Org, c.Plan, w.Cues)
		if err != nil {
			return nil, err
		}
		return created, w.questionsKnown(ctx, l.Plan, c.Plan)
	})
}
