package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/release"
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
		pins, err := w.liveNow(ctx, access.Scope{Org: s.Org, Environment: s.Environment}, s.Plan.Lesson)
		if err != nil {
			return nil, err
		}
		return s.Start(pins, w.meta.At)
	})
}

// liveNow resolves what a session of an organisation gets of a lesson at this moment.
func (w *Work) liveNow(ctx context.Context, scope access.Scope, id lesson.ID) (session.Pins, error) {
	live, err := w.Live.Lesson(ctx, scope, id)
	if err != nil {
		return session.Pins{}, err
	}
	pins := session.Pins{Org: live.Release.Org, Version: live.Release.Version, Release: live.Release.Release, Plan: live.Plan, Snapshot: live.Position}
	for i, item := range live.Plan.Items {
		place := live.Places[i]
		pins.Items = append(pins.Items, session.Pin{Slot: item.Slot, Question: item.Question, Version: place.Version, Type: place.Type,
			Public: place.Public, Reason: release.Whole})
	}
	return pins, nil
}
