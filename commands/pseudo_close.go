package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/pseudo"
)

// ClosePseudoLogin ends a ticket of one's own, and what its tokens allow, at once.
type ClosePseudoLogin struct{ Ticket pseudo.ID }

// Needs the right to act for students.
func (ClosePseudoLogin) Needs() access.Permission { return access.ActForStudents }

// Do ends it.
func (c ClosePseudoLogin) Do(ctx context.Context, w *Work) error {
	return decide(ctx, w, c.Ticket, func(t pseudo.Ticket) ([]event.Event, error) {
		if err := w.about(t); err != nil {
			return nil, err
		}
		return t.Close(w.Actor)
	})
}
