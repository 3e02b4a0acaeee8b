package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/pseudo"
)

// RenewPseudoLogin gives out another token of a ticket of one's own that holds. Show is given what it says.
type RenewPseudoLogin struct {
	Ticket pseudo.ID
	Show   func(PseudoToken)
}

// Needs the right to act for students.
func (RenewPseudoLogin) Needs() access.Permission { return access.ActForStudents }

// Do gives out the token.
func (c RenewPseudoLogin) Do(ctx context.Context, w *Work) error {
	return w.mint(ctx, c.Ticket, c.Show, func(t pseudo.Ticket) ([]event.Event, error) {
		if err := w.about(t); err != nil {
			return nil, err
		}
		return t.Mint(w.Actor, w.meta.At)
	})
}

// about notes whom and which environment a ticket's events are about. To those of other organisations and environments it does not exist; who names no
// environment gets at none.
func (w *Work) about(t pseudo.Ticket) error {
	if err := w.Actor.Somewhere(); err != nil {
		return err
	}
	if w.Actor.Within(t.Org) != nil || w.Actor.Scope.Environment != t.Environment {
		return pseudo.NotFound()
	}
	w.person, w.meta.Environment = t.Person, t.Environment
	return nil
}
