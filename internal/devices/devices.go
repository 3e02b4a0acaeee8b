package devices

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/roster"
)

const (
	remembered = 100_000
	waiting    = 20_000 // students whose devices are not written yet: beyond, what is new is dropped and said again another time
	again      = time.Hour
	tick       = time.Second
	flushTime  = 10 * time.Second
)

// Book is the table of devices.
type Book struct {
	pool    *pgxpool.Pool
	log     *slog.Logger
	known   *lru.Cache[student, said]
	mu      sync.Mutex
	pending map[student]said
}

type student struct {
	scope   access.Scope
	subject string
}

type said struct {
	device access.Device
	at     time.Time
}

// New opens the book.
func New(pool *pgxpool.Pool, log *slog.Logger) (*Book, error) {
	known, err := lru.New[student, said](remembered)
	if err != nil {
		return nil, fmt.Errorf("make the cache of devices: %w", err)
	}
	return &Book{pool: pool, log: log, known: known, pending: map[student]said{}}, nil
}

// Note takes down what a student's device says. Whoever is anything but a student, or looks through a student's eyes, is passed over.
func (b *Book) Note(a access.Actor, now time.Time) {
	if a.ActingFor != "" || len(a.Roles) != 1 || a.Roles[0] != access.Student {
		return
	}
	who := student{a.Scope, a.ID}
	if before, known := b.known.Get(who); known && before.device == a.Device && now.Sub(before.at) < again {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.pending[who]; !known && len(b.pending) >= waiting {
		return
	}
	b.pending[who] = said{a.Device, now}
	b.known.Add(who, said{a.Device, now})
}

// Run writes what is noted until ctx ends, and then the rest.
func (b *Book) Run(ctx context.Context) error {
	beat := time.NewTicker(tick)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			if err := b.Flush(ctx); err != nil && ctx.Err() == nil {
				b.log.WarnContext(ctx, "devices are not written down; they will be again", "error", err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
			defer cancel()
			if err := b.Flush(last); err != nil {
				b.log.WarnContext(last, "the last devices are not written down", "error", err)
			}
			return ctx.Err()
		}
	}
}

// Flush writes what is noted. What cannot be written is noted again when it is said again.
func (b *Book) Flush(ctx context.Context) error {
	b.mu.Lock()
	taken := b.pending
	b.pending = map[student]said{}
	b.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	var columns [8][]string
	people, times := make([]uuid.UUID, 0, len(taken)), make([]int64, 0, len(taken))
	for who, what := range taken {
		d := what.device
		for i, text := range []string{who.scope.Org, who.scope.Environment, who.subject, d.Platform, d.AppVersion, d.Channel, d.Region, d.Locale} {
			columns[i] = append(columns[i], text)
		}
		people, times = append(people, roster.PersonOf(who.subject)), append(times, what.at.UnixMicro())
	}
	_, err := b.pool.Exec(ctx, `insert into devices as d (org, environment, subject, platform, app_version, channel, region, locale, person, seen_at)
		select distinct on (person, environment, org) * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::bigint[])
			as t (org, environment, subject, platform, app_version, channel, region, locale, person, seen_at)
		order by person, environment, org, seen_at desc
		on conflict (person, environment, org) do update set subject = excluded.subject, platform = excluded.platform, app_version = excluded.app_version,
			channel = excluded.channel, region = excluded.region, locale = excluded.locale, seen_at = excluded.seen_at
		where d.seen_at <= excluded.seen_at`,
		columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], columns[6], columns[7], people, times)
	if err != nil {
		for who := range taken {
			b.known.Remove(who)
		}
		return fmt.Errorf("write devices: %w", err)
	}
	return nil
}

// Last is what the device of a student said last, in an organisation or below and an environment.
func (b *Book) Last(ctx context.Context, scope access.Scope, person uuid.UUID) (seen commands.Seen, known bool, err error) {
	d := &seen.Device
	err = b.pool.QueryRow(ctx, `select org, subject, platform, app_version, channel, region, locale, seen_at from devices
		where person = $1 and environment = $2 and (org = $3 or starts_with(org, $3 || '/')) order by seen_at desc limit 1`,
		person, scope.Environment, scope.Org).Scan(&seen.Org, &seen.Subject, &d.Platform, &d.AppVersion, &d.Channel, &d.Region, &d.Locale, &seen.At)
	if errors.Is(err, pgx.ErrNoRows) {
		return seen, false, nil
	}
	if err != nil {
		return seen, false, fmt.Errorf("read a device: %w", err)
	}
	return seen, true, nil
}

// HomesOf are the organisations in which a person's device was seen.
func (b *Book) HomesOf(ctx context.Context, person uuid.UUID) (homes []string, err error) {
	err = b.pool.QueryRow(ctx, `select coalesce(array_agg(distinct org), '{}') from devices where person = $1`, person).Scan(&homes)
	if err != nil {
		return nil, fmt.Errorf("read where a person was seen: %w", err)
	}
	return homes, nil
}

// Erase deletes what is known of a person's devices.
func (b *Book) Erase(ctx context.Context, person uuid.UUID) (int, error) {
	b.mu.Lock()
	for who := range b.pending {
		if roster.PersonOf(who.subject) == person {
			delete(b.pending, who)
		}
	}
	b.mu.Unlock()
	for _, who := range b.known.Keys() {
		if roster.PersonOf(who.subject) == person {
			b.known.Remove(who)
		}
	}
	tag, err := b.pool.Exec(ctx, `delete from devices where person = $1`, person)
	if err != nil {
		return 0, fmt.Errorf("erase the devices of a person: %w", err)
	}
	return int(tag.RowsAffected()), nil
}
