package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/qtype"
	"qbank/domain/question"
)

// CreateQuestion starts a question as a draft, which may be incomplete.
type CreateQuestion struct {
	ID       question.ID // zero: a new one
	Type     qtype.Ref
	Content  any // nil: the type's empty content
	Metadata question.Metadata
}

// Needs the right to write questions.
func (CreateQuestion) Needs() access.Permission { return access.WriteQuestions }

// Do creates the question.
func (c CreateQuestion) Do(ctx context.Context, w *Work) error {
	rules, err := w.Types.For(ctx, w.Actor, c.Type)
	if err != nil {
		return err
	}
	if c.Content == nil {
		c.Content = rules.Empty()
	}
	if c.ID == uuid.Nil {
		c.ID = w.newID()
	}
	return decide(ctx, w, c.ID, func(q question.Question) ([]event.Event, error) {
		if q.Exists() {
			return q.Create("", "", question.Draft{}, question.Metadata{}, nil) // says that it exists, without using up a number
		}
		numbers, err := w.Numbers.Next(ctx, 1)
		if err != nil {
			return nil, err
		}
		return q.Create(question.NewCode(numbers[0]), w.Actor.Scope.Org, question.Draft{Type: c.Type, Content: c.Content}, c.Metadata, nil)
	})
}
