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
		c.ID = newID()
	}
	return decide(ctx, w, c.ID, Anything, func(l lesson.Lesson) ([]event.Event, error) {
		return l.Create(w.Actor.Scope.Org, c.Plan)
	})
}

// lesson lets a lesson of the actor's organisation decide.
func (w *Work) lesson(ctx context.Context, id lesson.ID, seen int, decision func(lesson.Lesson) ([]event.Event, error)) error {
	return decide(ctx, w, id, seen, func(l lesson.Lesson) ([]event.Event, error) {
		if l.Revision == 0 {
			return nil, notFound("lesson", "讲次")
		}
		if err := w.Actor.Within(l.Org); err != nil {
			return nil, err
		}
		return decision(l)
	})
}
