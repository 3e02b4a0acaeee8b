package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/pseudo"
)

// RevokePseudoLogin ends somebody's ticket, and what its tokens allow, at once.
type RevokePseudoLogin struct {
	Ticket pseudo.ID
	Reason string
}

// Needs the right to manage access.
func (RevokePseudoLogin) Needs() access.Permission { return access.ManageAccess }

// Do ends it.
func (c RevokePseudoLogin) Do(ctx context.Context, w *Work) error {
	return decide(ctx, w, c.Ticket, func(t pseudo.Ticket) ([]event.Event, error) {
		if err := w.about(t); err != nil {
			return nil, err
		}
		return t.Revoke(w.Actor, c.Reason)
	})
}
