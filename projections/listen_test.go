package projections_test

import (
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
