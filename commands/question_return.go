package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/question"
)

// ReturnQuestion sends a submission back to its author.
type ReturnQuestion struct {
	Question question.ID
	Revision int          // what the caller saw; a newer one is a conflict for the caller to resolve
	Hash     content.Hash // of the content the reviewer saw
	Reason   string
}

// Needs the right to review questions.
func (ReturnQuestion) Needs() access.Permission { return access.ReviewQuestions }

// Do returns the submission.
func (c ReturnQuestion) Do(ctx context.Context, w *Work) error {
	return w.question(ctx, c.Question, c.Revision, func(q question.Question) ([]event.Event, error) {
		return q.Return(c.Hash, w.Actor.ID, c.Reason)
	})
}
