package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/session"
)

// CancelSession calls off a session that has not started.
type CancelSession struct {
	Session uuid.UUID
	Reason  string
}

// Needs the right to write the roster.
func (CancelSession) Needs() access.Permission { return access.WriteRoster }

// Do cancels the session.
func (c CancelSession) Do(ctx context.Context, w *Work) error {
	return w.session(ctx, c.Session, func(s session.Session) ([]event.Event, error) { return s.Cancel(c.Reason, w.meta.At) })
}
