package imports

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/batch"
	"qbank/domain/fault"
	"qbank/projections"
	"qbank/projections/read"
)

// Batch is an import.
type Batch struct {
	ID         uuid.UUID
	Org        string
	Format     string
	File       string // its name
	Hash       string // SHA-256 of the file
	Totals     map[batch.Status]int
	Noted      int // items taken with changes
	StartedBy  string
	StartedAt  int64 // microseconds
	FinishedAt int64 // microseconds; 0: running
	UndoneBy   string
	UndoneAt   int64 // microseconds; 0: it stands
	UndoReason string
}

// Reported is how many items are done with.
func (b Batch) Reported() int {
	all := 0
	for _, n := range b.Totals {
		all += n
	}
	return all
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var all = read.From[Batch]{
	Columns: `b.id, b.org, b.format, b.file, b.hash, b.created, b.updated, b.unchanged, b.refused, b.noted, b.started_by, b.started_at, b.finished_at,
		b.undone_by, b.undone_at, b.undo_reason`,
	Table: in + ".batches b",
	Scan: func(row pgx.CollectableRow) (b Batch, err error) {
		var created, updated, unchanged, refused int
		err = row.Scan(&b.ID, &b.Org, &b.Format, &b.File, &b.Hash, &created, &updated, &unchanged, &refused, &b.Noted, &b.StartedBy, &b.StartedAt,
			&b.FinishedAt, &b.UndoneBy, &b.UndoneAt, &b.UndoReason)
		b.Totals = map[batch.Status]int{batch.Created: created, batch.Updated: updated, batch.Unchanged: unchanged, batch.Refused: refused}
		return b, err
	},
}

var latestFirst = read.Order[Batch]{
	Name: "started", Desc: true, Keys: []read.Key{{Column: "b.started_at", Kind: read.Int}, {Column: "b.id", Kind: read.ID}},
	Of: func(b Batch) []any { return []any{b.StartedAt, b.ID} },
}

// List lists the imports of an organisation and below, the latest first.
func (r *Reader) List(ctx context.Context, org string, page read.Page) (read.Rows[Batch], error) {
	return read.List(ctx, r.db, all, read.Within("b.org", org), latestFirst, page)
}

// Get reads one import, or the fault "import.not_found".
func (r *Reader) Get(ctx context.Context, org string, id uuid.UUID) (Batch, error) {
	where := read.Within("b.org", org)
	where.And("b.id = ?", id)
	return read.One(ctx, r.db, all, where, fault.Refuse(fault.NotFound, "import.not_found", fault.Say("there is no such import", "没有这次导入")))
}

var reports = read.From[batch.Item]{
	Columns: "i.number, i.source, i.title, i.status, i.question, i.revision, i.notes",
	Table:   in + ".items i join " + in + ".batches b on b.id = i.batch",
	Scan: func(row pgx.CollectableRow) (i batch.Item, err error) {
		err = row.Scan(&i.Index, &i.Source, &i.Title, &i.Status, &i.Question, &i.Revision, &i.Notes)
		if len(i.Notes) == 0 {
			i.Notes = nil
		}
		return i, err
	},
}

var byNumber = read.Order[batch.Item]{
	Name: "number", Keys: []read.Key{{Column: "i.number", Kind: read.Int}},
	Of: func(i batch.Item) []any { return []any{i.Index} },
}

// Items lists what became of the items of an import, in the order of the file; of those with one of the statuses, or of all where none is given.
func (r *Reader) Items(ctx context.Context, org string, id uuid.UUID, statuses []batch.Status, page read.Page) (read.Rows[batch.Item], error) {
	where := read.Within("b.org", org)
	where.And("i.batch = ?", id)
	if len(statuses) > 0 {
		for _, status := range statuses {
			if err := read.CheckText("/statuses", string(status)); err != nil {
				return read.Rows[batch.Item]{}, err
			}
		}
		where.And("i.status = any(?)", statuses)
	}
	return read.List(ctx, r.db, reports, where, byNumber, page)
}
