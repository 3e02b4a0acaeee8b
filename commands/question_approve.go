package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/question"
)

// ApproveQuestion agrees to exactly the content the reviewer saw, at the step of the review that waits.
type ApproveQuestion struct {
	Question question.ID
	Revision int          // what the caller saw; a newer one is a conflict for the caller to resolve
	Hash     content.Hash // of the content the reviewer saw
	Note     string
}

// Needs the right to review questions.
func (ApproveQuestion) Needs() access.Permission { return access.ReviewQuestions }

// Do approves the content.
func (c ApproveQuestion) Do(ctx context.Context, w *Work) error {
	return w.question(ctx, c.Question, c.Revision, func(q question.Question) ([]event.Event, error) {
		return q.Approve(c.Hash, w.Actor, c.Note)
	})
}
