package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/question"
)

// ReinstateQuestion brings a retired question back as a draft.
type ReinstateQuestion struct {
	Question question.ID
	Revision int // what the caller saw; a newer one is a conflict for the caller to resolve
	Reason   string
}

// Needs the right to publish questions.
func (ReinstateQuestion) Needs() access.Permission { return access.PublishQuestions }

// Do reinstates the question.
func (c ReinstateQuestion) Do(ctx context.Context, w *Work) error {
	return w.question(ctx, c.Question, c.Revision, func(q question.Question) ([]event.Event, error) {
		return q.Reinstate(c.Reason)
	})
}
