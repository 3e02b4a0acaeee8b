package projections_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"qbank/domain/fault"
	"qbank/projections"
	"qbank/projections/projtest"
)

// rebuild orders a rebuild of version 1 and waits until it is over.
func rebuild(t testing.TB, log *projtest.Log, engine *projections.Engine, name string) {
	t.Helper()
	inState(t, engine, name+"_v1", projections.Live)
	before := oid(t, log, name+"_v1")
	if err := projections.Rebuild(t.Context(), log.Pool, name); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the rebuilt tables are there", func() bool { return oid(t, log, name+"_v1") != before })
	gone(t, log, name+"_v1_old")
	if s := status(t, engine, name+"_v1_next"); s != nil {
		t.Errorf("after the rebuild there is still %+v", s)
	}
}

func oid(t testing.TB, log *projtest.Log, schema string) (oid uint32) {
	t.Helper()
	if err := log.Pool.QueryRow(t.Context(), `select to_regnamespace($1)::oid`, schema).Scan(&oid); err != nil {
		t.Fatal(err)
	}
	return oid
}

// underLoad appends, and reads what it appended, while during runs. Readers must never see the past again, nor anything inconsistent.
func underLoad(t testing.TB, log *projtest.Log, engine *projections.Engine, l *ledger, during func()) {
	t.Helper()
	var stop atomic.Bool
	var busy sync.WaitGroup
	busy.Go(func() {
		for !stop.Load() {
			fill(log, 20)
			time.Sleep(2 * time.Millisecond)
		}
	})
	schema := projections.SchemaName(l.name, l.version)
	for range 2 {
		busy.Go(func() {
			for last := int64(0); !stop.Load(); {
				var n, sum, listed, listedSum int64
				err := log.Pool.QueryRow(t.Context(), `select n, sum, (select count(*) from `+schema+`.list), (select coalesce(sum(amount), 0) from `+schema+`.list)
					from `+schema+`.total`).Scan(&n, &sum, &listed, &listedSum)
				switch {
				case err != nil:
					t.Errorf("a reader is disturbed: %v", err)
					return
				case n < last || n != listed || sum != listedSum:
					t.Errorf("a reader saw %d events, then %d of sum %d with %d of %d listed", last, n, sum, listed, listedSum)
					return
				}
				last = n
			}
		})
	}
	during()
	stop.Store(true)
	busy.Wait()
}

func TestARebuildUnderLiveLoad(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	head := fill(log, 3000)
	l := newLedger(t, "ledger", 1)
	one, _ := start(t, log, quick, l)
	two, _ := start(t, log, quick, l) // each copy may be in another process's hands
	wait(t, one, l.name, head)
	underLoad(t, log, one, l, func() {
		for range 3 {
			rebuild(t, log, one, l.name)
		}
	})
	head = fill(log, 1)
	wait(t, one, l.name, head)
	wait(t, two, l.name, head)
	holds(t, log, l)
}

func TestARebuildSurvivesTheProcess(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	head := fill(log, 2000)
	l := newLedger(t, "ledger", 1)
	log.Run(l)
	before := oid(t, log, "ledger_v1")
	if err := projections.Rebuild(t.Context(), log.Pool, "ledger"); err != nil { // nobody is there to see it
		t.Fatal(err)
	}
	if err := projections.Rebuild(t.Context(), log.Pool, "ledger"); !fault.Is(err, "projection.rebuilding") {
		t.Errorf("a second rebuild: %v", err)
	}
	o := quick
	o.BatchSize = 20
	for range 10 {
		_, kill := start(t, log, o, l)
		time.Sleep(40 * time.Millisecond)
		kill()
	}
	engine, _ := start(t, log, quick, l)
	eventually(t, "the rebuild is over", func() bool { return oid(t, log, "ledger_v1") != before })
	wait(t, engine, "ledger", head)
	holds(t, log, l)
	gone(t, log, "ledger_v1_old")
	gone(t, log, "ledger_v1_next")
}

func TestARebuildRepairsWhatIsParked(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	head := fill(log, 200)
	l := newLedger(t, "ledger", 1)
	engine, _ := start(t, log, quick, l)
	wait(t, engine, l.name, head)
	inState(t, engine, "ledger_v1", projections.Live)
	execute(t, log, `alter table ledger_v1.list add check (position <> 202)`) // somebody broke the tables
	head = fill(log, 10)
	inState(t, engine, "ledger_v1", projections.Parked)

	if err := projections.Rebuild(t.Context(), log.Pool, "ledger"); err != nil {
		t.Fatal(err)
	}
	inState(t, engine, "ledger_v1", projections.Live)
	wait(t, engine, l.name, head)
	holds(t, log, l)
}

func TestANewVersionTakesOver(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	head := fill(log, 3000)
	v1, v2 := newLedger(t, "ledger", 1), newLedger(t, "ledger", 2)
	older, stopOlder := start(t, log, quick, v1)
	wait(t, older, "ledger", head)
	var newer *projections.Engine
	underLoad(t, log, older, v1, func() {
		newer, _ = start(t, log, quick, v2)
		inState(t, newer, "ledger_v2", projections.Live)
		time.Sleep(50 * time.Millisecond) // the older process still reads its own tables
	})
	head = fill(log, 10)
	wait(t, newer, "ledger", head)
	holds(t, log, v2)
	if err := newer.Ready(t.Context()); err != nil {
		t.Error(err)
	}

	// The older worker has stopped, and says so; its tables stay as long as its process, and then go.
	if err := older.Wait(t.Context(), "ledger", head); !fault.Is(err, "projection.retired") {
		t.Errorf("wait in the older program: %v", err)
	}
	if err := older.Ready(t.Context()); !fault.Is(err, "projection.not_ready") {
		t.Errorf("ready in the older program: %v", err)
	}
	if !there(t, log, "ledger_v1") {
		t.Error("the tables went while a process reads them")
	}
	stopOlder()
	gone(t, log, "ledger_v1")
	if s := status(t, newer, "ledger_v1"); s != nil {
		t.Errorf("still there: %+v", s)
	}

	// An older program that starts again does not dare to come back, until somebody says so.
	again, _ := start(t, log, quick, v1)
	eventually(t, "it is retired", func() bool { return fault.Is(again.Wait(t.Context(), "ledger", head), "projection.retired") })
	if err := projections.Revert(t.Context(), log.Pool, "ledger", 1); err != nil {
		t.Fatal(err)
	}
	inState(t, again, "ledger_v1", projections.Live)
	wait(t, again, "ledger", head)
	holds(t, log, v1)
	// What the newer worker was writing in that moment it may still have written.
	eventually(t, "the newer one is retired", func() bool { return fault.Is(newer.Wait(t.Context(), "ledger", fill(log, 1)), "projection.retired") })
}

func TestStatusTellsHowFarAFillIs(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	head := fill(log, 2000)
	l := newLedger(t, "ledger", 1)
	l.slow = 10 * time.Millisecond
	engine, _ := start(t, log, quick, l)
	var seen []string
	last := -1.0
	eventually(t, "it is filled", func() bool {
		s := status(t, engine, "ledger_v1")
		if s == nil || s.State == projections.Absent {
			return false
		}
		if s.Done() < last {
			t.Errorf("done went from %v to %v", last, s.Done())
		}
		last = s.Done()
		if s.Lag() > 0 && s.Position > 0 {
			if s.Rate <= 0 || s.ETA <= 0 {
				t.Errorf("no rate or ETA: %+v", s)
			}
			seen = append(seen, fmt.Sprint(s.Position))
		}
		return s.Position == head && s.State == projections.Live
	})
	if len(seen) == 0 {
		t.Error("it was never seen on its way")
	}
}
