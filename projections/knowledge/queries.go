package knowledge

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/fault"
	"qbank/domain/knowledge"
	"qbank/projections"
	"qbank/projections/read"
)

// Tree is a subject's working tree, without its points.
type Tree struct {
	ID        uuid.UUID
	Org       string
	Subject   string
	Revision  int
	Latest    int   // number of the newest version, 0 before the first
	CreatedAt int64 // microseconds
	UpdatedAt int64 // microseconds
}

// Point is a point of a working tree.
type Point struct {
	knowledge.Point
	Tree uuid.UUID
}

// Version is a published version, without its points.
type Version struct {
	Version     int
	PublishedBy string
	PublishedAt int64 // microseconds
}

// Filter says which points are wanted; what is set must hold.
type Filter struct {
	Parent  *uuid.UUID // those that stand under it; uuid.Nil: at the top
	Title   string     // a part of it, in any case
	Retired *bool
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var allTrees = read.From[Tree]{
	Columns: "t.id, t.org, t.subject, t.revision, t.latest, t.created_at, t.updated_at",
	Table:   in + ".trees t",
	Scan: func(row pgx.CollectableRow) (t Tree, err error) {
		err = row.Scan(&t.ID, &t.Org, &t.Subject, &t.Revision, &t.Latest, &t.CreatedAt, &t.UpdatedAt)
		return t, err
	},
}

var bySubject = read.Order[Tree]{
	Name: "subject", Keys: []read.Key{{Column: "t.subject", Kind: read.Text}, {Column: "t.id", Kind: read.ID}},
	Of: func(t Tree) []any { return []any{t.Subject, t.ID} },
}

// Trees lists the trees that an organisation sees, by subject.
func (r *Reader) Trees(ctx context.Context, org string, page read.Page) (read.Rows[Tree], error) {
	return read.List(ctx, r.db, allTrees, read.Around("t.org", org), bySubject, page)
}

// Tree reads one tree, or the fault "knowledge.not_found".
func (r *Reader) Tree(ctx context.Context, org string, id uuid.UUID) (Tree, error) {
	where := read.Around("t.org", org)
	where.And("t.id = ?", id)
	return read.One(ctx, r.db, allTrees, where, notFound())
}

var allPoints = read.From[Point]{
	Columns: "p.tree, p.id, p.parent, p.title, p.place, p.retired",
	Table:   in + ".points p join " + in + ".trees t on t.id = p.tree",
	Scan: func(row pgx.CollectableRow) (p Point, err error) {
		err = row.Scan(&p.Tree, &p.ID, &p.Parent, &p.Title, &p.Order, &p.Retired)
		return p, err
	},
}

// byPlace is the order of siblings.
var byPlace = read.Order[Point]{
	Name: "place", Keys: []read.Key{{Column: "p.place", Kind: read.Int}, {Column: "p.title", Kind: read.Text}, {Column: "p.id", Kind: read.ID}},
	Of: func(p Point) []any { return []any{p.Order, p.Title, p.ID} },
}

// Points lists points of a working tree. Siblings stand in their order; without Filter.Parent, points of all levels are mixed.
func (r *Reader) Points(ctx context.Context, org string, tree uuid.UUID, filter Filter, page read.Page) (read.Rows[Point], error) {
	where := read.Around("t.org", org)
	where.And("p.tree = ?", tree)
	if filter.Parent != nil {
		where.And("p.parent = ?", *filter.Parent)
	}
	if filter.Title != "" {
		if err := read.CheckText("/title", filter.Title); err != nil {
			return read.Rows[Point]{}, err
		}
		where.And("strpos(lower(p.title), lower(?)) > 0", filter.Title)
	}
	if filter.Retired != nil {
		where.And("p.retired = ?", *filter.Retired)
	}
	return read.List(ctx, r.db, allPoints, where, byPlace, page)
}

// Named reads points by id, of whatever tree the organisation sees: what questions are filed under is ids. Those that are not there are missing
// from the answer.
func (r *Reader) Named(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]Point, error) {
	return read.ByID(ctx, r.db, allPoints, read.Around("t.org", org), "p.id", ids, func(p Point) uuid.UUID { return p.ID })
}

var published = read.From[Version]{
	Columns: "v.version, v.published_by, v.published_at",
	Table:   in + ".versions v join " + in + ".trees t on t.id = v.tree",
	Scan: func(row pgx.CollectableRow) (v Version, err error) {
		err = row.Scan(&v.Version, &v.PublishedBy, &v.PublishedAt)
		return v, err
	},
}

var newestFirst = read.Order[Version]{
	Name: "version", Desc: true, Keys: []read.Key{{Column: "v.version", Kind: read.Int}},
	Of: func(v Version) []any { return []any{v.Version} },
}

// Versions lists the published versions of a tree, the newest first.
func (r *Reader) Versions(ctx context.Context, org string, tree uuid.UUID, page read.Page) (read.Rows[Version], error) {
	where := read.Around("t.org", org)
	where.And("v.tree = ?", tree)
	return read.List(ctx, r.db, published, where, newestFirst, page)
}

var pointsOfVersion = read.From[[]knowledge.Point]{
	Columns: "v.points", Table: published.Table, Scan: pgx.RowTo[[]knowledge.Point],
}

// Published reads the points of a published version, parents before children: all of them, which are 20,000 at most. A version
// that is not there is the fault "knowledge.not_found".
func (r *Reader) Published(ctx context.Context, org string, tree uuid.UUID, number int) ([]knowledge.Point, error) {
	where := read.Around("t.org", org)
	where.And("v.tree = ? and v.version = ?", tree, number)
	return read.One(ctx, r.db, pointsOfVersion, where, notFound())
}

func notFound() *fault.Fault {
	return fault.Refuse(fault.NotFound, "knowledge.not_found", fault.Say("there is no such knowledge tree", "没有这个知识点树"))
}
