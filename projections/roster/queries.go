package roster

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/roster"
	"qbank/projections"
	"qbank/projections/read"
)

// Class is a class.
type Class struct {
	ID        uuid.UUID
	Org       string
	Code      string // the organisation's own
	Title     string
	Members   int
	CreatedAt int64 // microseconds
	UpdatedAt int64 // microseconds
}

// Member is a student in a class.
type Member struct {
	Student  uuid.UUID // opaque
	JoinedAt int64     // microseconds
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var all = read.From[Class]{
	Columns: "c.id, c.org, c.code, c.title, c.members, c.created_at, c.updated_at",
	Table:   in + ".classes c",
	Scan: func(row pgx.CollectableRow) (c Class, err error) {
		err = row.Scan(&c.ID, &c.Org, &c.Code, &c.Title, &c.Members, &c.CreatedAt, &c.UpdatedAt)
		return c, err
	},
}

var byTitle = read.Order[Class]{
	Name: "title", Keys: []read.Key{{Column: "c.title", Kind: read.Text}, {Column: "c.id", Kind: read.ID}},
	Of: func(c Class) []any { return []any{c.Title, c.ID} },
}

// Classes lists the classes of an organisation and below by title; text is a part of the title or the code, in any case, or "".
func (r *Reader) Classes(ctx context.Context, org, text string, page read.Page) (read.Rows[Class], error) {
	where := read.Within("c.org", org)
	if text != "" {
		if err := read.CheckText("/text", text); err != nil {
			return read.Rows[Class]{}, err
		}
		where.And("strpos(lower(c.title), lower(?)) > 0 or strpos(lower(c.code), lower(?)) > 0", text, text)
	}
	return read.List(ctx, r.db, all, where, byTitle, page)
}

// Get reads classes by id. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Get(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]Class, error) {
	if err := read.CheckBatch(len(ids)); err != nil {
		return nil, err
	}
	where := read.Within("c.org", org)
	where.And("c.id = any(?)", ids)
	list, err := read.All(ctx, r.db, all, where)
	if err != nil {
		return nil, err
	}
	found := make(map[uuid.UUID]Class, len(list))
	for _, c := range list {
		found[c.ID] = c
	}
	return found, nil
}

var allMembers = read.From[Member]{
	Columns: "m.student, m.joined_at",
	Table:   in + ".members m join " + in + ".classes c on c.id = m.class",
	Scan: func(row pgx.CollectableRow) (m Member, err error) {
		err = row.Scan(&m.Student, &m.JoinedAt)
		return m, err
	},
}

var byStudent = read.Order[Member]{
	Name: "student", Keys: []read.Key{{Column: "m.student", Kind: read.ID}},
	Of: func(m Member) []any { return []any{m.Student} },
}

// Members lists the students of a class, in the order of their ids.
func (r *Reader) Members(ctx context.Context, org string, class uuid.UUID, page read.Page) (read.Rows[Member], error) {
	where := read.Within("c.org", org)
	where.And("m.class = ?", class)
	return read.List(ctx, r.db, allMembers, where, byStudent, page)
}

// maxClasses is how many classes a student can be in; further ones are left out.
const maxClasses = 200

// ClassesOf lists the ids, sorted, of the classes that the subject of a token is in: those of the scope's organisation, of those above it and of those
// below it, as with lessons.
func (r *Reader) ClassesOf(ctx context.Context, scope access.Scope, student string) ([]uuid.UUID, error) {
	where := read.Around("c.org", scope.Org)
	where.And("m.student = ?", roster.PersonOf(student))
	rows, err := r.db.Query(ctx, "select m.class from "+allMembers.Table+" where "+where.String()+" order by m.class limit "+where.Arg(maxClasses), where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the classes of a student: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("read the classes of a student: %w", err)
	}
	return ids, nil
}
