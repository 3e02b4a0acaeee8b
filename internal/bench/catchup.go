package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/commands"
	"qbank/domain"
	"qbank/eventstore"
	"qbank/projections"
	"qbank/projections/catalog"
	"qbank/projections/items"
)

func measureCatalog(ctx context.Context, r *run) ([]Figure, error) {
	h := history{questions: 20_000}
	if r.Quick {
		h.questions = 5_000
	}
	return r.measureCatchUp(ctx, "catchup_catalog", h, func(types *commands.Types) projections.Projection { return catalog.New(types) })
}

func measureItems(ctx context.Context, r *run) ([]Figure, error) {
	h := history{questions: 400, lessons: 10, attempts: 4_000}
	if r.Quick {
		h.attempts = 1_000
	}
	return r.measureCatchUp(ctx, "catchup_items", h, func(*commands.Types) projections.Projection { return items.New() })
}

// measureCatchUp compares a read model that is filled from the beginning of the log with reading and decoding what it wants.
func (r *run) measureCatchUp(ctx context.Context, name string, h history, model func(*commands.Types) projections.Projection) ([]Figure, error) {
	pool, drop, err := r.past(ctx, h, 8)
	if err != nil {
		return nil, err
	}
	defer drop()
	if _, err := pool.Exec(ctx, "vacuum analyze events"); err != nil { // as a log is that has been there for a while
		return nil, err
	}
	store, err := eventstore.Open(ctx, pool, eventstore.Options{})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	head, err := store.Head(ctx)
	if err != nil {
		return nil, err
	}
	p := model(commands.NewTypes(store, domain.Codec))
	medians, err := r.compare(ctx,
		side{"read and decode", func(ctx context.Context) (sample, error) { return readAndDecode(ctx, pool, p, head) }},
		side{p.Name(), func(ctx context.Context) (sample, error) { return catchUp(ctx, pool, store, p, head) }})
	if err != nil {
		return nil, err
	}
	return []Figure{ratio(name, "events/s", medians[1].rate, medians[0].rate, "bare pgx reading and decoding the same events", 0.4)}, nil
}

// catchUp fills a read model from nothing.
func catchUp(ctx context.Context, pool *pgxpool.Pool, store *eventstore.Store, p projections.Projection, head int64) (sample, error) {
	if err := forget(ctx, pool, p); err != nil {
		return sample{}, err
	}
	engine := projections.New(pool, store, domain.Codec, projections.Options{Logger: slog.New(slog.DiscardHandler), MaxWait: time.Hour}, p)
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- engine.Run(running) }()
	err := engine.Wait(ctx, p.Name(), head)
	took := time.Since(began)
	stop()
	return sample{rate: float64(head) / took.Seconds()}, errors.Join(err, <-ended)
}

// forget removes the tables of a read model and how far it was.
func forget(ctx context.Context, pool *pgxpool.Pool, p projections.Projection) error {
	tables := pgx.Identifier{projections.SchemaName(p.Name(), p.Version())}.Sanitize()
	if _, err := pool.Exec(ctx, "drop schema if exists "+tables+" cascade"); err != nil {
		return err
	}
	_, err := pool.Exec(ctx, "delete from checkpoints where name = $1", p.Name())
	return err
}

// readAndDecode does what cannot be left out: it reads the log in batches and decodes the events that the read model wants.
func readAndDecode(ctx context.Context, pool *pgxpool.Pool, p projections.Projection, head int64) (sample, error) {
	const batch = 5000
	wanted := p.Events()
	began := time.Now()
	for after := int64(0); after < head; {
		rows, err := pool.Query(ctx, `select position, stream_id, version, event_id, type, schema_version, data, meta, person_id, recorded_at
			from events where lane = 0 and position > $1 order by position limit $2`, after, batch)
		if err != nil {
			return sample{}, err
		}
		var e eventstore.Recorded
		var person *uuid.UUID
		_, err = pgx.ForEachRow(rows, []any{&e.Position, &e.Stream, &e.Version, &e.ID, &e.Type, &e.SchemaVersion, (*[]byte)(&e.Data), (*[]byte)(&e.Meta),
			&person, &e.RecordedAt}, func() error {
			after = e.Position
			if !slices.Contains(wanted, e.Type) {
				return nil
			}
			_, err := projections.Decode(domain.Codec, e)
			return err
		})
		if err != nil {
			return sample{}, fmt.Errorf("read after %d: %w", after, err)
		}
	}
	return sample{rate: float64(head) / time.Since(began).Seconds()}, nil
}
