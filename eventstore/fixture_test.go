package eventstore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/eventstore"
	"qbank/internal/pgtest"
)

// open makes a store on a database of the test's own.
func open(t testing.TB, opts eventstore.Options) (*eventstore.Store, *pgxpool.Pool) {
	t.Helper()
	pool := pgtest.New(t)
	return openOn(t, pool, opts), pool
}

func openOn(t testing.TB, pool *pgxpool.Pool, opts eventstore.Options) *eventstore.Store {
	t.Helper()
	store, err := eventstore.Open(t.Context(), pool, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// events makes n events, numbered from 1.
func events(n int) []eventstore.Event {
	es := make([]eventstore.Event, n)
	for i := range es {
		es[i] = eventstore.Event{ID: newID(), Type: "thing.done", SchemaVersion: 1, Data: json.RawMessage(fmt.Sprintf(`{"n": %d}`, i+1))}
	}
	return es
}

// to makes an append of n new events.
func to(stream uuid.UUID, expected, n int) eventstore.Append {
	return eventstore.Append{Stream: stream, Expected: expected, Events: events(n)}
}

// mustAppend appends and demands that everything is stored.
func mustAppend(t testing.TB, s *eventstore.Store, appends ...eventstore.Append) []eventstore.Outcome {
	t.Helper()
	outcomes, err := s.Append(t.Context(), appends...)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		if o.Status != eventstore.Stored {
			t.Fatalf("append %d: %v: %v", i, o.Status, o.Err)
		}
	}
	return outcomes
}

// readLog reads the whole log, which asserts that positions have no gap.
func readLog(t testing.TB, s *eventstore.Store) (log []eventstore.Recorded) {
	t.Helper()
	for {
		batch, err := s.ReadAll(context.Background(), int64(len(log)), 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(batch) == 0 {
			return log
		}
		log = append(log, batch...)
	}
}

// checkLog asserts what must hold of every log: versions without gap, no event id twice, time that does not run backwards.
func checkLog(t testing.TB, log []eventstore.Recorded) {
	t.Helper()
	versions, seen := map[uuid.UUID]int{}, map[uuid.UUID]int64{}
	var latest time.Time
	for i, r := range log {
		if r.Position != int64(i+1) {
			t.Fatalf("position %d stands at place %d", r.Position, i+1)
		}
		if versions[r.Stream]++; r.Version != versions[r.Stream] {
			t.Fatalf("position %d: version %d of %s, want %d", r.Position, r.Version, r.Stream, versions[r.Stream])
		}
		if before, twice := seen[r.ID]; twice {
			t.Fatalf("event %s stands at positions %d and %d", r.ID, before, r.Position)
		}
		seen[r.ID] = r.Position
		if r.RecordedAt.Before(latest) {
			t.Fatalf("position %d was recorded before the position before it", r.Position)
		}
		latest = r.RecordedAt
	}
}

// holdLock stops all appends to the database until release is called.
func holdLock(t testing.TB, pool *pgxpool.Pool) (release func()) {
	t.Helper()
	conn, err := pool.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(context.Background(), "select pg_advisory_lock(1902272107, 0)"); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		if _, err := conn.Exec(context.Background(), "select pg_advisory_unlock(1902272107, 0)"); err != nil {
			t.Error(err)
		}
		conn.Release()
	})
}

func newPool(t testing.TB, url string) (*pgxpool.Pool, error) {
	pool, err := pgxpool.New(context.Background(), url)
	if err == nil {
		t.Cleanup(pool.Close)
	}
	return pool, err
}
