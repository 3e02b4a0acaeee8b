package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/question"
	"qbank/domain/takedown"
)

// LiftTakedown lets a version be shown again.
type LiftTakedown struct {
	Question question.ID // that it is of
	Takedown uuid.UUID
	Reason   string
}

// Needs the right to take down.
func (LiftTakedown) Needs() access.Permission { return access.TakeDown }

// Do lifts it.
func (c LiftTakedown) Do(ctx context.Context, w *Work) error {
	if _, err := w.environment(); err != nil {
		return err
	}
	err := decide(ctx, w, takedown.Stream(c.Question), func(t takedown.Takedowns) ([]event.Event, error) {
		if found, known := t.Find(c.Takedown); !known || w.Actor.Within(found.Org) != nil || !found.In(w.Actor.Scope.Environment) {
			return nil, takedown.NotFound()
		}
		return t.Lift(c.Takedown, c.Reason)
	})
	w.Done.ID = c.Takedown
	return err
}
