package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/discussion"
	"qbank/domain/event"
)

// DeclineSuggestion turns a suggestion down.
type DeclineSuggestion struct {
	Subject discussion.Subject
	Thread  uuid.UUID
	Reason  string
}

// Needs the right to write questions.
func (DeclineSuggestion) Needs() access.Permission { return access.WriteQuestions }

// Do declines the suggestion.
func (c DeclineSuggestion) Do(ctx context.Context, w *Work) error {
	err := w.discussed(ctx, c.Subject, func(d discussion.Discussion) ([]event.Event, error) {
		return d.Decline(c.Thread, w.Actor.ID, c.Reason)
	})
	w.made(c.Thread)
	return err
}
