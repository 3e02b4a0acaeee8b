package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
)

// ReviveEnvironment has an environment back that was retired, with everything that is live in it.
type ReviveEnvironment struct {
	Environment environment.Name
	Revision    int // of the registry, that the caller saw
	Reason      string
}

// Needs the right to keep environments.
func (ReviveEnvironment) Needs() access.Permission { return access.ManageEnvironments }

// Do revives the environment.
func (c ReviveEnvironment) Do(ctx context.Context, w *Work) error {
	return w.registry(ctx, c.Revision, func(r environment.Registry) ([]event.Event, error) { return r.Revive(w.Actor, c.Environment, c.Reason) })
}
