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

// drawn is what the attempt's seed draws from each pool of a lesson, ready to be pinned behind the items that everybody gets. pools are the
// versions that a release froze.
func (w *Work) drawn(ctx context.Context, plan lesson.Plan, pools []environment.Frozen, reason release.Reason, seed uint64) ([]attempt.Item, error) {
	var items []attempt.Item
	if len(plan.Draws) == 0 {
		return nil, nil
	}
	down, err := w.Down(ctx, w.Actor.Scope.Environment)
	if err != nil {
		return nil, err
	}
	kept := plan.Kept()
	for _, draw := range plan.Draws {
		pool := livePool(draw, pools)
		if down != nil {
			pool = slices.DeleteFunc(pool, func(p lesson.Pooled) bool { return down(p.Question, p.Version) })
		}
		chosen := paper.Draw(paper.SeedOf(seed, draw.ID), pool, draw.Count)
		for n, question := range chosen {
			judge, err := w.Judges.Judge(ctx, question.Question, question.Version)
			if err != nil {
				return nil, err
			}
			item := attempt.Item{Slot: draw.Slot(n + 1), Question: question.Question, Version: question.Version, Type: judge.Type.Ref(),
				Public: content.HashOf(judge.Public), Max: draw.Max, Reason: reason, Keep: kept[draw.PoolSlot()]}
			if plan.Shuffle {
				item.Orders = judge.Type.Orders(judge.Public, paper.SeedOf(seed, string(item.Slot)))
			}
			items = append(items, item)
		}
	}
	return items, nil
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

// frozenPlaces lists all that a release freezes of a plan: its items, and the questions of its pools as places named by their draws.
func frozenPlaces(plan lesson.Plan) []lesson.Item {
	items := slices.Clone(plan.Items)
	for _, draw := range plan.Draws {
		for _, question := range draw.Pool {
			items = append(items, lesson.Item{Slot: draw.PoolSlot(), Question: question.Question, Version: question.Version})
		}
	}
	return items
}
