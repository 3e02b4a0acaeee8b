package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
)

// CreateEnvironment declares an environment beside the built-in ones.
type CreateEnvironment struct {
	Environment environment.Declared
}

// Needs the right to keep environments.
func (CreateEnvironment) Needs() access.Permission { return access.ManageEnvironments }

// Do creates the environment.
func (c CreateEnvironment) Do(ctx context.Context, w *Work) error {
	return w.registry(ctx, Anything, func(r environment.Registry) ([]event.Event, error) { return r.Create(w.Actor, c.Environment) })
}
