package roster

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/roster"
	"qbank/projections"
	"qbank/projections/read"
)

// Node is a business line, a term, a course or a lesson of a course.
type Node struct {
	ID   uuid.UUID
	Org  string
	Kind roster.Kind
	Code string // the organisation's own
	roster.NodeFacts
	CreatedAt int64 // microseconds
	UpdatedAt int64 // microseconds
}

// Class is a class.
type Class struct {
	ID        uuid.UUID
	Org       string
	Code      string // the organisation's own
	Title     string
	Course    uuid.UUID // zero: of none
	Members   int
	CreatedAt int64 // microseconds
	UpdatedAt int64 // microseconds
}

// Member is a student in a class.
type Member struct {
	Student  uuid.UUID // opaque
	JoinedAt int64     // microseconds
	roster.Window
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var nodes = read.From[Node]{
	Columns: "n.id, n.org, n.kind, n.code, n.title, n.parent, n.lesson, n.from_at, n.until_at, n.created_at, n.updated_at",
	Table:   in + ".nodes n",
	Scan: func(row pgx.CollectableRow) (n Node, err error) {
		err = row.Scan(&n.ID, &n.Org, &n.Kind, &n.Code, &n.Title, &n.Parent, &n.Lesson, &n.From, &n.Until, &n.CreatedAt, &n.UpdatedAt)
		return n, err
	},
}

var nodesByTitle = read.Order[Node]{
	Name: "node", Keys: []read.Key{{Column: "n.title", Kind: read.Text}, {Column: "n.id", Kind: read.ID}},
	Of: func(n Node) []any { return []any{n.Title, n.ID} },
}

// NodeFilter says which nodes are wanted; what is set must hold.
type NodeFilter struct {
	Kind   roster.Kind
	Parent uuid.UUID
	Text   string // a part of the title or the code, in any case
}

// Nodes lists the nodes of an organisation and below by title.
func (r *Reader) Nodes(ctx context.Context, org string, filter NodeFilter, page read.Page) (read.Rows[Node], error) {
	where := read.Within("n.org", org)
	if filter.Kind != "" {
		where.And("n.kind = ?", filter.Kind)
	}
	if filter.Parent != uuid.Nil {
		where.And("n.parent = ?", filter.Parent)
	}
	if err := naming(where, "n", filter.Text); err != nil {
		return read.Rows[Node]{}, err
	}
	return read.List(ctx, r.db, nodes, where, nodesByTitle, page)
}

// naming adds the condition that a text stands in the title or the code.
func naming(where *read.Where, table, text string) error {
	if text == "" {
		return nil
	}
	where.And("strpos(lower("+table+".title), lower(?)) > 0 or strpos(lower("+table+".code), lower(?)) > 0", text, text)
	return read.CheckText("/text", text)
}

// GetNodes reads nodes by id. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) GetNodes(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]Node, error) {
	return read.ByID(ctx, r.db, nodes, read.Within("n.org", org), "n.id", ids, func(n Node) uuid.UUID { return n.ID })
}

var all = read.From[Class]{
	Columns: "c.id, c.org, c.code, c.title, c.course, c.members, c.created_at, c.updated_at",
	Table:   in + ".classes c",
	Scan: func(row pgx.CollectableRow) (c Class, err error) {
		err = row.Scan(&c.ID, &c.Org, &c.Code, &c.Title, &c.Course, &c.Members, &c.CreatedAt, &c.UpdatedAt)
		return c, err
	},
}

var byTitle = read.Order[Class]{
	Name: "title", Keys: []read.Key{{Column: "c.title", Kind: read.Text}, {Column: "c.id", Kind: read.ID}},
	Of: func(c Class) []any { return []any{c.Title, c.ID} },
}

// ClassFilter says which classes are wanted; what is set must hold.
type ClassFilter struct {
	Course uuid.UUID
	Staff  uuid.UUID // opaque id of a teacher or tutor
	Text   string    // a part of the title or the code, in any case
}

// Classes lists the classes of an organisation and below by title.
func (r *Reader) Classes(ctx context.Context, org string, filter ClassFilter, page read.Page) (read.Rows[Class], error) {
	where := read.Within("c.org", org)
	if filter.Course != uuid.Nil {
		where.And("c.course = ?", filter.Course)
	}
	if filter.Staff != uuid.Nil {
		where.And("exists (select from "+in+".staff s where s.class = c.id and s.person = ?)", filter.Staff)
	}
	if err := naming(where, "c", filter.Text); err != nil {
		return read.Rows[Class]{}, err
	}
	return read.List(ctx, r.db, all, where, byTitle, page)
}

// Get reads classes by id. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Get(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]Class, error) {
	return read.ByID(ctx, r.db, all, read.Within("c.org", org), "c.id", ids, func(c Class) uuid.UUID { return c.ID })
}

var allMembers = read.From[Member]{
	Columns: "m.student, m.joined_at, m.from_at, m.until_at",
	Table:   in + ".members m join " + in + ".classes c on c.id = m.class",
	Scan: func(row pgx.CollectableRow) (m Member, err error) {
		err = row.Scan(&m.Student, &m.JoinedAt, &m.From, &m.Until)
		return m, err
	},
}

var byStudent = read.Order[Member]{
	Name: "student", Keys: []read.Key{{Column: "m.student", Kind: read.ID}},
	Of: func(m Member) []any { return []any{m.Student} },
}

// Members lists the students of a class, in the order of their ids, also those whose time has not come or is over.
func (r *Reader) Members(ctx context.Context, org string, class uuid.UUID, page read.Page) (read.Rows[Member], error) {
	where := read.Within("c.org", org)
	where.And("m.class = ?", class)
	return read.List(ctx, r.db, allMembers, where, byStudent, page)
}

// Staff is who does which job in a class.
type Staff map[roster.Role][]uuid.UUID

// StaffOf reads the staff of classes, by class.
func (r *Reader) StaffOf(ctx context.Context, org string, classes []uuid.UUID) (map[uuid.UUID]Staff, error) {
	if err := read.CheckBatch(len(classes)); err != nil {
		return nil, err
	}
	where := read.Within("c.org", org)
	where.And("s.class = any(?)", classes)
	rows, err := r.db.Query(ctx, "select s.class, s.role, array_agg(s.person order by s.person) from "+in+".staff s join "+in+
		".classes c on c.id = s.class where "+where.String()+" group by s.class, s.role", where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", err)
	}
	found := make(map[uuid.UUID]Staff, len(classes))
	var class uuid.UUID
	var role roster.Role
	var people []uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&class, &role, &people}, func() error {
		if found[class] == nil {
			found[class] = Staff{}
		}
		found[class][role] = people
		people = nil // the next row's must not be written over this one's
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", err)
	}
	return found, nil
}

// maxClasses is how many classes a student can be in; further ones are left out.
const maxClasses = 200

// now is the database's clock, microseconds.
const now = `(extract(epoch from statement_timestamp()) * 1000000)::bigint`

// current is the condition that a membership holds now.
const current = `m.from_at <= ` + now + ` and (m.until_at = 0 or ` + now + ` < m.until_at)`

// ClassesOf lists the ids, sorted, of the classes that the subject of a token is in now: those of the scope's organisation, of those above it and of those
// below it, as with lessons.
func (r *Reader) ClassesOf(ctx context.Context, scope access.Scope, student string) ([]uuid.UUID, error) {
	where := read.Around("c.org", scope.Org)
	where.And("m.student = ?", roster.PersonOf(student))
	where.And(current)
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

// learnsIn and teachesIn list the organisations of a person, $1.
const (
	learnsIn = `select c.org from {in}.members m join {in}.classes c on c.id = m.class where m.student = $1
		union select org from {in}.students where student = $1`
	teachesIn = `select c.org from {in}.staff s join {in}.classes c on c.id = s.class where s.person = $1
		union select org from {in}.sessions where teacher = $1`
)

// HomesOf are the organisations that have a person as a student, in a class or described; at most 100.
func (r *Reader) HomesOf(ctx context.Context, person uuid.UUID) ([]string, error) {
	return r.orgs(ctx, learnsIn, person)
}

// ListedIn are the organisations that have a person on their roster, as a student or as one who teaches; at most 100.
func (r *Reader) ListedIn(ctx context.Context, person uuid.UUID) ([]string, error) {
	return r.orgs(ctx, learnsIn+" union "+teachesIn, person)
}

func (r *Reader) orgs(ctx context.Context, sql string, person uuid.UUID) ([]string, error) {
	rows, err := r.db.Query(ctx, strings.ReplaceAll(sql, "{in}", in)+" order by 1 limit 100", person)
	if err != nil {
		return nil, fmt.Errorf("read where somebody is known: %w", err)
	}
	orgs, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read where somebody is known: %w", err)
	}
	return orgs, nil
}
