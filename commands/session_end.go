package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/session"
)

// EndSession closes a session that is running: nobody begins in it any more.
type EndSession struct {
	Session uuid.UUID
}

// Needs the right to run sessions.
func (EndSession) Needs() access.Permission { return access.RunSessions }

// Do ends the session.
func (c EndSession) Do(ctx context.Context, w *Work) error {
	return w.session(ctx, c.Session, func(s session.Session) ([]event.Event, error) { return s.End(w.meta.At) })
}
