package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/knowledge"
)

// KeepPoint adds a knowledge point to a subject's tree, or changes the title, place or order of one that stands there. The tree is started by
// its first point.
type KeepPoint struct {
	Subject string
	Point   knowledge.Point // zero ID: a new point
}

// Needs the right to write knowledge trees.
func (KeepPoint) Needs() access.Permission { return access.WriteKnowledge }

// Do keeps the point; Done.ID is the point's.
func (c KeepPoint) Do(ctx context.Context, w *Work) error {
	org := w.Actor.Scope.Org
	put := knowledge.Tree.Keep
	if c.Point.ID == uuid.Nil {
		c.Point.ID, put = w.newID(), knowledge.Tree.Add
	}
	err := decide(ctx, w, knowledge.TreeID(org, c.Subject), func(t knowledge.Tree) ([]event.Event, error) {
		created, err := t.Create(org, c.Subject)
		if err != nil {
			return nil, err
		}
		for _, e := range created {
			t = t.Apply(e)
		}
		kept, err := put(t, c.Point)
		return append(created, kept...), err
	})
	w.Done.ID = c.Point.ID
	return err
}
