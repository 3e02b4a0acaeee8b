package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/knowledge"
)

// RetirePoint takes a knowledge point out of use.
type RetirePoint struct {
	Subject string
	Point   uuid.UUID
}

// Needs the right to write knowledge trees.
func (RetirePoint) Needs() access.Permission { return access.WriteKnowledge }

// Do retires the point.
func (c RetirePoint) Do(ctx context.Context, w *Work) error {
	return decide(ctx, w, knowledge.TreeID(w.Actor.Scope.Org, c.Subject), func(t knowledge.Tree) ([]event.Event, error) {
		return t.Retire(c.Point)
	})
}
