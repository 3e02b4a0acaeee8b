package eventstore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"qbank/eventstore"
	"qbank/internal/localpg"
	"qbank/internal/pgtest"
	"qbank/migrations"
)

// The figures to compare, on a server of their own with the settings of a real one:
//
//	go test -run '^$' -bench Append -benchtime 200000x ./eventstore
//
// An iteration is one event of 300 bytes in a stream of its own.

// payload is JSON of 300 bytes.
var payload = []byte(`{"text":"` + strings.Repeat("x", 289) + `"}`)

func BenchmarkAppend(b *testing.B) {
	for _, callers := range []int{1, 64, 500, 2000} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			figures := prometheus.NewRegistry()
			store, err := eventstore.Open(b.Context(), benchPool(b), eventstore.Options{Registerer: figures})
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			defer reportCommits(b, figures)
			perform(b, callers, func(ctx context.Context) error {
				outcomes, err := store.Append(ctx, eventstore.Append{Stream: newID(), Events: []eventstore.Event{benchEvent()}})
				if err == nil && outcomes[0].Status != eventstore.Stored {
					err = fmt.Errorf("%v: %w", outcomes[0].Status, outcomes[0].Err)
				}
				return err
			})
		})
	}
}

// BenchmarkAppendRowByRow is the first baseline: each client commits one row, without positions to agree on.
func BenchmarkAppendRowByRow(b *testing.B) {
	pool := benchPool(b)
	var position atomic.Int64
	perform(b, 64, func(ctx context.Context) error {
		e := benchEvent()
		_, err := pool.Exec(ctx, `insert into events values (0, $1, $2, 1, $3, $4, 1, $5, '{}', null, now())`,
			position.Add(1), newID(), e.ID, e.Type, string(e.Data))
		return err
	})
}

// BenchmarkAppendUnnest is the second baseline: 2 writers, 500 rows by unnest in each transaction, nothing else.
func BenchmarkAppendUnnest(b *testing.B) {
	const rows, writers = 500, 2
	pool := benchPool(b)
	var next atomic.Int64
	b.ResetTimer()
	began := time.Now()
	var writing sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for {
				first := next.Add(rows) - rows
				n := min(rows, int64(b.N)-first)
				if n <= 0 {
					return
				}
				positions, streams, ids := make([]int64, n), make([]uuid.UUID, n), make([]uuid.UUID, n)
				types, datas, metas := make([]string, n), make([]string, n), make([]string, n)
				for i := range n {
					e := benchEvent()
					positions[i], streams[i], ids[i], types[i], datas[i], metas[i] = first+i+1, newID(), e.ID, e.Type, string(e.Data), "{}"
				}
				_, err := pool.Exec(b.Context(), `insert into events
					select 0, p, s, 1, i, t, 1, d::json, m::json, null, now()
					from unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[]) u(p, s, i, t, d, m)`,
					positions, streams, ids, types, datas, metas)
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	writing.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "events/s")
}

func BenchmarkReadAll(b *testing.B) {
	store, err := eventstore.Open(b.Context(), benchPool(b), eventstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	appends := make([]eventstore.Append, b.N)
	for i := range appends {
		appends[i] = eventstore.Append{Stream: newID(), Events: []eventstore.Event{benchEvent()}}
	}
	if _, err := store.Append(b.Context(), appends...); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	began := time.Now()
	for after := int64(0); after < int64(b.N); {
		events, err := store.ReadAll(b.Context(), after, 5000)
		if err != nil {
			b.Fatal(err)
		}
		after += int64(len(events))
	}
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "events/s")
}

// perform has b.N operations done by callers that wait for each, and reports the rate and how long callers waited.
func perform(b *testing.B, callers int, do func(context.Context) error) {
	waits := make([]time.Duration, b.N)
	var next atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	began := time.Now()
	var calling sync.WaitGroup
	for range callers {
		calling.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				asked := time.Now()
				if err := do(b.Context()); err != nil {
					b.Error(err)
					return
				}
				waits[i] = time.Since(asked)
			}
		})
	}
	calling.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "events/s")
	slices.Sort(waits)
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms")
}

// reportCommits tells how many events shared a commit, and how long one took.
func reportCommits(b *testing.B, figures prometheus.Gatherer) {
	families, err := figures.Gather()
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range families {
		h := f.Metric[0].GetHistogram()
		switch f.GetName() {
		case "qbank_commit_events":
			b.ReportMetric(h.GetSampleSum()/float64(h.GetSampleCount()), "events/commit")
		case "qbank_commit_seconds":
			b.ReportMetric(h.GetSampleSum()/float64(h.GetSampleCount())*1000, "ms/commit")
		}
	}
}

// benchPool is a migrated, empty database on a server of its own.
func benchPool(b *testing.B) *pgxpool.Pool {
	b.Helper()
	server, err := localpg.Start(b.Context(), localpg.Options{Dir: pgtest.Dir(b)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { server.Stop(context.Background()) })
	config, err := pgxpool.ParseConfig(server.URL())
	if err != nil {
		b.Fatal(err)
	}
	config.MaxConns = 64
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	if err := migrations.Up(b.Context(), pool); err != nil {
		b.Fatal(err)
	}
	return pool
}

func benchEvent() eventstore.Event {
	return eventstore.Event{ID: newID(), Type: "answer.submitted", SchemaVersion: 1, Data: payload}
}
