package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/eventstore"
)

// payload is JSON of 300 bytes.
var payload = []byte(`{"text":"` + strings.Repeat("x", 289) + `"}`)

const (
	appendCallers = 2000 // at once, of one event each
	batchWriters  = 2
	batchRows     = 500 // of a transaction
	singleClients = 64  // of one row a commit
)

// measureAppend compares the log with rows that nobody puts in order: in large transactions, and one by one.
func measureAppend(ctx context.Context, r *run) ([]Figure, error) {
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	medians, err := r.compare(ctx,
		side{"batches", r.fresh(appendBatches)}, side{"log", r.fresh(appendLog)}, side{"single rows", r.fresh(appendSingly)})
	if err != nil {
		return nil, err
	}
	batches, log, single := medians[0], medians[1], medians[2]
	return []Figure{
		ratio("append_vs_batch", "events/s", log.rate, batches.rate, "unnest inserts of 500 a transaction, 2 writers, no order", 0.9),
		ratio("append_vs_single", "events/s", log.rate, single.rate, "64 clients committing one row each", 5),
		bound("append_p99_ms", "ms", milliseconds(log.p99), 40),
	}, nil
}

// fresh runs a side on a new database of its own, so that every turn begins alike.
func (r *run) fresh(work func(context.Context, *run, *pgxpool.Pool) (sample, error)) func(context.Context) (sample, error) {
	return func(ctx context.Context) (sample, error) {
		name, drop, err := r.database(ctx, blank)
		if err != nil {
			return sample{}, err
		}
		defer drop()
		pool, err := r.cluster.pool(ctx, name, singleClients)
		if err != nil {
			return sample{}, err
		}
		defer pool.Close()
		if err := r.cluster.checkpoint(ctx); err != nil {
			return sample{}, err
		}
		return work(ctx, r, pool)
	}
}

func appendLog(ctx context.Context, r *run, pool *pgxpool.Pool) (sample, error) {
	store, err := eventstore.Open(ctx, pool, eventstore.Options{})
	if err != nil {
		return sample{}, err
	}
	defer store.Close()
	return r.drive(ctx, appendCallers, 1, func(ctx context.Context) error {
		outcomes, err := store.Append(ctx, eventstore.Append{Stream: newID(), Events: []eventstore.Event{
			{ID: newID(), Type: "answer.submitted", SchemaVersion: 1, Data: payload},
		}})
		if err == nil && outcomes[0].Status != eventstore.Stored {
			err = fmt.Errorf("an append was %v", outcomes[0].Status)
		}
		return err
	})
}

func appendBatches(ctx context.Context, r *run, pool *pgxpool.Pool) (sample, error) {
	var last atomic.Int64
	return r.drive(ctx, batchWriters, batchRows, func(ctx context.Context) error {
		first := last.Add(batchRows) - batchRows
		positions, streams, ids := make([]int64, batchRows), make([]uuid.UUID, batchRows), make([]uuid.UUID, batchRows)
		types, datas, metas := make([]string, batchRows), make([]string, batchRows), make([]string, batchRows)
		for i := range batchRows {
			positions[i], streams[i], ids[i] = first+int64(i)+1, newID(), newID()
			types[i], datas[i], metas[i] = "answer.submitted", string(payload), "{}"
		}
		_, err := pool.Exec(ctx, `insert into events
			select 0, p, s, 1, i, t, 1, d::json, m::json, null, now()
			from unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[]) u(p, s, i, t, d, m)`,
			positions, streams, ids, types, datas, metas)
		return err
	})
}

func appendSingly(ctx context.Context, r *run, pool *pgxpool.Pool) (sample, error) {
	var position atomic.Int64
	return r.drive(ctx, singleClients, 1, func(ctx context.Context) error {
		_, err := pool.Exec(ctx, `insert into events values (0, $1, $2, 1, $3, $4, 1, $5, '{}', null, now())`,
			position.Add(1), newID(), newID(), "answer.submitted", string(payload))
		return err
	})
}

// drive has callers do an operation again and again, each worth so many events, for a warm-up and then for the time that counts.
func (r *run) drive(ctx context.Context, callers, worth int, do func(context.Context) error) (sample, error) {
	begin := time.Now().Add(r.warm)
	end := begin.Add(r.span)
	waits := make([][]time.Duration, callers)
	failures := make([]error, callers)
	var calling sync.WaitGroup
	for i := range callers {
		calling.Go(func() {
			for asked := time.Now(); asked.Before(end); {
				if failures[i] = do(ctx); failures[i] != nil {
					return
				}
				answered := time.Now()
				if answered.After(begin) && answered.Before(end) {
					waits[i] = append(waits[i], answered.Sub(asked))
				}
				asked = answered
			}
		})
	}
	calling.Wait()
	var all []time.Duration
	for i := range callers {
		if failures[i] != nil {
			return sample{}, failures[i]
		}
		all = append(all, waits[i]...)
	}
	return sample{rate: float64(len(all)*worth) / r.span.Seconds(), p99: percentile(all, 99)}, nil
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
