package delivery

import (
	"context"
	"time"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/hotconfig"
)

// configFlags makes a flag of every key that the student is configured by: the same values as in the configuration's own document.
type configFlags struct {
	bus *commands.Bus
	now func() time.Time
}

// Flag evaluates a key.
func (f configFlags) Flag(ctx context.Context, actor access.Actor, key string) (*Flag, error) {
	configured, err := f.bus.Configured(ctx, actor)
	if err != nil {
		return nil, err
	}
	known := configured.Find(hotconfig.Key(key))
	if known == nil {
		return nil, nil
	}
	flag := configFlag(known.Evaluate(configured.Who, f.now().UnixMicro()))
	return &flag, nil
}

// All evaluates every key.
func (f configFlags) All(ctx context.Context, actor access.Actor) ([]Flag, error) {
	configured, err := f.bus.Configured(ctx, actor)
	if err != nil {
		return nil, err
	}
	evaluations := configured.Evaluate(configured.Who, f.now().UnixMicro())
	list := make([]Flag, len(evaluations))
	for i, e := range evaluations {
		list[i] = configFlag(e)
	}
	return list, nil
}

func configFlag(e hotconfig.Evaluation) Flag {
	flag := Flag{Key: string(e.Key), Variant: e.Variant, Reason: configReasons[e.Cause]}
	if string(e.Value) != "null" {
		flag.Value = e.Value
	}
	return flag
}

var configReasons = map[hotconfig.Cause]string{
	hotconfig.ByDefault: ReasonDefault, hotconfig.ByRule: ReasonTargeted, hotconfig.BySplit: ReasonSplit, hotconfig.IsKilled: ReasonDisabled, hotconfig.IsExpired: ReasonDisabled,
}
