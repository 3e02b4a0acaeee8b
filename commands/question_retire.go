package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/question"
)

// RetireQuestion takes a question out of use.
type RetireQuestion struct {
	Question question.ID
	Revision int // what the caller saw; a newer one is a conflict for the caller to resolve
	Reason   string
}

// Needs the right to publish questions.
func (RetireQuestion) Needs() access.Permission { return access.PublishQuestions }

// Do retires the question.
func (c RetireQuestion) Do(ctx context.Context, w *Work) error {
	return w.question(ctx, c.Question, c.Revision, func(q question.Question) ([]event.Event, error) {
		return q.Retire(c.Reason)
	})
}
