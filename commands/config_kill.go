package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/hotconfig"
)

// KillConfig gives everybody in the actor's environment the default of a key, at once and whatever its rules say.
type KillConfig struct {
	Config   uuid.UUID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to configure clients.
func (KillConfig) Needs() access.Permission { return access.WriteConfig }

// Do throws the switch.
func (c KillConfig) Do(ctx context.Context, w *Work) error {
	return w.configIn(ctx, c.Config, c.Revision, func(k hotconfig.Config, name environment.Name) ([]event.Event, error) {
		return k.Kill(name, c.Reason)
	})
}
