package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/session"
)

// AdmitGuests lets students of other classes attend a session (补课); they stay in their own classes.
type AdmitGuests struct {
	Session  uuid.UUID
	Students []string // the organisation's own numbers
}

// Needs the right to run sessions.
func (AdmitGuests) Needs() access.Permission { return access.RunSessions }

// Do admits the students.
func (c AdmitGuests) Do(ctx context.Context, w *Work) error {
	guests, err := w.peopleOf("students", numbered(c.Students))
	if err != nil {
		return err
	}
	return w.session(ctx, c.Session, func(s session.Session) ([]event.Event, error) { return s.Admit(guests.ids, w.meta.At) })
}
