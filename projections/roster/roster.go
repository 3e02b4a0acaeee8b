package roster

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/roster"
	"qbank/projections"
)

const (
	name    = "roster"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is "roster".
func (*Projection) Name() string { return name }

// Version is that of the tables.
func (*Projection) Version() int { return version }

// Schema is the DDL of the tables.
func (*Projection) Schema() string { return schema }

// Events names everything that happens to a class.
func (*Projection) Events() []string {
	return []string{roster.ClassCreated{}.Name(), roster.ClassRenamed{}.Name(), roster.MembersJoined{}.Name(), roster.MembersLeft{}.Name()}
}

// Apply folds a batch.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var created, changed classes
	at := map[uuid.UUID]int{} // where a class stands in created, or ^ where in changed
	seats := seats{}
	for _, e := range batch {
		i, seen := at[e.Stream]
		if c, ok := e.Payload.(roster.ClassCreated); ok {
			i = created.add(e.Stream, c.Org, c.Code)
		} else if !seen {
			i = ^changed.add(e.Stream, "", "")
		}
		at[e.Stream] = i
		of := &created
		if i < 0 {
			of, i = &changed, ^i
		}
		of.updatedAt[i] = e.RecordedAt.UnixMicro()
		switch payload := e.Payload.(type) {
		case roster.ClassCreated:
			of.titles[i], of.createdAt[i] = payload.Title, of.updatedAt[i]
		case roster.ClassRenamed:
			of.titles[i] = payload.Title
		case roster.MembersJoined:
			seats.set(e.Stream, payload.Students, of.updatedAt[i])
		case roster.MembersLeft:
			seats.set(e.Stream, payload.Students, gone)
		}
	}
	if err := created.insert(ctx, tx); err != nil {
		return fmt.Errorf("write new classes: %w", err)
	}
	if err := changed.update(ctx, tx); err != nil {
		return fmt.Errorf("write classes: %w", err)
	}
	if err := seats.write(ctx, tx); err != nil {
		return fmt.Errorf("write members: %w", err)
	}
	return nil
}

// classes are rows by column.
type classes struct {
	ids                  []uuid.UUID
	orgs, codes, titles  []string // a title of a changed class: "" where it stays
	createdAt, updatedAt []int64
}

func (c *classes) add(id uuid.UUID, org, code string) int {
	c.ids, c.orgs, c.codes, c.titles = append(c.ids, id), append(c.orgs, org), append(c.codes, code), append(c.titles, "")
	c.createdAt, c.updatedAt = append(c.createdAt, 0), append(c.updatedAt, 0)
	return len(c.ids) - 1
}

func (c *classes) insert(ctx context.Context, tx pgx.Tx) error {
	if len(c.ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into classes (id, org, code, title, members, created_at, updated_at)
		select id, org, code, title, 0, created_at, updated_at
		from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) as rows(id, org, code, title, created_at, updated_at)`,
		c.ids, c.orgs, c.codes, c.titles, c.createdAt, c.updatedAt)
	return err
}

func (c *classes) update(ctx context.Context, tx pgx.Tx) error {
	if len(c.ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `update classes c set title = coalesce(nullif(rows.title, ''), c.title), updated_at = rows.updated_at
		from unnest($1::uuid[], $2::text[], $3::bigint[]) as rows(id, title, updated_at) where c.id = rows.id`, c.ids, c.titles, c.updatedAt)
	return err
}

// gone is when those joined who are in a class no more.
const gone = 0

type seat struct{ class, student uuid.UUID }

// seats are the memberships that a batch changes, with when they began.
type seats map[seat]int64

func (s seats) set(class uuid.UUID, students []uuid.UUID, since int64) {
	for _, student := range students {
		s[seat{class, student}] = since
	}
}

func (s seats) write(ctx context.Context, tx pgx.Tx) error {
	if len(s) == 0 {
		return nil
	}
	var classes, students, leftClasses, leftStudents []uuid.UUID
	var since []int64
	touched := map[uuid.UUID]bool{}
	for seat, at := range s {
		touched[seat.class] = true
		if at == gone {
			leftClasses, leftStudents = append(leftClasses, seat.class), append(leftStudents, seat.student)
		} else {
			classes, students, since = append(classes, seat.class), append(students, seat.student), append(since, at)
		}
	}
	counted := make([]uuid.UUID, 0, len(touched))
	for class := range touched {
		counted = append(counted, class)
	}
	var statements pgx.Batch
	statements.Queue(`delete from members m using unnest($1::uuid[], $2::uuid[]) as gone(class, student)
		where m.class = gone.class and m.student = gone.student`, leftClasses, leftStudents)
	statements.Queue(`insert into members select * from unnest($1::uuid[], $2::uuid[], $3::bigint[])
		on conflict (class, student) do update set joined_at = excluded.joined_at`, classes, students, since)
	statements.Queue(`update classes c set members = (select count(*) from members m where m.class = c.id) where c.id = any($1)`, counted)
	return tx.SendBatch(ctx, &statements).Close()
}
