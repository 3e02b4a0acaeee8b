package eventstore

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	followBatch = 5_000
	tick        = time.Second // how late an event may be whose doorbell nobody heard
)

// Follow calls fn with the events after a position, in order, without a gap, each once, and goes on with what is appended
// until ctx ends; then it returns ctx's error. It returns fn's error, and that of a log that is not whole or cannot be
// upcast; a database that is away is waited for.
//
// The caller keeps the checkpoint: the position of the last event that fn has dealt with, stored together with what fn
// did. fn runs in this goroutine, one batch at a time; the next batch is read when it returns.
func (s *Store) Follow(ctx context.Context, after int64, fn func(context.Context, []Recorded) error) error {
	bell := s.doorbells.add()
	defer s.doorbells.remove(bell)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		events, err := s.ReadAll(ctx, after, followBatch)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && isDefect(err):
			return err
		case err != nil:
			s.log.Warn("follow: cannot read the log, trying again", "after", after, "error", err)
		case len(events) > 0:
			if err := fn(ctx, events); err != nil {
				return err
			}
			after = events[len(events)-1].Position
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-bell:
		case <-ticker.C:
		}
	}
}

// isDefect tells whether reading again would find the same.
func isDefect(err error) bool {
	var gap *GapError
	var shape *upcastError
	return errors.As(err, &gap) || errors.As(err, &shape)
}

// Wake tells followers that something may have been appended, such as by another process.
func (s *Store) Wake() { s.doorbells.ring() }

// ring announces a commit of this process.
func (s *Store) ring(head int64) {
	s.doorbells.ring()
	if s.onCommit != nil {
		s.onCommit(head)
	}
}

// doorbells wake followers. A bell that has rung and was not heard yet rings no louder: what it says is "look".
type doorbells struct {
	mu    sync.Mutex
	bells map[chan struct{}]struct{}
}

func (d *doorbells) add() chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	bell := make(chan struct{}, 1)
	if d.bells == nil {
		d.bells = map[chan struct{}]struct{}{}
	}
	d.bells[bell] = struct{}{}
	return bell
}

func (d *doorbells) remove(bell chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.bells, bell)
}

func (d *doorbells) ring() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for bell := range d.bells {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
}
