package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/question"
)

// WithdrawQuestion gives up a question that was never published.
type WithdrawQuestion struct {
	Question question.ID
	Revision int // what the caller saw; a newer one is a conflict for the caller to resolve
	Reason   string
}

// Needs the right to write questions.
func (WithdrawQuestion) Needs() access.Permission { return access.WriteQuestions }

// Do withdraws the question.
func (c WithdrawQuestion) Do(ctx context.Context, w *Work) error {
	return w.question(ctx, c.Question, c.Revision, func(q question.Question) ([]event.Event, error) {
		return q.Withdraw(c.Reason, "")
	})
}
