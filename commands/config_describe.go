package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/hotconfig"
)

// DescribeConfig says what a configuration key is, in every environment: the schema of its value, its default, who answers for it, when it
// expires. A key that is not there yet begins.
type DescribeConfig struct {
	Org      string // "": the actor's
	Key      hotconfig.Key
	Spec     hotconfig.Spec
	Revision int // what the caller saw; 0: the key is new
	Reason   string
}

// Needs the right to configure clients.
func (DescribeConfig) Needs() access.Permission { return access.WriteConfig }

// Do describes the key.
func (c DescribeConfig) Do(ctx context.Context, w *Work) error {
	org := c.Org
	if org == "" {
		org = w.Actor.Scope.Org
	}
	if err := w.Actor.Within(org); err != nil {
		return err
	}
	return decide(ctx, w, hotconfig.IDOf(org, c.Key), func(k hotconfig.Config) ([]event.Event, error) {
		events, err := k.Describe(org, c.Key, c.Spec, c.Reason, w.meta.At)
		if err != nil || len(events) == 0 {
			return nil, err
		}
		if k.Revision == 0 || k.Retired {
			if err := w.roomForConfig(ctx, org); err != nil {
				return nil, err
			}
		}
		return events, fresh(c.Revision, k.Revision)
	})
}

// roomForConfig refuses more keys than clients should load at once. Two that come at the same moment may both be the last.
func (w *Work) roomForConfig(ctx context.Context, org string) error {
	if w.Configs == nil {
		return nil
	}
	n, err := w.Configs.Keys(ctx, org)
	if err == nil && n >= hotconfig.MaxKeys {
		err = fault.Refuse(fault.Limit, "config.too_many", fault.Say("at most %d keys; retire some", "最多 %d 个配置项，请先停用一些", hotconfig.MaxKeys))
	}
	return err
}
