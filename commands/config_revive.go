package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/hotconfig"
)

// ReviveConfig lets the rules of a key hold again in the actor's environment.
type ReviveConfig struct {
	Config   uuid.UUID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to configure clients.
func (ReviveConfig) Needs() access.Permission { return access.WriteConfig }

// Do throws the switch back.
func (c ReviveConfig) Do(ctx context.Context, w *Work) error {
	return w.configIn(ctx, c.Config, c.Revision, func(k hotconfig.Config, name environment.Name) ([]event.Event, error) {
		return k.Revive(name, c.Reason)
	})
}
