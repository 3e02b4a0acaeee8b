package projections_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"qbank/domain/event"
	"qbank/projections"
	"qbank/projections/projtest"
)

// added is the one event that a ledger wants; noted passes it by.
type added struct {
	Amount int64 `json:"amount"`
}

func (added) Name() string { return "toy.added" }

type noted struct {
	Text string `json:"text"`
}

func (noted) Name() string { return "toy.noted" }

// later is an event that older programs do not know.
type later struct{}

func (later) Name() string { return "toy.later" }

var (
	toyEvents   = []event.Definition{event.Define[added](), event.Define[noted]()}
	laterEvents = []event.Definition{event.Define[later]()}
)

// ledger keeps a list and a sum, and does nothing to prevent that an event is missing or there twice.
type ledger struct {
	name    string
	version int
	refuse  atomic.Pointer[func(projections.Event) error] // what is wrong with an event, if anything
	slow    time.Duration                                 // per batch
	batches atomic.Int64
	working *atomic.Int64 // shared by workers that must not work at the same time
	t       testing.TB
}

func newLedger(t testing.TB, name string, version int) *ledger {
	return &ledger{t: t, name: name, version: version}
}

func (l *ledger) Name() string     { return l.name }
func (l *ledger) Version() int     { return l.version }
func (l *ledger) Events() []string { return []string{"toy.added"} }

func (l *ledger) Schema() string {
	return `create table list (position bigint not null, nth bigint not null, amount bigint not null);
		create table total (n bigint not null, sum bigint not null);
		insert into total values (0, 0);`
}

func (l *ledger) refuses(f func(projections.Event) error) {
	if f == nil {
		l.refuse.Store(nil)
		return
	}
	l.refuse.Store(&f)
}

func (l *ledger) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	l.batches.Add(1)
	if l.working != nil {
		if l.working.Add(1) > 1 {
			l.t.Errorf("%s: two workers at once", l.name)
		}
		defer l.working.Add(-1)
	}
	var n, sum int64
	if err := tx.QueryRow(ctx, `select n, sum from total`).Scan(&n, &sum); err != nil {
		return err
	}
	var positions, nths, amounts []int64
	for _, e := range batch {
		if refuse := l.refuse.Load(); refuse != nil {
			if err := (*refuse)(e); err != nil {
				return err
			}
		}
		n++
		amount := e.Payload.(added).Amount
		sum += amount
		positions, nths, amounts = append(positions, e.Position), append(nths, n), append(amounts, amount)
	}
	if l.slow > 0 {
		time.Sleep(l.slow)
	}
	if _, err := tx.Exec(ctx, `insert into list select * from unnest($1::bigint[], $2::bigint[], $3::bigint[])`, positions, nths, amounts); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update total set n = $1, sum = $2`, n, sum)
	return err
}

// fill appends n events in streams of their own; every third is one that the ledger does not want.
func fill(log *projtest.Log, n int) (position int64) {
	id := rand.Uint64()
	var events []event.Event
	for i := range n {
		if i%3 == 2 {
			events = append(events, noted{Text: "beside the point"})
		} else {
			events = append(events, added{Amount: rand.Int64N(1000)})
		}
		if len(events) == 500 || i == n-1 {
			position = log.Append(projtest.In(fmt.Sprint(id, i), events...))
			events = nil
		}
	}
	return position
}

// holds checks that the ledger's tables are what the log says, leaving out what was skipped.
func holds(t testing.TB, log *projtest.Log, l *ledger, skipped ...int64) {
	t.Helper()
	var n, sum int64
	var positions []int64
	left := map[int64]bool{}
	for _, p := range skipped {
		left[p] = true
	}
	for _, e := range log.Events(l) {
		if !left[e.Position] {
			n, sum, positions = n+1, sum+e.Payload.(added).Amount, append(positions, e.Position)
		}
	}
	schema := projections.SchemaName(l.name, l.version)
	var gotN, gotSum int64
	if err := log.Pool.QueryRow(t.Context(), `select n, sum from `+schema+`.total`).Scan(&gotN, &gotSum); err != nil {
		t.Fatalf("%s: %v", schema, err)
	}
	if gotN != n || gotSum != sum {
		t.Errorf("%s holds %d events of sum %d, the log %d of %d", schema, gotN, gotSum, n, sum)
	}
	rows, _ := log.Pool.Query(t.Context(), `select position from `+schema+`.list order by nth`)
	got, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(positions) {
		t.Errorf("%s lists other positions than the log, or in another order", schema)
	}
}

// quick are options under which nothing takes long.
var quick = projections.Options{Tick: 20 * time.Millisecond, BatchSize: 50, Attempts: 2, Linger: time.Millisecond, MaxWait: 20 * time.Second}

// start makes an engine and runs it.
func start(t testing.TB, log *projtest.Log, o projections.Options, ps ...projections.Projection) (*projections.Engine, context.CancelFunc) {
	t.Helper()
	o.Logger = slog.New(slog.NewTextHandler(tLog{t}, nil))
	return run(t, projections.New(log.Pool, log.Store, log.Codec, o, ps...))
}

// run runs an engine until the test ends or the returned function is called.
func run(t testing.TB, engine *projections.Engine) (*projections.Engine, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := engine.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	stop := sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(stop)
	return engine, stop
}

// tLog writes to the test's log.
type tLog struct{ t testing.TB }

func (l tLog) Write(line []byte) (int, error) {
	l.t.Logf("%s", line)
	return len(line), nil
}

func wait(t testing.TB, e *projections.Engine, name string, position int64) {
	t.Helper()
	if err := e.Wait(t.Context(), name, position); err != nil {
		list, _ := e.Status(t.Context())
		t.Fatalf("wait for %s at %d: %v; %+v", name, position, err, list)
	}
}

// eventually checks something until it holds, for a while.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func status(t testing.TB, e *projections.Engine, schema string) *projections.Status {
	t.Helper()
	list, err := e.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Schema == schema {
			return &s
		}
	}
	return nil
}

func inState(t testing.TB, e *projections.Engine, schema, state string) {
	t.Helper()
	eventually(t, schema+" is "+state, func() bool { s := status(t, e, schema); return s != nil && s.State == state })
}

func gone(t testing.TB, log *projtest.Log, schema string) {
	t.Helper()
	eventually(t, schema+" is gone", func() bool { return !there(t, log, schema) })
}

func there(t testing.TB, log *projtest.Log, schema string) (there bool) {
	t.Helper()
	if err := log.Pool.QueryRow(t.Context(), `select to_regnamespace($1) is not null`, schema).Scan(&there); err != nil {
		t.Fatal(err)
	}
	return there
}

func execute(t testing.TB, log *projtest.Log, sql string, args ...any) {
	t.Helper()
	if _, err := log.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

var errBad = errors.New("this event is bad")

func badAt(position int64) func(projections.Event) error {
	return func(e projections.Event) error {
		if e.Position == position {
			return errBad
		}
		return nil
	}
}
