package eventstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"qbank/eventstore"
	"qbank/internal/pgtest"
)

// Two processes append, many goroutines each, to streams of their own and to streams they fight over, with retries of what is stored
// already and bad appends between; slow transactions hold the lock, or a snapshot, now and then. Followers that start, stop and
// start again from their checkpoint see every event once, in order, and nothing appears behind them.
func TestFollowersSeeEverythingOnceInOrder(t *testing.T) {
	t.Parallel()
	const appenders, each = 30, 60
	pool := pgtest.New(t)
	stores := []*eventstore.Store{openOn(t, pool, eventstore.Options{MaxBatch: 20}), openOn(t, pool, eventstore.Options{})}
	following, stopFollowing := context.WithCancel(t.Context())
	defer stopFollowing()

	var total atomic.Int64 // set before the last append
	var followers sync.WaitGroup
	seen := make([][]eventstore.Recorded, 4)
	for f := range seen {
		followers.Go(func() { seen[f] = followWithBreaks(t, following, stores[f%2], &total) })
	}
	calm := disturb(t, following, pool)

	shared := []uuid.UUID{newID(), newID(), newID()}
	var mu sync.Mutex
	acknowledged := map[uuid.UUID]int64{} // event id → position
	var appending sync.WaitGroup
	for a := range appenders {
		appending.Go(func() {
			store := stores[a%2]
			own, version := newID(), 0
			for i := range each {
				n := 1 + (a+i)%3
				mine, fought := to(own, version, n), to(shared[i%3], int(rand.N(int64(each))), 1)
				bad := to(newID(), 0, 2)
				bad.Events[1].Data = json.RawMessage(`{`)
				outcomes, err := store.Append(t.Context(), mine, fought, bad)
				if err == nil && i%7 == 0 {
					outcomes[0].Status = 0
					var again []eventstore.Outcome
					if again, err = store.Append(t.Context(), mine); err == nil && again[0].Status == eventstore.StoredAlready && again[0].Position == outcomes[0].Position {
						outcomes[0].Status = eventstore.Stored
					}
				}
				if err != nil || outcomes[0].Status != eventstore.Stored || outcomes[2].Status != eventstore.Refused {
					t.Errorf("got %+v, %v", outcomes, err)
					return
				}
				version += n
				mu.Lock()
				for j, e := range mine.Events {
					acknowledged[e.ID] = outcomes[0].Position - int64(n-1-j)
				}
				if outcomes[1].Status == eventstore.Stored {
					acknowledged[fought.Events[0].ID] = outcomes[1].Position
				}
				mu.Unlock()
			}
		})
	}
	appending.Wait()
	last := to(newID(), 0, 1)
	total.Store(int64(len(acknowledged)) + 1)
	acknowledged[last.Events[0].ID] = mustAppend(t, stores[0], last)[0].Position
	followers.Wait()
	stopFollowing()
	calm()

	log := readLog(t, stores[0])
	checkLog(t, log)
	if len(log) != len(acknowledged) {
		t.Fatalf("the log has %d events, %d were acknowledged", len(log), len(acknowledged))
	}
	for _, r := range log {
		if acknowledged[r.ID] != r.Position {
			t.Fatalf("event %s stands at %d, acknowledged at %d", r.ID, r.Position, acknowledged[r.ID])
		}
	}
	for f := range seen {
		if len(seen[f]) != len(log) {
			t.Fatalf("follower %d saw %d events of %d", f, len(seen[f]), len(log))
		}
		for i := range log {
			if seen[f][i].ID != log[i].ID {
				t.Fatalf("follower %d saw %s at position %d, where %s stands", f, seen[f][i].ID, i+1, log[i].ID)
			}
		}
	}
}

var errBreak = errors.New("the follower takes a break")

// followWithBreaks follows until it has seen total events, and stops in between to go on from its checkpoint.
func followWithBreaks(t *testing.T, ctx context.Context, s *eventstore.Store, total *atomic.Int64) (seen []eventstore.Recorded) {
	for total.Load() == 0 || int64(len(seen)) < total.Load() {
		err := s.Follow(ctx, int64(len(seen)), func(_ context.Context, batch []eventstore.Recorded) error {
			seen = append(seen, batch...)
			if n := total.Load(); rand.N(10) == 0 || n > 0 && int64(len(seen)) >= n {
				return errBreak
			}
			return nil
		})
		if !errors.Is(err, errBreak) {
			t.Errorf("follower: %v", err)
			return seen
		}
	}
	return seen
}

// disturb holds the lock for a moment now and then, and meanwhile a transaction with an old snapshot that has written elsewhere. The function
// that it returns waits for its end.
func disturb(t *testing.T, ctx context.Context, pool *pgxpool.Pool) (wait func()) {
	var done sync.WaitGroup
	pause := func() { time.Sleep(time.Duration(rand.N(20)) * time.Millisecond) }
	for _, sql := range []string{
		"begin; select pg_advisory_xact_lock(1902272107, 0)",
		"begin isolation level repeatable read; insert into people (id, org, name) values (gen_random_uuid(), 'school', 'slow'); select count(*) from events",
	} {
		done.Go(func() {
			for ctx.Err() == nil {
				conn, err := pool.Acquire(context.WithoutCancel(ctx))
				if err != nil {
					t.Error(err)
					return
				}
				for _, sql := range []string{sql, "rollback"} {
					if _, err := conn.Exec(context.WithoutCancel(ctx), sql); err != nil {
						t.Error(err)
					}
					pause()
				}
				conn.Release()
			}
		})
	}
	return done.Wait
}

// A log is what a model says it is: a map from streams to events, and a list.
func TestStoreAgreesWithAModel(t *testing.T) {
	t.Parallel()
	store, _ := open(t, eventstore.Options{MaxBatch: 4})
	var log []uuid.UUID
	rapid.Check(t, func(t *rapid.T) {
		streams := []uuid.UUID{newID(), newID(), newID()}
		model := map[uuid.UUID][]uuid.UUID{} // stream → event ids
		var calls []eventstore.Append        // made before, to be made again
		for range rapid.IntRange(1, 8).Draw(t, "calls") {
			a := to(rapid.SampledFrom(streams).Draw(t, "stream"), rapid.IntRange(0, 6).Draw(t, "expected"), rapid.IntRange(1, 5).Draw(t, "events"))
			if len(calls) > 0 && rapid.IntRange(0, 2).Draw(t, "again") == 0 {
				a = rapid.SampledFrom(calls).Draw(t, "call")
			}
			calls = append(calls, a)
			want, position := expect(model, &log, a)
			outcomes, err := store.Append(context.Background(), a)
			if err != nil {
				t.Fatal(err)
			}
			if o := outcomes[0]; o.Status != want || o.Position != position || o.Version != len(model[a.Stream]) {
				t.Fatalf("got %+v, want %v at %d, version %d", o, want, position, len(model[a.Stream]))
			}
		}
		for _, s := range streams {
			read, err := store.ReadStream(context.Background(), s, eventstore.Range{})
			if err != nil || fmt.Sprint(ids(read)) != fmt.Sprint(model[s]) {
				t.Fatalf("stream %s: read %v, %v; want %v", s, ids(read), err, model[s])
			}
		}
	})
	if got := ids(readLog(t, store)); fmt.Sprint(got) != fmt.Sprint(log) {
		t.Errorf("the log is not the model's")
	}
}

// expect does to the model what a should do to the store.
func expect(model map[uuid.UUID][]uuid.UUID, log *[]uuid.UUID, a eventstore.Append) (eventstore.Status, int64) {
	stream := model[a.Stream]
	if len(stream) == a.Expected {
		for _, e := range a.Events {
			model[a.Stream] = append(model[a.Stream], e.ID)
			*log = append(*log, e.ID)
		}
		return eventstore.Stored, int64(len(*log))
	}
	if len(stream) < a.Expected+len(a.Events) {
		return eventstore.Conflicted, 0
	}
	for i, e := range a.Events {
		if stream[a.Expected+i] != e.ID {
			return eventstore.Conflicted, 0
		}
	}
	last := a.Events[len(a.Events)-1].ID
	for i, id := range *log {
		if id == last {
			return eventstore.StoredAlready, int64(i + 1)
		}
	}
	return 0, 0
}

func ids(events []eventstore.Recorded) (ids []uuid.UUID) {
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestFollowWakes(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	here, there := openOn(t, pool, eventstore.Options{}), openOn(t, pool, eventstore.Options{})
	ctx, stop := context.WithCancel(t.Context())
	arrived, ended := make(chan int64, 10), make(chan error)
	go func() {
		ended <- here.Follow(ctx, 0, func(_ context.Context, batch []eventstore.Recorded) error {
			arrived <- batch[len(batch)-1].Position
			return nil
		})
	}()
	wait := func(want int64) {
		t.Helper()
		select {
		case got := <-arrived:
			if got != want {
				t.Errorf("position %d arrived, want %d", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("position %d did not arrive", want)
		}
	}
	mustAppend(t, here, to(newID(), 0, 1)) // by its own commit
	wait(1)
	mustAppend(t, there, to(newID(), 0, 1)) // by a doorbell from elsewhere
	here.Wake()
	wait(2)
	mustAppend(t, there, to(newID(), 0, 1)) // by the tick: nobody said a word
	wait(3)
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Follow ended with %v", err)
	}
}
