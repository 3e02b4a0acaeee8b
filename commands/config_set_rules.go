package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/hotconfig"
)

// SetConfigRules replaces the rules of a key in the actor's environment.
type SetConfigRules struct {
	Config   uuid.UUID
	Revision int // what the caller saw
	Rules    []hotconfig.Rule
	Reason   string
}

// Needs the right to configure clients.
func (SetConfigRules) Needs() access.Permission { return access.WriteConfig }

// Do sets the rules.
func (c SetConfigRules) Do(ctx context.Context, w *Work) error {
	rules, err := w.whom(ctx, c.Rules)
	if err != nil {
		return err
	}
	if _, err := w.environment(ctx); err != nil {
		return err
	}
	return w.configIn(ctx, c.Config, c.Revision, func(k hotconfig.Config, name environment.Name) ([]event.Event, error) {
		return k.SetRules(name, rules, c.Reason, w.meta.At)
	})
}
