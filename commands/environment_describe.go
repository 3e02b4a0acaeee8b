package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
)

// DescribeEnvironment says what an environment is, where it leads and how it is protected; of a built-in one, too. Whoever has it protected less
// acts in it.
type DescribeEnvironment struct {
	Environment environment.Declared
	Revision    int // of the registry, that the caller saw
}

// Needs the right to keep environments.
func (DescribeEnvironment) Needs() access.Permission { return access.ManageEnvironments }

// Do describes the environment.
func (c DescribeEnvironment) Do(ctx context.Context, w *Work) error {
	return w.registry(ctx, c.Revision, func(r environment.Registry) ([]event.Event, error) { return r.Describe(w.Actor, c.Environment) })
}
