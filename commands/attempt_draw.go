package commands

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/release"
)

// Drawn is a question that a seed has drawn.
type Drawn struct {
	Draw int // index in the plan's draws
	Slot lesson.Slot
	lesson.Pooled
}

// Drawn is what a seed draws from each pool of a lesson in an environment, in the order of the draws; pools are the versions that a release froze, if
// any did. What is taken down is not drawn.
func (b *Bus) Drawn(ctx context.Context, environment string, plan lesson.Plan, pools []environment.Frozen, seed uint64) ([]Drawn, error) {
	if len(plan.Draws) == 0 {
		return nil, nil
	}
	down, err := b.Down(ctx, environment)
	if err != nil {
		return nil, err
	}
	var all []Drawn
	for i, draw := range plan.Draws {
		pool := livePool(draw, pools)
		if down != nil {
			pool = slices.DeleteFunc(pool, func(p lesson.Pooled) bool { return down(p.Question, p.Version) })
		}
		for n, question := range paper.Draw(paper.SeedOf(seed, draw.ID), pool, draw.Count) {
			all = append(all, Drawn{i, draw.Slot(n + 1), question})
		}
	}
	return all, nil
}

// livePool is a pool with the versions that were frozen, in its own order. Where nothing was, as in a class session, it is as the lesson says.
func livePool(draw lesson.Draw, pools []environment.Frozen) []lesson.Pooled {
	versions := map[uuid.UUID]int{}
	for _, frozen := range pools {
		if frozen.Slot == string(draw.PoolSlot()) {
			versions[frozen.Question] = frozen.Version
		}
	}
	pool := slices.Clone(draw.Pool)
	for i, question := range pool {
		if version, known := versions[question.Question]; known {
			pool[i].Version = version
		}
	}
	return pool
}

// drawn is what the attempt's seed draws, ready to be pinned behind the items that everybody gets.
func (w *Work) drawn(ctx context.Context, plan lesson.Plan, pools []environment.Frozen, reason release.Reason, seed uint64) ([]attempt.Item, error) {
	all, err := w.Drawn(ctx, w.Actor.Scope.Environment, plan, pools, seed)
	if err != nil {
		return nil, err
	}
	kept := plan.Kept()
	items := make([]attempt.Item, len(all))
	for i, d := range all {
		judge, err := w.Judges.Judge(ctx, d.Question, d.Version)
		if err != nil {
			return nil, err
		}
		draw := plan.Draws[d.Draw]
		items[i] = attempt.Item{Slot: d.Slot, Question: d.Question, Version: d.Version, Type: judge.Type.Ref(),
			Public: content.HashOf(judge.Public), Max: draw.Max, Reason: reason, Keep: kept[draw.PoolSlot()]}
		if plan.Shuffle {
			items[i].Orders = DrawnOrders(judge.Type, judge.Public, seed, d.Slot)
		}
	}
	return items, nil
}
