package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/discussion"
	"qbank/domain/event"
)

// ReopenThread opens a closed thread.
type ReopenThread struct {
	Subject discussion.Subject
	Thread  uuid.UUID
}

// Needs the right to comment.
func (ReopenThread) Needs() access.Permission { return access.WriteComments }

// Do opens the thread.
func (c ReopenThread) Do(ctx context.Context, w *Work) error {
	err := w.discussed(ctx, c.Subject, func(d discussion.Discussion) ([]event.Event, error) {
		return d.Reopen(c.Thread, w.Actor.ID)
	})
	w.made(c.Thread)
	return err
}
