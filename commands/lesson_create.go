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
		created, err := l.Create(w.Actor.Scope.Org, c.Plan)
		if err != nil {
			return nil, err
		}
		return created, w.questionsKnown(ctx, l.Plan, c.Plan)
	})
}

// lesson lets a lesson of the actor's organisation decide, if it is at the revision that was seen or that is Anything.
func (w *Work) lesson(ctx context.Context, id lesson.ID, seen int, decision func(lesson.Lesson) ([]event.Event, error)) error {
	return decide(ctx, w, id, func(l lesson.Lesson) ([]event.Event, error) {
		if l.Revision == 0 || w.Actor.Within(l.Org) != nil {
			return nil, notFound("lesson", "讲次")
		}
		if err := fresh(seen, l.Revision); err != nil {
			return nil, err
		}
		return decision(l)
	})
}

// questionsKnown refuses a plan with questions that neither the plan before had nor the actor's organisation has. That a
// question exists is a fact that stays.
func (w *Work) questionsKnown(ctx context.Context, before, after lesson.Plan) error {
	known := make(map[uuid.UUID]bool, len(after.Items))
	for _, question := range before.Questions() {
		known[question] = true
	}
	var ids []uuid.UUID
	for _, question := range after.Questions() {
		if !known[question] {
			ids = append(ids, question)
		}
	}
	questions, err := w.States(ctx, ids)
	if err != nil {
		return err
	}
	return after.Known(func(id uuid.UUID) bool { return known[id] || w.mayKnow(questions[id]) == nil })
}
