package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/hotconfig"
	"qbank/domain/targeting"
)

// config lets a configuration key of the actor's organisation, or one below it, decide. seen is the revision the caller saw.
func (w *Work) config(ctx context.Context, id uuid.UUID, seen int, decision func(hotconfig.Config) ([]event.Event, error)) error {
	return decide(ctx, w, id, func(c hotconfig.Config) ([]event.Event, error) {
		if c.Revision == 0 || w.Actor.Within(c.Org) != nil {
			return nil, hotconfig.NotFound()
		}
		if stale := fresh(seen, c.Revision); stale != nil {
			return nil, stale
		}
		return decision(c)
	})
}

// configIn is config in the environment of the actor's token.
func (w *Work) configIn(ctx context.Context, id uuid.UUID, seen int, decision func(hotconfig.Config, environment.Name) ([]event.Event, error)) error {
	name, err := w.lane()
	if err != nil {
		return err
	}
	return w.config(ctx, id, seen, func(c hotconfig.Config) ([]event.Event, error) { return decision(c, name) })
}

// whom writes the students and classes of rules as contexts have them.
func (w *Work) whom(ctx context.Context, rules []hotconfig.Rule) ([]hotconfig.Rule, error) {
	if len(rules) > targeting.MaxClauses {
		return rules[:targeting.MaxClauses+1], nil // refused without looking at each
	}
	clauses := make([]targeting.Clause, len(rules))
	for i, rule := range rules {
		clauses[i] = rule.Clause
	}
	clauses, err := w.named(ctx, clauses, func(problems ...fault.Problem) error {
		return fault.Refuse(fault.Invalid, "config.invalid", fault.Say("the configuration is not valid", "配置无效"), problems...)
	})
	if err != nil {
		return nil, err
	}
	out := make([]hotconfig.Rule, len(rules))
	for i, rule := range rules {
		out[i] = rule
		out[i].Clause = clauses[i]
	}
	return out, nil
}
