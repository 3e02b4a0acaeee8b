package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/question"
)

// DescribeQuestion replaces the metadata of a question.
type DescribeQuestion struct {
	Question question.ID
	Revision int // what the caller saw; a newer one is a conflict for the caller to resolve
	Metadata question.Metadata
}

// Needs the right to write questions.
func (DescribeQuestion) Needs() access.Permission { return access.WriteQuestions }

// Do replaces the metadata.
func (c DescribeQuestion) Do(ctx context.Context, w *Work) error {
	return w.question(ctx, c.Question, c.Revision, func(q question.Question) ([]event.Event, error) {
		return q.Describe(c.Metadata)
	})
}
