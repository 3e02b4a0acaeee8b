package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/session"
)

// session lets a session of the actor's organisation and environment decide.
func (w *Work) session(ctx context.Context, id uuid.UUID, decision func(session.Session) ([]event.Event, error)) error {
	return decide(ctx, w, id, func(s session.Session) ([]event.Event, error) {
		if s.Revision == 0 || w.Actor.Within(s.Org) != nil || s.Environment != w.Actor.Scope.Environment {
			return nil, session.NotFound()
		}
		w.meta.Environment = s.Environment
		return decision(s)
	})
}
