package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/knowledge"
)

// PublishTree makes the working tree of a subject an immutable version.
type PublishTree struct{ Subject string }

// Needs the right to write knowledge trees.
func (PublishTree) Needs() access.Permission { return access.WriteKnowledge }

// Do publishes the tree.
func (c PublishTree) Do(ctx context.Context, w *Work) error {
	return decide(ctx, w, knowledge.TreeID(w.Actor.Scope.Org, c.Subject), func(t knowledge.Tree) ([]event.Event, error) {
		return t.Publish()
	})
}
