package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/question"
)

// RestoreQuestion makes the content of an earlier revision the draft again.
type RestoreQuestion struct {
	Question question.ID
	Revision int // what the caller saw
	To       int // the revision to bring back
}

// Needs the right to write questions.
func (RestoreQuestion) Needs() access.Permission { return access.WriteQuestions }

// Do restores the draft.
func (c RestoreQuestion) Do(ctx context.Context, w *Work) error {
	past, err := w.draftAt(ctx, c.Question, c.To)
	if err != nil {
		return err
	}
	return w.question(ctx, c.Question, c.Revision, func(q question.Question) ([]event.Event, error) {
		return q.Restore(past, c.To)
	})
}
