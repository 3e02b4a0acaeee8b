package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/discussion"
	"qbank/domain/event"
)

// Reply adds a comment to a thread. Done.ID is the comment's.
type Reply struct {
	Subject discussion.Subject
	Thread  uuid.UUID
	Remark
}

// Needs the right to comment.
func (Reply) Needs() access.Permission { return access.WriteComments }

// Do adds the comment.
func (c Reply) Do(ctx context.Context, w *Work) error {
	comment := w.newID()
	err := w.discussed(ctx, c.Subject, func(d discussion.Discussion) ([]event.Event, error) {
		return d.Reply(c.Thread, comment, w.Actor.ID, c.Text, c.Mentions)
	})
	w.made(comment)
	return err
}
