package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/workflow"
)

// Reviewed names a question or a lesson whose review is meant, as the caller saw it.
type Reviewed struct {
	Kind     workflow.Kind
	ID       uuid.UUID
	Revision int
}

// review is what both have: who reviews them can be said.
type review interface {
	Assign(step string, persons []access.Actor, due int64) ([]event.Event, error)
	Claim(by access.Actor) ([]event.Event, error)
	Unassign(step string, persons []string) ([]event.Event, error)
}

// reviewed lets the thing of an organisation decide.
func (w *Work) reviewed(ctx context.Context, r Reviewed, decision func(thing review, org string) ([]event.Event, error)) error {
	switch r.Kind {
	case workflow.Questions:
		return w.question(ctx, r.ID, r.Revision, func(q question.Question) ([]event.Event, error) { return decision(q, q.Org) })
	case workflow.Lessons:
		return w.lesson(ctx, r.ID, r.Revision, func(l lesson.Lesson) ([]event.Event, error) { return decision(l, l.Org) })
	}
	return fault.Refuse(fault.Invalid, "review.kind", fault.Say("a question or a lesson is reviewed", "审核对象应为题目或讲次"))
}

// reviews is the right to review things of the kind.
func (r Reviewed) reviews() access.Permission {
	if r.Kind == workflow.Lessons {
		return access.ReviewLessons
	}
	return access.ReviewQuestions
}
