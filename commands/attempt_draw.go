package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/release"
)

// drawn is what the attempt's seed draws from each pool of a lesson, ready to be pinned behind the items that everybody gets. pools are the
// versions that are live; a question of a pool that has none is not drawn.
func (w *Work) drawn(ctx context.Context, plan lesson.Plan, pools []environment.Frozen, seed uint64) ([]attempt.Item, error) {
	var items []attempt.Item
	for _, draw := range plan.Draws {
		chosen := paper.Draw(paper.SeedOf(seed, draw.ID), livePool(draw, pools), draw.Count)
		for n, question := range chosen {
			judge, err := w.Judges.Judge(ctx, question.Question, question.Version)
			if err != nil {
				return nil, err
			}
			item := attempt.Item{Slot: draw.Slot(n + 1), Question: question.Question, Version: question.Version, Type: judge.Type.Ref(),
				Public: content.HashOf(judge.Public), Max: draw.Max, Reason: release.Whole}
			if plan.Shuffle {
				item.Orders = judge.Type.Orders(judge.Public, paper.SeedOf(seed, string(item.Slot)))
			}
			items = append(items, item)
		}
	}
	return items, nil
}

// livePool is a pool with the versions that are live, in its own order.
func livePool(draw lesson.Draw, pools []environment.Frozen) []lesson.Drawable {
	versions := map[uuid.UUID]int{}
	for _, frozen := range pools {
		if frozen.Slot == draw.ID {
			versions[frozen.Question] = frozen.Version
		}
	}
	pool := make([]lesson.Drawable, 0, len(draw.Pool))
	for _, question := range draw.Pool {
		if version, live := versions[question.Question]; live {
			pool = append(pool, lesson.Drawable{Question: question.Question, Version: version})
		}
	}
	return pool
}

// pooled lists the questions of pools as places named by their draws, so that a release freezes them as it does items.
func pooled(draws []lesson.Draw) []lesson.Item {
	var items []lesson.Item
	for _, draw := range draws {
		for _, question := range draw.Pool {
			items = append(items, lesson.Item{Slot: lesson.Slot(draw.ID), Question: question.Question, Version: question.Version})
		}
	}
	return items
}
