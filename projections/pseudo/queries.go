package pseudo

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/projections"
	"qbank/projections/read"
)

// Ticket is a ticket. Instants are microseconds.
type Ticket struct {
	ID          uuid.UUID
	Org         string
	Environment string
	Staff       string // opaque
	Student     string // as the student's tokens name the student
	Person      uuid.UUID
	Reason      string
	Write       bool // asks to answer
	OpenedAt    int64
	Until       int64
	ApprovedBy  string // opaque; "": nobody
	Tokens      int
	ExpiresAt   int64  // of the newest token
	EndedAt     int64  // 0: not before its time
	EndedBy     string // opaque
	EndReason   string
}

// Open reports whether its tokens are believed.
func (t Ticket) Open(now int64) bool { return t.EndedAt == 0 && now < t.Until }

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var tickets = read.From[Ticket]{
	Columns: `t.id, t.org, t.environment, t.staff, t.student, t.person, t.reason, t.write, t.opened_at, t.until, t.approved_by, t.tokens, t.expires_at,
		t.ended_at, t.ended_by, t.end_reason`,
	Table: in + ".tickets t",
	Scan: func(row pgx.CollectableRow) (t Ticket, err error) {
		err = row.Scan(&t.ID, &t.Org, &t.Environment, &t.Staff, &t.Student, &t.Person, &t.Reason, &t.Write, &t.OpenedAt, &t.Until, &t.ApprovedBy, &t.Tokens,
			&t.ExpiresAt, &t.EndedAt, &t.EndedBy, &t.EndReason)
		return t, err
	},
}

var newestFirst = read.Order[Ticket]{
	Name: "opened", Desc: true, Keys: []read.Key{{Column: "t.opened_at", Kind: read.Int}, {Column: "t.id", Kind: read.ID}},
	Of: func(t Ticket) []any { return []any{t.OpenedAt, t.ID} },
}

// Filter says which tickets are wanted; what is set must hold.
type Filter struct {
	Staff  string
	Person uuid.UUID // the student
	OpenAt int64     // those that hold at this instant
}

// List lists the tickets of an organisation and below in an environment, the newest first.
func (r *Reader) List(ctx context.Context, scope access.Scope, f Filter, page read.Page) (read.Rows[Ticket], error) {
	where := read.Within("t.org", scope.Org)
	where.And("t.environment = ?", scope.Environment)
	if f.Staff != "" {
		where.And("t.staff = ?", f.Staff)
	}
	if f.Person != uuid.Nil {
		where.And("t.person = ?", f.Person)
	}
	if f.OpenAt != 0 {
		where.And("t.ended_at = 0 and t.until > ?", f.OpenAt)
	}
	return read.List(ctx, r.db, tickets, where, newestFirst, page)
}

// Get reads a ticket of an organisation or below.
func (r *Reader) Get(ctx context.Context, org string, id uuid.UUID) (Ticket, bool, error) {
	where := read.Within("t.org", org)
	where.And("t.id = ?", id)
	list, err := read.All(ctx, r.db, tickets, where)
	if err != nil || len(list) == 0 {
		return Ticket{}, false, err
	}
	return list[0], true, nil
}

// maxLooks is how many tickets a student is told of.
const maxLooks = 100

// Looks are the newest tickets by which a student's eyes were borrowed in an environment, for the student.
func (r *Reader) Looks(ctx context.Context, environment string, person uuid.UUID) ([]Ticket, error) {
	rows, err := r.db.Query(ctx, `select `+tickets.Columns+` from `+tickets.Table+` where t.person = $1 and t.environment = $2 order by t.opened_at desc, t.id desc limit $3`,
		person, environment, maxLooks)
	if err != nil {
		return nil, fmt.Errorf("read who looked: %w", err)
	}
	list, err := pgx.CollectRows(rows, tickets.Scan)
	if err != nil {
		return nil, fmt.Errorf("read who looked: %w", err)
	}
	return list, nil
}
