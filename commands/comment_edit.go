package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/discussion"
	"qbank/domain/event"
)

// EditComment replaces what the actor wrote.
type EditComment struct {
	Subject discussion.Subject
	Thread  uuid.UUID
	Comment uuid.UUID
	Remark
}

// Needs the right to comment.
func (EditComment) Needs() access.Permission { return access.WriteComments }

// Do edits the comment.
func (c EditComment) Do(ctx context.Context, w *Work) error {
	err := w.discussed(ctx, c.Subject, func(d discussion.Discussion) ([]event.Event, error) {
		return d.EditComment(c.Thread, c.Comment, w.Actor.ID, c.Text, c.Mentions)
	})
	w.made(c.Comment)
	return err
}
