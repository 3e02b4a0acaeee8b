package engine

import (
	"context"
	"fmt"
)

// Loader turns many lookups of one request into few: resolvers ask for keys and get thunks, and the first thunk that is
// run fetches all keys asked for until then. A Loader belongs to one request (make it in Config.Context) and, like
// execution itself, to one goroutine.
type Loader[K comparable, V any] struct {
	fetch   func(context.Context, []K) (map[K]V, error)
	max     int
	waiting []K
	known   map[K]*loaded[V]
}

type loaded[V any] struct {
	done  bool
	found bool
	value V
	err   error
}

// DefaultBatch is the most keys that are fetched at once, unless said otherwise.
const DefaultBatch = 500

// NewLoader makes a loader. fetch gets between 1 and max different keys (0 is DefaultBatch) and leaves out of its answer
// those that do not exist; its error fails all of them.
func NewLoader[K comparable, V any](max int, fetch func(ctx context.Context, keys []K) (map[K]V, error)) *Loader[K, V] {
	if max <= 0 {
		max = DefaultBatch
	}
	return &Loader[K, V]{fetch: fetch, max: max, known: map[K]*loaded[V]{}}
}

// Load returns a thunk of the value, or of nil where there is none.
func (l *Loader[K, V]) Load(ctx context.Context, key K) func() (any, error) {
	return l.Then(ctx, key, func(v V, found bool) (any, error) {
		if !found {
			return nil, nil
		}
		return v, nil
	})
}

// Then returns a thunk of what use makes of the value; use may return a thunk in turn.
func (l *Loader[K, V]) Then(ctx context.Context, key K, use func(v V, found bool) (any, error)) func() (any, error) {
	entry := l.ask(key)
	return func() (any, error) {
		if !entry.done {
			l.flush(ctx)
		}
		if entry.err != nil {
			return nil, entry.err
		}
		return use(entry.value, entry.found)
	}
}

// Forget drops what is known of keys, as a mutation must that changed them; without keys, everything.
func (l *Loader[K, V]) Forget(keys ...K) {
	if len(keys) == 0 {
		clear(l.known)
	}
	for _, k := range keys {
		delete(l.known, k)
	}
}

func (l *Loader[K, V]) ask(key K) *loaded[V] {
	if entry := l.known[key]; entry != nil {
		return entry
	}
	entry := &loaded[V]{}
	l.known[key] = entry
	l.waiting = append(l.waiting, key)
	return entry
}

// flush fetches all that is waiting, in batches.
func (l *Loader[K, V]) flush(ctx context.Context) {
	keys := l.waiting
	l.waiting = nil
	for len(keys) > 0 {
		n := min(len(keys), l.max)
		l.batch(ctx, keys[:n:n])
		keys = keys[n:]
	}
}

func (l *Loader[K, V]) batch(ctx context.Context, keys []K) {
	entries := make([]*loaded[V], len(keys)) // fetch may reorder keys
	for i, k := range keys {
		entries[i] = l.known[k]
	}
	order := append([]K(nil), keys...)
	err := fmt.Errorf("a batch of %d keys was not fetched", len(keys)) // where fetch panics
	var values map[K]V
	defer func() {
		for i, e := range entries {
			if e == nil {
				continue
			}
			e.done, e.err = true, err
			if err == nil {
				e.value, e.found = values[order[i]]
			}
		}
	}()
	values, err = l.fetch(ctx, keys)
}
