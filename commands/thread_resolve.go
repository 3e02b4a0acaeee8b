package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/discussion"
	"qbank/domain/event"
)

// ResolveThread closes a thread.
type ResolveThread struct {
	Subject discussion.Subject
	Thread  uuid.UUID
}

// Needs the right to comment.
func (ResolveThread) Needs() access.Permission { return access.WriteComments }

// Do closes the thread.
func (c ResolveThread) Do(ctx context.Context, w *Work) error {
	err := w.discussed(ctx, c.Subject, func(d discussion.Discussion) ([]event.Event, error) {
		return d.Resolve(c.Thread, w.Actor.ID)
	})
	w.made(c.Thread)
	return err
}
