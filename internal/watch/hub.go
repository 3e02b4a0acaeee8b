package watch

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/eventstore"
)

// Wants says which changes are of interest.
type Wants struct {
	Events []string      // names of events, or topics of Tell
	Stream uuid.UUID     // of this stream alone; uuid.Nil: of any
	Every  time.Duration // no more often than that, so that a burst is one change; 0: 100 ms
	Org    string        // that concern this organisation: of itself, below or above; "": of any

	// About is what an event of interest is about, where that is not its stream.
	About func(*eventstore.Recorded) uuid.UUID
}

// Hub is a node's. It is safe for concurrent use.
type Hub struct {
	watching atomic.Int64 // so that the log costs nothing while nobody looks

	mu     sync.RWMutex
	places map[place]map[*Watcher]bool
	ended  bool
}

// place is where watchers wait: for an event of one stream, or of any (uuid.Nil).
type place struct {
	event  string
	stream uuid.UUID
}

// New makes a hub.
func New() *Hub { return &Hub{places: map[place]map[*Watcher]bool{}} }

// Watch begins to watch, until the watcher is closed.
func (h *Hub) Watch(wants Wants) *Watcher {
	w := &Watcher{hub: h, wants: wants, rung: make(chan struct{}, 1), ended: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		close(w.ended)
		return w
	}
	h.watching.Add(1)
	for _, name := range wants.Events {
		at := place{name, wants.Stream}
		if h.places[at] == nil {
			h.places[at] = map[*Watcher]bool{}
		}
		h.places[at][w] = true
	}
	return w
}

func (h *Hub) leave(w *Watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	left := false
	for _, name := range w.wants.Events {
		at := place{name, w.wants.Stream}
		if h.places[at][w] {
			delete(h.places[at], w)
			left = true
		}
		if len(h.places[at]) == 0 {
			delete(h.places, at)
		}
	}
	if left {
		h.watching.Add(-1)
	}
}

// End lets everybody go: their Next returns io.EOF. Whoever comes later is let go at once.
func (h *Hub) End() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return
	}
	h.ended = true
	all := map[*Watcher]bool{}
	for _, watchers := range h.places {
		for w := range watchers {
			all[w] = true
		}
	}
	for w := range all {
		close(w.ended)
	}
}

// Heard takes an event of the log. It never blocks.
func (h *Hub) Heard(r *eventstore.Recorded) {
	if h.watching.Load() == 0 {
		return
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	of, any := h.places[place{r.Type, r.Stream}], h.places[place{r.Type, uuid.Nil}]
	if len(of)+len(any) == 0 {
		return
	}
	var meta struct {
		Org string `json:"org"`
	}
	_ = json.Unmarshal(r.Meta, &meta) // what cannot be read is everybody's: they look for themselves
	for _, watchers := range []map[*Watcher]bool{of, any} {
		for w := range watchers {
			if w.wants.Org != "" && meta.Org != "" && !access.Related(w.wants.Org, meta.Org) {
				continue
			}
			about := r.Stream
			if w.wants.About != nil {
				about = w.wants.About(r)
			}
			w.tell(about, r.Position)
		}
	}
}

// Tell says that something outside of the log has changed.
func (h *Hub) Tell(topic string, id uuid.UUID) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, stream := range []uuid.UUID{id, uuid.Nil} {
		for w := range h.places[place{topic, stream}] {
			w.tell(id, 0)
		}
	}
}

// Watched lists what is watched under a topic, thing by thing.
func (h *Hub) Watched(topic string) []uuid.UUID {
	if h.watching.Load() == 0 {
		return nil
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	var ids []uuid.UUID
	for at := range h.places {
		if at.event == topic && at.stream != uuid.Nil {
			ids = append(ids, at.stream)
		}
	}
	return ids
}
