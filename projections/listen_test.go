package projections_test

import (
	"context"
	"reflect"
	"sync/atomic"
	"testing"

	"qbank/eventstore"
	"qbank/projections"
	"qbank/projections/projtest"
)

// Who listens hears what is appended after the start, once and in order, whatever the read models do meanwhile.
func TestTheLogIsHeardAsItGrows(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	before := fill(log, 100)
	heard := make(chan int64, 10_000)
	l := newLedger(t, "ledger", 1)
	engine := projections.New(log.Pool, log.Store, log.Codec, quick, l)
	engine.Listen(func(r *eventstore.Recorded) { heard <- r.Position })
	run(t, engine)
	wait(t, engine, l.name, before)
	var last int64
	for range 10 {
		last = fill(log, 150)
	}
	for want := before + 1; want <= last; want++ {
		if got := <-heard; got != want {
			t.Fatalf("heard %d, want %d", got, want)
		}
	}
	wait(t, engine, l.name, last)
	if len(heard) > 0 {
		t.Errorf("%d are heard again", len(heard))
	}
}

// counted counts the events that are read from a log.
type counted struct {
	projections.Log
	events atomic.Int64
}

func (c *counted) ReadAll(ctx context.Context, after int64, limit int) ([]eventstore.Recorded, error) {
	list, err := c.Log.ReadAll(ctx, after, limit)
	c.events.Add(int64(len(list)))
	return list, err
}

// The engine's log is the log, wherever one begins to read; its end is read once for all.
func TestTheEndOfTheLogIsReadOnceForAll(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	before := fill(log, 50)
	store := &counted{Log: log.Store}
	l := newLedger(t, "ledger", 1)
	engine := projections.New(log.Pool, store, log.Codec, quick, l)
	same := func(after int64, limit int) {
		t.Helper()
		want, err := log.Store.ReadAll(t.Context(), after, limit)
		if err != nil {
			t.Fatal(err)
		}
		got, err := engine.Log().ReadAll(t.Context(), after, limit)
		if err != nil || len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("after %d at most %d: %d events, not %d, %v", after, limit, len(got), len(want), err)
		}
	}
	same(0, 20) // it does not run yet
	heard := make(chan int64, 10_000)
	engine.Listen(func(r *eventstore.Recorded) { heard <- r.Position })
	run(t, engine)
	wait(t, engine, l.name, before)
	head := fill(log, 150)
	for <-heard < head {
	}
	wait(t, engine, l.name, head)
	read := store.events.Load()
	for _, after := range []int64{before + 1, head - 20, head - 1, head, head + 7} {
		same(after, 10)
	}
	if now := store.events.Load(); now != read {
		t.Errorf("%d events were read again", now-read)
	}
	same(0, 20) // too old for it
	if got, err := engine.Log().Head(t.Context()); err != nil || got != head {
		t.Errorf("head %d, %v, not %d", got, err, head)
	}
}
