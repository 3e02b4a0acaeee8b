package commands

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"qbank/domain/access"
	"qbank/domain/fault"
)

const (
	// MaxBulk bounds how many things are acted on at once.
	MaxBulk = 500
	// bulkTogether is how many of them are carried out at a time: the log commits those of a moment together.
	bulkTogether = 16
)

// Part is one of many commands that are given together, and the thing it is about.
type Part struct {
	Of      uuid.UUID
	Command Command
}

// Outcome is what one of them came to: what it did, or why not.
type Outcome struct {
	Of   uuid.UUID
	Done Done
	Err  error // a fault, or nil
}

// Bulk carries out many commands, each by itself: with its own permission, its own refusal, its own events. What one is refused for keeps no
// other from being done. id, where it is given, makes the whole idempotent: carried out again, it finds what it did. The outcomes come in
// the order of the parts; an error means that something is broken, and that some may have been done.
func (b *Bus) Bulk(ctx context.Context, actor access.Actor, id uuid.UUID, parts []Part) ([]Outcome, error) {
	if len(parts) == 0 || len(parts) > MaxBulk {
		return nil, fault.Refuse(fault.Limit, "bulk.size", fault.Say("1 to %d things at once", "一次可操作 1 到 %d 项", MaxBulk)).With("max", MaxBulk)
	}
	outcomes := make([]Outcome, len(parts))
	seen := make(map[uuid.UUID]bool, len(parts))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(bulkTogether)
	for i, p := range parts {
		outcomes[i].Of = p.Of
		if seen[p.Of] {
			outcomes[i].Err = fault.Refuse(fault.Invalid, "bulk.twice", fault.Say("it is in the list twice", "该项在列表中重复"))
			continue
		}
		seen[p.Of] = true
		g.Go(func() error {
			var options []Option
			if id != uuid.Nil {
				// Whoever knows another's id, or uses one's own for something else, must not find what was done under it.
				options = append(options, As(uuid.NewSHA1(id, fmt.Appendf(nil, "%s %s %s %s", actor.Scope.Org, actor.ID, nameOf(p.Command), p.Of))))
			}
			done, err := b.Do(gctx, actor, p.Command, options...)
			if err != nil && fault.Of(err) == nil {
				return fmt.Errorf("%s of %s: %w", nameOf(p.Command), p.Of, err)
			}
			outcomes[i].Done, outcomes[i].Err = done, err
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return outcomes, nil
}
