package presence

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/internal/watch"
)

// Topic is what the presence at subjects is watched under.
const Topic = "presence"

const (
	lasts = 45 * time.Second // without another announcement
	shown = 100              // people at one subject
)

// Board is the table of who is where.
type Board struct {
	Pool *pgxpool.Pool
	Hub  *watch.Hub
}

// Here is somebody who has a subject open.
type Here struct {
	Person string // opaque id
	Field  string // where in it; "": as a whole
	Since  int64  // microseconds
}

// Announce says that somebody has a subject open, and where in it they are.
func (b *Board) Announce(ctx context.Context, subject uuid.UUID, person, field string) error {
	var same bool
	err := b.Pool.QueryRow(ctx, `
		with gone as (delete from presence where until < now() and (subject, person) <> ($1, $2)),
		before as (select field from presence where subject = $1 and person = $2 and until >= now())
		insert into presence (subject, person, field, since, until) values ($1, $2, $3, now(), now() + $4)
		on conflict (subject, person) do update set field = excluded.field, until = excluded.until,
			since = case when presence.until < now() then excluded.since else presence.since end
		returning coalesce((select b.field from before b) = $3, false)`, subject, person, field, lasts).Scan(&same)
	if err != nil {
		return fmt.Errorf("announce a presence: %w", err)
	}
	if !same {
		b.Hub.Tell(Topic, subject)
	}
	return nil
}

// Leave says that somebody has closed a subject.
func (b *Board) Leave(ctx context.Context, subject uuid.UUID, person string) error {
	if _, err := b.Pool.Exec(ctx, `delete from presence where subject = $1 and person = $2`, subject, person); err != nil {
		return fmt.Errorf("end a presence: %w", err)
	}
	b.Hub.Tell(Topic, subject)
	return nil
}

// Here lists who has a subject open, who came first first; a hundred at most.
func (b *Board) Here(ctx context.Context, subject uuid.UUID) ([]Here, error) {
	rows, err := b.Pool.Query(ctx, `select person, field, (extract(epoch from since) * 1000000)::bigint from presence
		where subject = $1 and until >= now() order by since, person limit $2`, subject, shown)
	if err != nil {
		return nil, fmt.Errorf("read who is here: %w", err)
	}
	here, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Here])
	if err != nil {
		return nil, fmt.Errorf("read who is here: %w", err)
	}
	return here, nil
}

// States is who is at each subject, for watchers.
func (b *Board) States(ctx context.Context, subjects []uuid.UUID) (map[uuid.UUID]string, error) {
	rows, err := b.Pool.Query(ctx, `select subject, md5(string_agg(person || chr(10) || field, chr(10) order by person)) from presence
		where subject = any($1) and until >= now() group by subject`, subjects)
	if err != nil {
		return nil, fmt.Errorf("look who is where: %w", err)
	}
	states := make(map[uuid.UUID]string, len(subjects))
	var id uuid.UUID
	var state string
	if _, err = pgx.ForEachRow(rows, []any{&id, &state}, func() error { states[id] = state; return nil }); err != nil {
		return nil, fmt.Errorf("look who is where: %w", err)
	}
	return states, nil
}
