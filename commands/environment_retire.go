package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
)

// RetireEnvironment closes the actor's environment: nothing new begins in it, attempts under way go on.
type RetireEnvironment struct {
	Environment environment.Name
	Revision    int // of the registry, that the caller saw
	Reason      string
}

// Needs the right to keep environments.
func (RetireEnvironment) Needs() access.Permission { return access.ManageEnvironments }

// Do retires the environment.
func (c RetireEnvironment) Do(ctx context.Context, w *Work) error {
	return w.registry(ctx, c.Revision, func(r environment.Registry) ([]event.Event, error) { return r.Retire(w.Actor, c.Environment, c.Reason) })
}
