package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/pseudo"
)

// ApprovePseudoLogin lets the holder of a ticket answer, apart from the student's own attempts.
type ApprovePseudoLogin struct{ Ticket pseudo.ID }

// Needs the right to manage access, which those who act for students do not have.
func (ApprovePseudoLogin) Needs() access.Permission { return access.ManageAccess }

// Do approves it.
func (c ApprovePseudoLogin) Do(ctx context.Context, w *Work) error {
	return decide(ctx, w, c.Ticket, func(t pseudo.Ticket) ([]event.Event, error) {
		if err := w.about(t); err != nil {
			return nil, err
		}
		return t.Approve(w.Actor, w.meta.At)
	})
}
