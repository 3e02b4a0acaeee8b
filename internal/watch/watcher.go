package watch

import (
	"cmp"
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"qbank/projections/read"
)

// Change is what has changed since a watcher was told last.
type Change struct {
	IDs      []uuid.UUID // each once, in the order in which they first did
	Many     bool        // more than are worth listing: IDs is empty, and anything may have changed
	Position int64       // of the last event; 0 where none was in the log
}

const (
	most   = read.MaxPage           // things that a watcher is told of by name: as many as are read at once
	breath = 100 * time.Millisecond // between two changes, unless said otherwise
)

// Watcher waits for changes. Next belongs to one goroutine.
type Watcher struct {
	hub   *Hub
	wants Wants
	rung  chan struct{}
	ended chan struct{}
	told  time.Time

	mu      sync.Mutex
	pending Change
	known   map[uuid.UUID]bool
}

// Next waits for a change. io.EOF says that there will be none any more. Where ctx ends first, nothing is lost.
func (w *Watcher) Next(ctx context.Context) (Change, error) {
	if err := w.pause(ctx); err != nil {
		return Change{}, err
	}
	select {
	case <-w.ended:
		return Change{}, io.EOF
	case <-ctx.Done():
		return Change{}, ctx.Err()
	case <-w.rung:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	change := w.pending
	w.pending, w.known = Change{}, nil
	w.told = time.Now()
	return change, nil
}

// pause lets changes gather after one that was told.
func (w *Watcher) pause(ctx context.Context) error {
	wait := cmp.Or(w.wants.Every, breath) - time.Since(w.told)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-w.ended:
		return io.EOF
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends the watch.
func (w *Watcher) Close() { w.hub.leave(w) }

func (w *Watcher) tell(id uuid.UUID, position int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending.Position = max(w.pending.Position, position)
	switch {
	case w.pending.Many || w.known[id]:
	case len(w.pending.IDs) == most:
		w.pending.Many, w.pending.IDs, w.known = true, nil, nil
	default:
		if w.known == nil {
			w.known = map[uuid.UUID]bool{}
		}
		w.known[id] = true
		w.pending.IDs = append(w.pending.IDs, id)
	}
	select {
	case w.rung <- struct{}{}:
	default:
	}
}

// Concerns reports whether a change may be of a thing.
func (c Change) Concerns(id uuid.UUID) bool { return c.Many || slices.Contains(c.IDs, id) }
