package eventstore

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// Append stores events at the end of streams and waits for the commit. The answer has one outcome for each append, in order;
// each stands for itself, and one that conflicts or is refused does not hinder the others. Appends of one
// stream are stored in the order in which they came; those of different streams in any order.
//
// An error means that the outcome of at least one append is not known (its Status is 0): ctx ended, the store was closed or the
// database failed for good. What was handed over may still be stored: the same call again, with the same event ids,
// finds out. The events must not be changed after the call, even where it returned early.
//
// An append never joins a transaction of the caller's: it is committed before Append returns, or not at all.
func (s *Store) Append(ctx context.Context, appends ...Append) ([]Outcome, error) {
	if len(appends) == 0 {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(appends))
	c := calls.Get().(*call)
	waiting := c.pendings[:0]
	for i := range appends {
		size, bad := appends[i].check()
		if bad != nil {
			outcomes[i] = Outcome{Status: Refused, Err: bad}
			s.metrics.outcome(Refused, 1)
			continue
		}
		waiting = append(waiting, pending{Append: &appends[i], size: size, call: c, outcome: &outcomes[i]})
	}
	c.pendings = waiting
	if len(waiting) == 0 {
		calls.Put(c)
		return outcomes, nil
	}
	c.open.Store(int32(len(waiting)))
	if err := s.queue.put(waiting); err != nil {
		c.reuse()
		return nil, err
	}
	select {
	case <-c.done:
		c.reuse()
	case <-ctx.Done():
		return nil, fmt.Errorf("stopped waiting for an append, whose outcome is not known: %w", context.Cause(ctx))
	}
	for i := range outcomes {
		if outcomes[i].Status == 0 {
			return outcomes, outcomes[i].Err
		}
	}
	return outcomes, nil
}

// call is one call of Append that waits. Calls are used again: 100,000 a second would keep the garbage collector busy. One
// whose caller gave up is not, for committers still hold it.
type call struct {
	pendings []pending
	open     atomic.Int32  // appends without an outcome
	done     chan struct{} // holds one word once open is 0
}

var calls = sync.Pool{New: func() any { return &call{done: make(chan struct{}, 1), pendings: make([]pending, 0, 1)} }}

// reuse gives the call back. Nobody may hold one of its pendings.
func (c *call) reuse() {
	const keep = 64
	if cap(c.pendings) > keep {
		c.pendings = make([]pending, 0, 1)
	}
	clear(c.pendings)
	calls.Put(c)
}

// answered notes one outcome; the last one wakes the caller.
func (c *call) answered() {
	if c.open.Add(-1) == 0 {
		c.done <- struct{}{}
	}
}
