package watch_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/eventstore"
	"qbank/internal/watch"
)

func recorded(position int64, name string, stream uuid.UUID, org string) *eventstore.Recorded {
	meta, _ := json.Marshal(event.Meta{Actor: "wang", Org: org})
	return &eventstore.Recorded{Event: eventstore.Event{Type: name, Meta: meta}, Position: position, Stream: stream}
}

// soon is the next change, or that there is none.
func soon(t *testing.T, w *watch.Watcher) (watch.Change, bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	c, err := w.Next(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return c, false
	}
	if err != nil {
		t.Fatal(err)
	}
	return c, true
}

func TestWhoIsToldOfWhat(t *testing.T) {
	t.Parallel()
	one, two := uuid.New(), uuid.New()
	inside := func(r *eventstore.Recorded) uuid.UUID { return two }
	for name, c := range map[string]struct {
		wants watch.Wants
		told  bool
		about uuid.UUID
	}{
		"any of its kind":             {watch.Wants{Events: []string{"thing.made"}}, true, one},
		"among others":                {watch.Wants{Events: []string{"x", "thing.made"}}, true, one},
		"another kind":                {watch.Wants{Events: []string{"thing.lost"}}, false, one},
		"this one":                    {watch.Wants{Events: []string{"thing.made"}, Stream: one}, true, one},
		"another one":                 {watch.Wants{Events: []string{"thing.made"}, Stream: two}, false, one},
		"the same organisation":       {watch.Wants{Events: []string{"thing.made"}, Org: "school/art"}, true, one},
		"one above":                   {watch.Wants{Events: []string{"thing.made"}, Org: "school"}, true, one},
		"one below":                   {watch.Wants{Events: []string{"thing.made"}, Org: "school/art/first"}, true, one},
		"another organisation":        {watch.Wants{Events: []string{"thing.made"}, Org: "school/music"}, false, one},
		"one that only begins alike":  {watch.Wants{Events: []string{"thing.made"}, Org: "school/ar"}, false, one},
		"what the event is about":     {watch.Wants{Events: []string{"thing.made"}, About: inside}, true, two},
		"this one of an organisation": {watch.Wants{Events: []string{"thing.made"}, Stream: one, Org: "academy"}, false, one},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hub := watch.New()
			w := hub.Watch(c.wants)
			defer w.Close()
			hub.Heard(recorded(7, "thing.made", one, "school/art"))
			got, told := soon(t, w)
			if told != c.told || told && (len(got.IDs) != 1 || got.IDs[0] != c.about || got.Position != 7) {
				t.Errorf("told: %t, %+v", told, got)
			}
		})
	}
}

// However events and looks alternate, each thing that changed is told of after it last did, and nothing else is.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	things := make([]uuid.UUID, 5)
	for i := range things {
		things[i] = uuid.New()
	}
	looks := 0
	rapid.Check(t, func(t *rapid.T) {
		if looks > 25 { // each takes a breath
			return
		}
		hub := watch.New()
		w := hub.Watch(watch.Wants{Events: []string{"thing.made"}})
		defer w.Close()
		untold := map[uuid.UUID]bool{}
		for position := range rapid.IntRange(1, 8).Draw(t, "steps") {
			for _, i := range rapid.SliceOfN(rapid.IntRange(0, 4), 1, 12).Draw(t, "events") {
				hub.Heard(recorded(int64(position+1), "thing.made", things[i], ""))
				untold[things[i]] = true
			}
			gone, cancel := context.WithCancel(context.Background())
			if cancel(); rapid.Bool().Draw(t, "gives up first") {
				if _, err := w.Next(gone); err == nil {
					clear(untold) // it was quick enough
					continue
				}
			}
			c, err := w.Next(context.Background())
			looks++
			if err != nil || len(c.IDs) != len(untold) || c.Position != int64(position+1) {
				t.Fatalf("%v: %+v, want %v", err, c, untold)
			}
			for _, id := range c.IDs {
				if !untold[id] {
					t.Fatalf("%s did not change", id)
				}
			}
			clear(untold)
		}
	})
}

// A watcher that does not look costs a bounded amount, and knows then that it has missed much.
func TestASlowWatcherIsToldLess(t *testing.T) {
	t.Parallel()
	hub := watch.New()
	w := hub.Watch(watch.Wants{Events: []string{"thing.made"}})
	defer w.Close()
	var last uuid.UUID
	for i := range 10_000 {
		last = uuid.New()
		hub.Heard(recorded(int64(i+1), "thing.made", last, ""))
	}
	c, told := soon(t, w)
	if !told || !c.Many || len(c.IDs) != 0 || c.Position != 10_000 || !c.Concerns(last) {
		t.Errorf("%t %t %d at %d", told, c.Many, len(c.IDs), c.Position)
	}
	if c, told := soon(t, w); told {
		t.Errorf("told again: %+v", c)
	}
	rare := hub.Watch(watch.Wants{Events: []string{"thing.made"}, Every: time.Hour})
	defer rare.Close()
	hub.Heard(recorded(10_001, "thing.made", last, ""))
	if _, told := soon(t, rare); !told {
		t.Error("the first change is not told at once")
	}
	hub.Heard(recorded(10_001, "thing.made", last, ""))
	if c, told := soon(t, rare); told {
		t.Errorf("too soon: %+v", c)
	}
	if c, told := soon(t, w); !told || c.Many || len(c.IDs) != 1 {
		t.Errorf("afterwards: %+v", c)
	}
}

func TestTheEndLetsEverybodyGo(t *testing.T) {
	t.Parallel()
	hub := watch.New()
	w := hub.Watch(watch.Wants{Events: []string{"a", "b"}})
	done := make(chan error, 1)
	go func() { _, err := w.Next(context.Background()); done <- err }()
	hub.End()
	hub.End()
	if err := <-done; !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	late := hub.Watch(watch.Wants{Events: []string{"a"}})
	if _, err := late.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	w.Close()
	w.Close()
	late.Close()
	if left := hub.Watched("a"); len(left) != 0 {
		t.Error(left)
	}
}

// Many watch, come and go while the log grows: what is told is right, and the race detector finds nothing.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	hub := watch.New()
	things := make([]uuid.UUID, 20)
	for i := range things {
		things[i] = uuid.New()
	}
	ctx, stop := context.WithCancel(t.Context())
	var writing, watching sync.WaitGroup
	for range 4 {
		writing.Go(func() {
			for i := int64(1); ctx.Err() == nil; i++ {
				hub.Heard(recorded(i, "thing.made", things[i%20], "school"))
				hub.Tell("thing", things[i%20])
			}
		})
	}
	for i := range 500 {
		watching.Go(func() {
			of := things[i%20]
			w := hub.Watch(watch.Wants{Events: []string{"thing.made", "thing"}, Stream: of, Org: "school"})
			defer w.Close()
			for range 3 {
				c, err := w.Next(ctx)
				if err != nil || len(c.IDs) != 1 || c.IDs[0] != of {
					t.Errorf("%v: %+v", err, c)
				}
			}
		})
	}
	watching.Wait()
	stop()
	writing.Wait()
	if left := hub.Watched("thing"); len(left) != 0 {
		t.Errorf("%d are still watched", len(left))
	}
}

func TestWhatIsNotInTheLogIsLookedAt(t *testing.T) {
	t.Parallel()
	hub, id, other := watch.New(), uuid.New(), uuid.New()
	var mu sync.Mutex
	state := map[uuid.UUID]string{id: "begun"}
	set := func(text string) { mu.Lock(); state[id] = text; mu.Unlock() }
	go hub.Poll(t.Context(), "job", 5*time.Millisecond, func(_ context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
		mu.Lock()
		defer mu.Unlock()
		out := map[uuid.UUID]string{}
		for _, id := range ids {
			if id == other {
				t.Error("nobody watches this")
			}
			out[id] = state[id]
		}
		if state[id] == "broken" {
			return nil, errors.New("broken")
		}
		return out, nil
	}, slog.New(slog.DiscardHandler))
	w := hub.Watch(watch.Wants{Events: []string{"job"}, Stream: id})
	defer w.Close()
	if _, told := soon(t, w); !told {
		t.Fatal("not told at first")
	}
	if c, told := soon(t, w); told {
		t.Fatalf("nothing has changed: %+v", c)
	}
	set("broken")
	set("done")
	if c, told := soon(t, w); !told || c.IDs[0] != id {
		t.Fatalf("%t %+v", told, c)
	}
}
