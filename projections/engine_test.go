package projections_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/projections"
	"qbank/projections/projtest"
)

func TestWhatIsWaitedForCanBeRead(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	fill(log, 1234)
	a, b := newLedger(t, "a", 1), newLedger(t, "b", 1)
	engine, _ := start(t, log, quick, a, b)
	for range 20 {
		at := fill(log, 1+rand.IntN(120))
		for _, l := range []*ledger{a, b} {
			wait(t, engine, l.name, at)
			holds(t, log, l)
		}
	}
	inState(t, engine, "a_v1", projections.Live)
	if err := engine.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTablesDoNotDependOnBatches(t *testing.T) {
	t.Parallel()
	l := newLedger(t, "ledger", 1)
	log := projtest.Given(t, toyEvents, l, projtest.In("one", added{1}, noted{"x"}, added{2}), projtest.In("two", added{3}))
	fill(log, 300)
	log.RebuildEquals(t, l)
	holds(t, log, l)
}

// The law of the engine: however its workers are killed, every event takes effect once.
func TestEachEventTakesEffectOnceHoweverWorkersDie(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	fill(log, 3000)
	nth := 0
	rapid.Check(t, func(rt *rapid.T) {
		if nth++; nth > 8 {
			return
		}
		l := newLedger(t, fmt.Sprintf("ledger_%d", nth), 1)
		o := quick
		o.BatchSize = rapid.IntRange(1, 400).Draw(rt, "batch")
		deaths := rapid.SliceOfN(rapid.IntRange(0, 15), 1, 6).Draw(rt, "milliseconds until the worker dies")
		for _, ms := range deaths {
			_, kill := start(t, log, o, l)
			time.Sleep(time.Duration(ms) * time.Millisecond)
			if rapid.Bool().Draw(rt, "by the server") {
				terminate(t, log, l.name)
				time.Sleep(5 * time.Millisecond)
			}
			kill()
		}
		head := fill(log, 100)
		engine, stop := start(t, log, o, l)
		wait(t, engine, l.name, head)
		holds(t, log, l)
		stop()
	})
}

// terminate kills the sessions that work on a projection, as a server's operator would.
func terminate(t testing.TB, log *projtest.Log, name string) {
	t.Helper()
	execute(t, log, `select pg_terminate_backend(l.pid) from pg_locks l
		where l.locktype = 'advisory' and l.pid <> pg_backend_pid() and l.database = (select oid from pg_database where datname = current_database())
		  and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1, 1902272107)`, "works on "+name+"_v1")
}

func TestAWorkerWhoseSessionIsLostStartsAnew(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	l := newLedger(t, "ledger", 1)
	engine, _ := start(t, log, quick, l)
	for range 10 {
		wait(t, engine, l.name, fill(log, 200))
		terminate(t, log, l.name)
	}
	wait(t, engine, l.name, fill(log, 10))
	holds(t, log, l)
}

func TestTwoProcessesOneWorker(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	l := newLedger(t, "ledger", 1)
	l.working = &atomic.Int64{}
	o := quick
	o.Node = "one"
	one, stopOne := start(t, log, o, l)
	o.Node = "two"
	two, _ := start(t, log, o, l)

	var appending sync.WaitGroup
	appending.Go(func() {
		for range 40 {
			fill(log, 50)
			time.Sleep(time.Millisecond)
		}
	})
	appending.Wait()
	at := fill(log, 1)
	wait(t, one, l.name, at) // both learn of it, whichever works
	wait(t, two, l.name, at)
	holds(t, log, l)

	stopOne()
	at = fill(log, 77)
	wait(t, two, l.name, at)
	holds(t, log, l)
	if s := status(t, two, "ledger_v1"); s.Worker != "two" {
		t.Errorf("the worker is %q after the other process ended", s.Worker)
	}
}

func TestAWorkerThatWasOvertakenGivesUp(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	l := newLedger(t, "ledger", 1)
	o := quick
	o.Tick = time.Minute // it does not look by itself
	engine, _ := start(t, log, o, l)
	before := fill(log, 30)
	wait(t, engine, l.name, before)
	holds(t, log, l)

	// What a worker does that has not got the lock and does not know of the other.
	after := fill(log, 40)
	err := pgx.BeginFunc(t.Context(), log.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `update checkpoints set position = $1 where name = 'ledger'`, after); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `set local search_path = ledger_v1`); err != nil {
			return err
		}
		all := log.Events(l)
		for i, e := range all {
			if e.Position > before {
				return l.Apply(t.Context(), tx, all[i:])
			}
		}
		return errors.New("no events")
	})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, engine, l.name, fill(log, 20))
	holds(t, log, l)
}

func TestAnEventThatFailsStopsItsProjectionAlone(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	head := fill(log, 400)
	bad, good := newLedger(t, "bad", 1), newLedger(t, "good", 1)
	bad.refuses(badAt(200)) // 200 = 3·66 + 2: one that it wants
	engine, _ := start(t, log, quick, bad, good)
	wait(t, engine, "good", head)
	holds(t, log, good)
	inState(t, engine, "bad_v1", projections.Parked)

	s := status(t, engine, "bad_v1")
	if s.Position != 199 || s.Failure.Position != 200 || s.Failure.Error != errBad.Error() || s.Failure.Attempts != quick.Attempts {
		t.Errorf("parked as %+v, %+v", s, s.Failure)
	}
	wait(t, engine, "bad", 199) // what was applied before can be read
	began := time.Now()
	if err := engine.Wait(t.Context(), "bad", 201); !fault.Is(err, "projection.parked") {
		t.Errorf("a wait for a parked projection: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to say so", took)
	}
	if err := engine.Ready(t.Context()); !fault.Is(err, "projection.not_ready") {
		t.Errorf("ready: %v", err)
	}
	if err := projections.Retry(t.Context(), log.Pool, "good"); !fault.Is(err, "checkpoint.not_parked") {
		t.Errorf("retry of what is not parked: %v", err)
	}

	// Tried again too early, it parks again; after the repair it goes on.
	if err := projections.Retry(t.Context(), log.Pool, "bad"); err != nil {
		t.Fatal(err)
	}
	tries := bad.batches.Load()
	eventually(t, "it is tried again", func() bool { return bad.batches.Load() > tries })
	inState(t, engine, "bad_v1", projections.Parked)
	bad.refuses(nil)
	if err := projections.Retry(t.Context(), log.Pool, "bad"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it goes on", func() bool { return engine.Wait(t.Context(), "bad", head) == nil })
	holds(t, log, bad)
}

func TestASkippedEventIsLeftOutAndWrittenDown(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	fill(log, 100)
	l := newLedger(t, "ledger", 1)
	l.refuses(func(e projections.Event) error {
		if e.Position == 40 || e.Position == 41 {
			panic("Apply must not take the process down")
		}
		return nil
	})
	engine, _ := start(t, log, quick, l)
	for _, position := range []int64{40, 41} {
		if position%3 == 0 {
			continue
		}
		eventually(t, fmt.Sprint("parked at ", position), func() bool {
			s := status(t, engine, "ledger_v1")
			return s != nil && s.Failure != nil && s.Failure.Position == position
		})
		if err := projections.Skip(t.Context(), log.Pool, "ledger", position+7, "wang", "broken"); !fault.Is(err, "checkpoint.parked_elsewhere") {
			t.Errorf("skip of another position: %v", err)
		}
		if err := projections.Skip(t.Context(), log.Pool, "ledger", position, "wang", " "); !fault.Is(err, "checkpoint.unexplained") {
			t.Errorf("skip without a reason: %v", err)
		}
		if err := projections.Skip(t.Context(), log.Pool, "ledger", position, "wang", "broken import"); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "it goes on", func() bool { return engine.Wait(t.Context(), "ledger", 100) == nil })
	holds(t, log, l, 40, 41)
	var skips int
	err := log.Pool.QueryRow(t.Context(), `select count(*) from skips where name = 'ledger' and version = 1 and actor = 'wang'
		and reason = 'broken import' and event_id in (select event_id from events where position = skips.position)`).Scan(&skips)
	if err != nil || skips != 2 {
		t.Errorf("%d skips are written down: %v", skips, err)
	}

	rebuild(t, log, engine, l.name)
	holds(t, log, l, 40, 41)
}

func TestAnUnknownEventParksUntilAProgramKnowsIt(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents, laterEvents)
	fill(log, 10)
	log.Append(projtest.In("newer", later{}))
	head := fill(log, 10)
	old := *log
	old.Codec = event.NewCodec(toyEvents)
	l := newLedger(t, "ledger", 1)
	engine, _ := start(t, &old, quick, l)
	inState(t, engine, "ledger_v1", projections.Parked)
	if s := status(t, engine, "ledger_v1"); s.Position != 10 || s.Failure.Position != 11 {
		t.Errorf("%+v", s)
	}
	if err := engine.Wait(t.Context(), "ledger", head); !fault.Is(err, "projection.parked") {
		t.Errorf("wait: %v", err)
	}
	newer, _ := start(t, log, quick, l)
	eventually(t, "the newer program goes on", func() bool { return newer.Wait(t.Context(), "ledger", head) == nil })
	holds(t, log, l)
}

func TestWaitsAreBounded(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	l := newLedger(t, "ledger", 1)
	o := quick
	o.MaxWait = 50 * time.Millisecond
	engine, _ := start(t, log, o, l)
	if err := engine.Wait(t.Context(), "ledger", 1); !fault.Is(err, "projection.behind") {
		t.Errorf("wait for what never comes: %v", err)
	}
	if err := engine.Wait(t.Context(), "ledgers", 1); !fault.Is(err, "checkpoint.unknown") {
		t.Errorf("wait for nobody: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := engine.Wait(ctx, "ledger", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("wait of a caller who left: %v", err)
	}
	if err := engine.Wait(ctx, "ledger", 0); err != nil {
		t.Errorf("wait for nothing: %v", err)
	}
}

func TestTablesOfAnotherDefinitionAreRefused(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	l := newLedger(t, "ledger", 1)
	log.Run(l)
	engine, _ := start(t, log, quick, redefined{l})
	eventually(t, "it refuses", func() bool {
		return fault.Is(engine.Wait(t.Context(), "ledger", 1), "projection.schema_changed")
	})
	if err := engine.Ready(t.Context()); !fault.Is(err, "projection.not_ready") {
		t.Errorf("ready: %v", err)
	}
}

type redefined struct{ *ledger }

func (r redefined) Schema() string { return r.ledger.Schema() + "create table more (x int);" }

func TestDefectsOfTheProgramPanicAtTheStart(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, laterEvents)
	for name, ps := range map[string][]projections.Projection{
		"an unknown event":   {newLedger(t, "ledger", 1)},
		"a bad name":         {newLedger(t, "Ledger;", 1)},
		"a name like a copy": {newLedger(t, "ledger_v2", 1)},
		"version 0":          {newLedger(t, "ledger", 0)},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is accepted", name)
				}
			}()
			projections.New(log.Pool, log.Store, log.Codec, quick, ps...)
		}()
	}
}
