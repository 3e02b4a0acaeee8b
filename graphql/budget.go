package graphql

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/domain/fault"
	"qbank/graphql/engine"
)

// budgets is what each caller may spend: a bucket that fills within a minute, in the points that operations cost. A nil *budgets bounds nobody.
type budgets struct {
	perMinute int64
	now       func() time.Time

	mu    sync.Mutex
	known *lru.Cache[string, *bucket]
}

// bucket holds whole numbers, so that who waits as long as was said gets through: a point is as many drops as a minute has milliseconds, and each
// millisecond brings as many drops as a minute brings points.
type bucket struct {
	drops int64
	at    int64 // Unix milliseconds
}

const point = int64(time.Minute / time.Millisecond) // in drops

// spenders bounds the memory of budgets: who has not asked for longest is forgotten first, and is full again.
const spenders = 100_000

func newBudgets(perMinute int64, now func() time.Time) (*budgets, error) {
	known, err := lru.New[string, *bucket](spenders)
	return &budgets{perMinute: perMinute, now: now, known: known}, err
}

// charge implements engine.Config.Charge. Nobody in particular has no budget: hardly anything is answered without a token.
func (b *budgets) charge(ctx context.Context, cost int64) (engine.Budget, error) {
	if actor := requestOf(ctx).actor; actor.ID != "" {
		return b.spend(actor.Scope.Org+"\x00"+actor.ID, cost)
	}
	return engine.Budget{}, nil
}

// spend takes points out of a bucket, or refuses with "query.cost". What is dearer than a full bucket is let through when it is full: limits on
// single operations are the engine's.
func (b *budgets) spend(who string, cost int64) (engine.Budget, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, full := b.now().UnixMilli(), b.perMinute*point
	k, found := b.known.Get(who)
	if !found {
		k = &bucket{drops: full, at: now}
		b.known.Add(who, k)
	}
	k.drops = min(full, k.drops+b.perMinute*min(max(0, now-k.at), point))
	k.at = now
	needs := min(cost, b.perMinute) * point
	if k.drops < needs {
		perSecond := b.perMinute * 1000
		wait, left := (needs-k.drops+perSecond-1)/perSecond, k.drops/point
		return engine.Budget{}, fault.Refuse(fault.Limit, "query.cost", fault.Say(
			"this costs %d points, and %d of %d a minute are left; try again in %d s", "该操作需 %d 点，当前余 %d 点（每分钟 %d 点），请 %d 秒后重试",
			cost, left, b.perMinute, wait)).With("cost", cost).With("left", left).With("per_minute", b.perMinute).With("retry_after", wait)
	}
	k.drops -= needs
	return engine.Budget{Limit: b.perMinute, Left: k.drops / point}, nil
}
