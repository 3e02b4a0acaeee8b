package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/session"
)

// StartSession opens a session to its students and pins what everybody in it gets. Starting it again keeps the pins.
type StartSession struct {
	Session uuid.UUID
}

// Needs the right to run sessions.
func (StartSession) Needs() access.Permission { return access.RunSessions }

// Do starts the session.
func (c StartSession) Do(ctx context.Context, w *Work) error {
	return w.session(ctx, c.Session, func(s session.Session) ([]event.Event, error) {
		if s.State != session.Waiting {
			return s.Start(session.Pins{}, w.meta.At)
		}
		if _, err := w.takes(ctx, environment.Name(s.Environment)); err != nil {
			return nil, err
		}
		resolved, err := w.forSession(ctx, access.Scope{Org: s.Org, Environment: s.Environment}, c.Session, s.Plan)
		if err != nil {
			return nil, err
		}
		return s.Start(pinsOf(resolved), w.meta.At)
	})
}

func pinsOf(r *Resolved) session.Pins {
	pins := session.Pins{Org: r.Org, Version: r.Version, Release: r.Release, Plan: r.Plan, Snapshot: r.Position}
	for _, place := range r.Places {
		item := r.Plan.Items[place.Item]
		pins.Items = append(pins.Items, session.Pin{Slot: item.Slot, Question: item.Question, Version: place.Version, Type: place.Type,
			Public: place.Public, Reason: place.Reason})
	}
	return pins
}
