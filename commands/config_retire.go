package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/hotconfig"
)

// RetireConfig takes a key away, in every environment.
type RetireConfig struct {
	Config   uuid.UUID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to configure clients.
func (RetireConfig) Needs() access.Permission { return access.WriteConfig }

// Do retires the key.
func (c RetireConfig) Do(ctx context.Context, w *Work) error {
	return w.config(ctx, c.Config, c.Revision, func(k hotconfig.Config) ([]event.Event, error) { return k.Retire(c.Reason) })
}
