package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/discussion"
	"qbank/domain/event"
)

// DeleteComment takes away what the actor wrote.
type DeleteComment struct {
	Subject discussion.Subject
	Thread  uuid.UUID
	Comment uuid.UUID
}

// Needs the right to comment.
func (DeleteComment) Needs() access.Permission { return access.WriteComments }

// Do deletes the comment.
func (c DeleteComment) Do(ctx context.Context, w *Work) error {
	err := w.discussed(ctx, c.Subject, func(d discussion.Discussion) ([]event.Event, error) {
		return d.DeleteComment(c.Thread, c.Comment, w.Actor.ID)
	})
	w.made(c.Comment)
	return err
}
