package graphql

import (
	"context"
	"math"
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

type bucket struct {
	left float64
	at   time.Time
}

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
	now, full := b.now(), float64(b.perMinute)
	k, found := b.known.Get(who)
	if !found {
		k = &bucket{left: full, at: now}
		b.known.Add(who, k)
	}
	k.left = min(full, k.left+full*max(0, now.Sub(k.at).Minutes()))
	k.at = now
	needs := min(float64(cost), full)
	if k.left < needs {
		wait := int64(math.Ceil((needs - k.left) / full * 60))
		return engine.Budget{}, fault.Refuse(fault.Limit, "query.cost", fault.Say(
			"this costs %d points, and %d of %d a minute are left; try again in %d s", "该操作需 %d 点，当前余 %d 点（每分钟 %d 点），请 %d 秒后重试",
			cost, int64(k.left), b.perMinute, wait)).With("cost", cost).With("left", int64(k.left)).With("per_minute", b.perMinute).With("retry_after", wait)
	}
	k.left -= needs
	return engine.Budget{Limit: b.perMinute, Left: int64(k.left)}, nil
}
