package projtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/eventstore"
	"qbank/internal/pgtest"
	"qbank/projections"
)

// Facts are events of one stream with the metadata they share. The zero time is a fixed instant.
type Facts struct {
	Stream uuid.UUID
	Person uuid.UUID
	Meta   event.Meta
	Events []event.Event
}

// In makes facts of a stream that the test gives a name. The same name is the same stream.
func In(stream string, events ...event.Event) Facts {
	return Facts{Stream: StreamID(stream), Meta: event.Meta{Actor: "test", At: 1_700_000_000_000_000}, Events: events}
}

// By says who decided.
func (f Facts) By(actor string) Facts {
	f.Meta.Actor = actor
	return f
}

// At says when it was decided, in microseconds since 1970 UTC.
func (f Facts) At(micros int64) Facts {
	f.Meta.At = micros
	return f
}

// Under sets all the metadata.
func (f Facts) Under(meta event.Meta) Facts {
	f.Meta = meta
	return f
}

// Of says whose key enciphers what is personal.
func (f Facts) Of(person uuid.UUID) Facts {
	f.Person = person
	return f
}

// StreamID is the id that stands for a name in tests.
func StreamID(name string) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("projtest "+name))
}

// Log is a log in a database of the test's own.
type Log struct {
	Pool  *pgxpool.Pool
	Store *eventstore.Store
	Codec *event.Codec

	t        testing.TB
	versions map[uuid.UUID]int
}

// NewLog makes an empty log of events that these definitions name.
func NewLog(t testing.TB, definitions ...[]event.Definition) *Log {
	t.Helper()
	pool := pgtest.New(t)
	store, err := eventstore.Open(t.Context(), pool, eventstore.Options{})
	if err != nil {
		t.Fatalf("open the log: %v", err)
	}
	t.Cleanup(store.Close)
	return &Log{Pool: pool, Store: store, Codec: event.NewCodec(definitions...), t: t, versions: map[uuid.UUID]int{}}
}

// Append stores facts in the order given and returns the position of the last one. One goroutine at a time.
func (l *Log) Append(facts ...Facts) (position int64) {
	l.t.Helper()
	for _, f := range facts {
		meta, err := json.Marshal(f.Meta)
		if err != nil {
			l.t.Fatalf("encode the metadata of %s: %v", f.Stream, err)
		}
		a := eventstore.Append{Stream: f.Stream, Expected: l.versions[f.Stream]}
		for _, e := range f.Events {
			name, version, data, err := l.Codec.Encode(e)
			if err != nil {
				l.t.Fatalf("encode %s: %v", e.Name(), err)
			}
			a.Events = append(a.Events, eventstore.Event{
				ID: uuid.NewSHA1(f.Stream, fmt.Append(nil, a.Expected+len(a.Events))), Type: name, SchemaVersion: version, Data: data, Meta: meta, Person: f.Person,
			})
		}
		outcomes, err := l.Store.Append(context.Background(), a)
		if err != nil {
			l.t.Fatalf("append to %s: %v (%v)", f.Stream, err, errors.Unwrap(err))
		}
		if err := outcomes[0].Err; err != nil {
			l.t.Fatalf("append to %s: %v (%v)", f.Stream, err, errors.Unwrap(err))
		}
		l.versions[f.Stream] += len(f.Events)
		position = outcomes[0].Position
	}
	return position
}

// Events reads the whole log as p sees it: what it wants, decoded.
func (l *Log) Events(p projections.Projection) []projections.Event {
	l.t.Helper()
	var list []projections.Event
	for after := int64(0); ; {
		recorded, err := l.Store.ReadAll(context.Background(), after, 5000)
		if err != nil {
			l.t.Fatalf("read the log: %v", err)
		}
		if len(recorded) == 0 {
			return list
		}
		for _, r := range recorded {
			after = r.Position
			if !slices.Contains(p.Events(), r.Type) {
				continue
			}
			e, err := projections.Decode(l.Codec, r)
			if err != nil {
				l.t.Fatalf("decode: %v", err)
			}
			list = append(list, e)
		}
	}
}

// Given appends facts to a new log of events that definitions name, and brings p's tables up to date through an engine. Events that p does
// not want may be among the facts.
func Given(t testing.TB, definitions []event.Definition, p projections.Projection, facts ...Facts) *Log {
	t.Helper()
	log := NewLog(t, definitions)
	log.Append(facts...)
	log.Run(p)
	return log
}

// Run brings projections up to the head of the log and stops again. After more Append, Run goes on where it stopped.
func (l *Log) Run(ps ...projections.Projection) {
	l.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	engine := projections.New(l.Pool, l.Store, l.Codec, projections.Options{Tick: 20 * time.Millisecond, MaxWait: time.Minute}, ps...)
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			l.t.Errorf("run projections: %v", err)
		}
	}()
	head, err := l.Store.Head(ctx)
	if err != nil {
		l.t.Fatalf("read the head: %v", err)
	}
	for _, p := range ps {
		if err := engine.Wait(ctx, p.Name(), head); err != nil {
			l.t.Fatalf("%v; status: %+v", err, describe(ctx, engine))
		}
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) { // until readers are served from what was filled
		if err := engine.Ready(ctx); err == nil {
			return
		} else if time.Now().After(deadline) {
			l.t.Fatalf("%v; status: %+v", err, describe(ctx, engine))
		}
	}
}

func describe(ctx context.Context, engine *projections.Engine) []string {
	list, err := engine.Status(ctx)
	if err != nil {
		return []string{err.Error()}
	}
	var lines []string
	for _, s := range list {
		line := fmt.Sprintf("%s %s at %d of %d", s.Schema, s.State, s.Position, s.Head)
		if s.Failure != nil {
			line += fmt.Sprintf(": event %s at %d: %s", s.Failure.Event, s.Failure.Position, s.Failure.Error)
		}
		lines = append(lines, line)
	}
	return lines
}

// RebuildEquals checks that p's tables do not depend on how the log was cut into batches: it runs p to the head, then builds its tables again
// from batches that rapid draws, and compares all rows. Rows compare as text, in no order; a column that counts insertions or reads a
// clock differs, and must not be there.
func (l *Log) RebuildEquals(t *testing.T, p projections.Projection) {
	t.Helper()
	l.Run(p)
	events := l.Events(p)
	want := l.Dump(projections.SchemaName(p.Name(), p.Version()))
	const enough = 12 // cuts; each is a schema made and dropped
	checks, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if checks++; checks > enough && !failed {
			return
		}
		cuts := drawCuts(rt, len(events))
		if got := l.rebuilt(rt, p, events, cuts); !maps.EqualFunc(want, got, slices.Equal) {
			failed = true
			rt.Fatalf("built anew from batches of %v events, the tables differ:\n%s", cuts, difference(want, got))
		}
	})
}

// drawCuts draws the sizes of batches that make n events.
func drawCuts(rt *rapid.T, n int) (cuts []int) {
	most := rapid.SampledFrom([]int{1, 2, 7, 100, 5000}).Draw(rt, "largest batch")
	for n > 0 {
		size := min(n, rapid.IntRange(1, most).Draw(rt, "batch"))
		cuts = append(cuts, size)
		n -= size
	}
	return cuts
}

// rebuilt folds batches into tables in a schema that is rolled back, and returns what was in them.
func (l *Log) rebuilt(rt *rapid.T, p projections.Projection, events []projections.Event, cuts []int) map[string][]string {
	ctx := context.Background()
	const schema = "projtest_rebuilt"
	tx, err := l.Pool.Begin(ctx)
	if err != nil {
		rt.Fatalf("begin: %v", err)
	}
	defer tx.Rollback(ctx)
	for _, sql := range []string{"create schema " + schema, "set local search_path = " + schema, p.Schema()} {
		if _, err := tx.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			rt.Fatalf("make the tables: %v", err)
		}
	}
	for _, n := range cuts {
		if err := p.Apply(ctx, tx, events[:n:n]); err != nil {
			rt.Fatalf("apply %d events after %d: %v", n, events[0].Position-1, err)
		}
		events = events[n:]
	}
	got, err := dump(ctx, tx, schema)
	if err != nil {
		rt.Fatalf("%v", err)
	}
	return got
}

// Dump returns all rows of all tables of a schema, as text and sorted, by table.
func (l *Log) Dump(schema string) map[string][]string {
	l.t.Helper()
	rows, err := dump(context.Background(), l.Pool, schema)
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	return rows
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func dump(ctx context.Context, db querier, schema string) (map[string][]string, error) {
	tables, err := texts(ctx, db, `select relname from pg_class where relnamespace = to_regnamespace($1) and relkind in ('r', 'p')`, schema)
	if err != nil {
		return nil, fmt.Errorf("list the tables of %s: %w", schema, err)
	}
	all := map[string][]string{}
	for _, table := range tables {
		all[table], err = texts(ctx, db, `select t::text from `+pgx.Identifier{schema, table}.Sanitize()+` t order by t::text collate "C"`)
		if err != nil {
			return nil, fmt.Errorf("dump %s: %w", table, err)
		}
	}
	return all, nil
}

func texts(ctx context.Context, db querier, sql string, args ...any) ([]string, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// difference lists the first rows that only one side has.
func difference(want, got map[string][]string) string {
	var out strings.Builder
	for _, table := range slices.Sorted(maps.Keys(want)) {
		for _, side := range []struct {
			sign string
			rows []string
			not  []string
		}{{"-", want[table], got[table]}, {"+", got[table], want[table]}} {
			shown := 0
			for _, row := range side.rows {
				if _, there := slices.BinarySearch(side.not, row); !there && shown < 10 {
					fmt.Fprintf(&out, "%s %s %s\n", side.sign, table, row)
					shown++
				}
			}
		}
	}
	return out.String()
}
