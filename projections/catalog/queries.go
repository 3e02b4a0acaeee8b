package catalog

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/projections"
	"qbank/projections/read"
)

// Question is a row of the catalogue.
type Question struct {
	ID        uuid.UUID
	Code      question.Code
	Org       string
	Type      qtype.Ref
	State     workflow.State
	Revision  int
	Draft     content.Hash // of the draft's content
	Latest    int          // number of the newest version, 0 before the first
	Published content.Hash // of the newest version's content
	Metadata  question.Metadata
	Summary   string           // the draft's stem in one plain line
	Problems  int              // what keeps the draft from being published; the list comes from the type
	Origin    *question.Origin // of the newest import that changed it
	CreatedBy string
	CreatedAt int64 // microseconds
	UpdatedBy string
	UpdatedAt int64 // microseconds
}

// Draft is what a question says as it is being worked on. It holds the answer keys.
type Draft struct {
	Type    qtype.Ref
	Content json.RawMessage // canonical
	Hash    content.Hash
}

// Sort is an order of the list.
type Sort string

// The sorts.
const (
	Updated Sort = "updated" // the latest change first
	Created Sort = "created" // the newest question first
	ByCode  Sort = "code"    // the lowest number first
)

var in = projections.SchemaName(name, version)

var orders = map[Sort]read.Order[Question]{
	Updated: {
		Name: string(Updated), Desc: true, Keys: []read.Key{{Column: "q.updated_at", Kind: read.Int}, {Column: "q.id", Kind: read.ID}},
		Of: func(q Question) []any { return []any{q.UpdatedAt, q.ID} },
	},
	// Numbers are given in the order in which questions are created, and each once.
	Created: {Name: string(Created), Desc: true, Keys: []read.Key{{Column: "q.number", Kind: read.Int}}, Of: byNumber},
	ByCode:  {Name: string(ByCode), Keys: []read.Key{{Column: "q.number", Kind: read.Int}}, Of: byNumber},
}

func byNumber(q Question) []any { return []any{number(q.Code)} }

// Reader answers queries. It is safe for concurrent use.
type Reader struct {
	db      read.DB
	columns *columns
}

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db, newColumns()} }

const columnsOfRow = `q.id, q.code, q.org, q.type_id, q.type_version, q.state, q.revision, q.draft_hash, q.latest, q.published_hash,
	q.title, q.subject, q.stage, q.grade, q.chapter, q.source, q.category, q.difficulty, q.tags, q.points, q.summary, q.problems,
	q.batch, q.batch_source, q.batch_hash, q.created_by, q.created_at, q.updated_by, q.updated_at`

var questions = read.From[Question]{Columns: columnsOfRow, Table: in + ".questions q", Scan: scan}

func scan(row pgx.CollectableRow) (q Question, err error) {
	var origin question.Origin
	m := &q.Metadata
	err = row.Scan(&q.ID, &q.Code, &q.Org, &q.Type.ID, &q.Type.Version, &q.State, &q.Revision, &q.Draft, &q.Latest, &q.Published,
		&m.Title, &m.Subject, &m.Stage, &m.Grade, &m.Chapter, &m.Source, &m.Category, &m.Difficulty, &m.Tags, &m.Points, &q.Summary, &q.Problems,
		&origin.Batch, &origin.Source, &origin.Hash, &q.CreatedBy, &q.CreatedAt, &q.UpdatedBy, &q.UpdatedAt)
	if origin != (question.Origin{}) {
		q.Origin = &origin
	}
	if len(m.Tags) == 0 {
		m.Tags = nil
	}
	if len(m.Points) == 0 {
		m.Points = nil
	}
	return q, err
}

// List reads a page of the questions of an organisation and below that pass the filter. A text that is a code with a wrong check digit is the
// fault "question.code".
func (r *Reader) List(ctx context.Context, org string, filter Filter, sort Sort, page read.Page) (read.Rows[Question], error) {
	order, known := orders[sort]
	if !known {
		return read.Rows[Question]{}, fault.Refuse(fault.Invalid, "sort.unknown", fault.Say("there is no order %.40q", "没有排序方式 %.40q", string(sort)))
	}
	where, err := filter.checked(org)
	if err != nil {
		return read.Rows[Question]{}, err
	}
	return read.List(ctx, r.db, questions, where, order, page)
}

// MaxCount is up to where Count is exact.
const MaxCount = 10_000

// Count counts the questions that pass the filter, exactly up to MaxCount; more says that there are more than that.
func (r *Reader) Count(ctx context.Context, org string, filter Filter) (count int, more bool, err error) {
	where, err := filter.checked(org)
	if err != nil {
		return 0, false, err
	}
	return read.Capped(ctx, r.db, questions.Table, where, MaxCount)
}

// Get reads questions by id. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Get(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]Question, error) {
	return read.ByID(ctx, r.db, questions, read.Within("q.org", org), "q.id", ids, func(q Question) uuid.UUID { return q.ID })
}

// ByCode reads the question of a code as people type it. A wrong check digit is the fault "question.code", a code that nobody was given
// "question.not_found".
func (r *Reader) ByCode(ctx context.Context, org, typed string) (Question, error) {
	code, err := question.ParseCode(typed)
	if err != nil {
		return Question{}, err
	}
	where := read.Within("q.org", org)
	where.And("q.number = ?", number(code))
	return read.One(ctx, r.db, questions, where, fault.Refuse(fault.NotFound, "question.not_found", fault.Say("there is no such question", "没有这道题目")))
}

// Drafts reads what questions say, by id. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Drafts(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]Draft, error) {
	if err := read.CheckBatch(len(ids)); err != nil {
		return nil, err
	}
	where := read.Within("q.org", org)
	where.And("q.id = any(?)", ids)
	list, err := read.All(ctx, r.db, drafts, where)
	if err != nil {
		return nil, err
	}
	found := make(map[uuid.UUID]Draft, len(list))
	for _, d := range list {
		found[d.id] = d.Draft
	}
	return found, nil
}

type draft struct {
	id uuid.UUID
	Draft
}

var drafts = read.From[draft]{
	Columns: "q.id, q.type_id, q.type_version, q.draft_hash, d.content",
	Table:   in + ".questions q join " + in + ".drafts d on d.id = q.id",
	Scan: func(row pgx.CollectableRow) (d draft, err error) {
		err = row.Scan(&d.id, &d.Type.ID, &d.Type.Version, &d.Hash, (*[]byte)(&d.Content))
		return d, err
	},
}

// Facet is how the questions that pass a filter are spread over the values of a field.
type Facet struct {
	Field   Field
	Values  []Value // the most frequent first, at most MaxFacet
	More    bool    // there are further values
	AtLeast bool    // not every question was looked at: the counts may be higher
}

// Value is one value of a field.
type Value struct {
	Value string // "": not filled in
	Count int
}

// MaxFacet is how many values a facet lists.
const MaxFacet = 100

// Facets counts values. Each facet counts what passes the whole filter but for the values of its own field, so that it says what choosing
// another value would give. Of words that more than maxHits questions have, some maxHits are counted.
func (r *Reader) Facets(ctx context.Context, org string, filter Filter) ([]Facet, error) {
	if err := filter.check(); err != nil {
		return nil, err
	}
	if err := r.columns.refresh(ctx, r.db); err != nil {
		return nil, err
	}
	rows, more, err := r.hits(ctx, org, filter)
	if err != nil {
		return nil, err
	}
	return r.columns.facets(org, filter, rows, more), nil
}

// checked is where for a whole filter that is within bounds.
func (f Filter) checked(org string) (*read.Where, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.where(org)
}
