package commands

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/domain/batch"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/eventstore"
)

// cachedBatches bounds the folded imports a process keeps; each is a few counters.
const cachedBatches = 1_000

// batchCache keeps imports folded between their chunks. A batch's events hold a report on every item: folding them anew for each chunk
// would read the whole file's report again and again.
type batchCache struct {
	mu      sync.Mutex // two who miss must get one entry
	entries *lru.Cache[uuid.UUID, *cachedBatch]
}

type cachedBatch struct {
	mu    sync.Mutex
	state batch.Batch
}

func newBatchCache() (*batchCache, error) {
	entries, err := lru.New[uuid.UUID, *cachedBatch](cachedBatches)
	if err != nil {
		return nil, fmt.Errorf("make the cache of imports: %w", err)
	}
	return &batchCache{entries: entries}, nil
}

func (c *batchCache) entry(id uuid.UUID) *cachedBatch {
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry, known := c.entries.Get(id); known {
		return entry
	}
	entry := &cachedBatch{}
	c.entries.Add(id, entry)
	return entry
}

// catchUp folds what was stored since: by this process or another one.
func (c *cachedBatch) catchUp(ctx context.Context, w *Work, id uuid.UUID) error {
	recorded, err := w.Log.ReadStream(ctx, id, eventstore.Range{From: c.state.Revision + 1})
	if err != nil {
		return fmt.Errorf("read stream %s: %w", id, err)
	}
	if c.state, err = fold(w.Codec, c.state, recorded); err != nil {
		c.state = batch.Batch{} // half folded is of no use
	}
	return err
}

// batch lets a batch of the actor's organisation decide. A race lost to another writer is run again.
func (w *Work) batch(ctx context.Context, id uuid.UUID, mayBeNew bool, decision func(batch.Batch) ([]event.Event, error)) error {
	entry := w.batches.entry(id)
	entry.mu.Lock()
	defer entry.mu.Unlock()
	for range races {
		if err := entry.catchUp(ctx, w, id); err != nil {
			return err
		}
		b := entry.state
		if (b.Revision == 0 && !mayBeNew) || (b.Revision > 0 && w.Actor.Within(b.Org) != nil) {
			return notFound("import", "导入")
		}
		events, err := decision(b)
		w.Done.ID, w.Done.Revision = id, b.Revision
		if err != nil || len(events) == 0 {
			return err
		}
		outcome, err := w.append(ctx, id, b.Revision, events)
		if err != nil {
			return err
		}
		if outcome.Status != eventstore.Conflicted {
			return w.note(outcome)
		}
	}
	return fault.Refuse(fault.Unavailable, "busy", fault.Say("too many write to this at once; try again", "并发修改过多，请重试"))
}
