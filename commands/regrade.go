package commands

import (
	"context"

	"qbank/domain/event"
	"qbank/domain/regrade"
)

// regrade lets a regrade of the actor's organisation and environment decide.
func (w *Work) regrade(ctx context.Context, id regrade.ID, seen int, decision func(regrade.Regrade) ([]event.Event, error)) error {
	return decide(ctx, w, id, func(r regrade.Regrade) ([]event.Event, error) {
		if r.Revision == 0 || r.Environment != w.Actor.Scope.Environment || w.Actor.Within(r.Org) != nil {
			return nil, regrade.NotFound()
		}
		w.meta.Environment = r.Environment
		if err := fresh(seen, r.Revision); err != nil {
			return nil, err
		}
		return decision(r)
	})
}
