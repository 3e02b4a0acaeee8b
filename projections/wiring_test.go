package projections_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"qbank/eventstore"
	"qbank/internal/bus"
	"qbank/projections"
	"qbank/projections/projtest"
)

// node is what a program wires: a bus, a log that rings it, an engine that hears it.
func node(t *testing.T, shared *projtest.Log, l *ledger, tick time.Duration) (*projtest.Log, *projections.Engine) {
	t.Helper()
	log := *shared
	doors := bus.New(log.Pool, bus.Options{})
	store, err := eventstore.Open(t.Context(), log.Pool, eventstore.Options{OnCommit: doors.Ring})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	log.Store = store
	o := quick
	o.Tick = tick
	engine, _ := start(t, &log, o, l)
	if err := doors.OnBell(engine.Wake); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := doors.Run(ctx); err != nil {
			t.Errorf("bus: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
	return &log, engine
}

func TestWhatOneProgramWritesAnotherReads(t *testing.T) {
	t.Parallel()
	shared := projtest.NewLog(t, toyEvents)
	l := newLedger(t, "ledger", 1)
	shared.Run(l)
	// The first one may have to wait for the lock of the engine before it, and for an event that nobody rang for: a tick each.
	_, works := node(t, shared, l, 2*time.Second)
	wait(t, works, l.name, fill(shared, 1)) // it has the lock now
	writes, standsBy := node(t, shared, l, time.Minute)

	// Until its bell and the other's ear are connected, a bell may be lost.
	eventually(t, "the bells ring", func() bool {
		at := fill(writes, 1)
		time.Sleep(50 * time.Millisecond)
		got, err := works.Position(t.Context(), l.name)
		return err == nil && got >= at
	})
	began := time.Now()
	for range 10 {
		wait(t, standsBy, l.name, fill(writes, 3))
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("ten bells took %s: they are not heard, ticks do the work", took)
	}
	holds(t, shared, l)
}
