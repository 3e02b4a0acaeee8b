package reviews

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/workflow"
	"qbank/projections"
	"qbank/projections/read"
)

// Item is a question or a lesson and where its review stands.
type Item struct {
	ID          uuid.UUID
	Kind        workflow.Kind
	Org         string
	Code        string // 题号; "" of a lesson
	Title       string
	Subject     string
	Type        string // id of the question type; "" of a lesson
	Revision    int
	State       workflow.State
	Standing    workflow.Standing // the zero Standing where it is not submitted
	Waiting     bool
	Step        string   // that waits
	Given       int      // approvals that the step has
	Needed      int      // and those it needs
	Assigned    []string // to whom the step is assigned
	Due         int64    // microseconds, the earliest of them; 0: none
	SpotCheck   bool     // a spot check was drawn
	SubmittedBy string
	SubmittedAt int64 // microseconds
	Since       int64 // microseconds: when the step began to wait
}

// Filter says which of those that wait are wanted; what is set must hold.
type Filter struct {
	Kind       workflow.Kind
	Workflow   string // name and version
	Step       string
	Subject    string
	Type       string        // id of the question type
	AssignedTo string        // a person
	For        *access.Actor // what this actor may approve now
	Unassigned bool          // what nobody was given or has taken
	SpotCheck  bool          // of which a spot check was drawn
	DueBefore  int64         // microseconds
	IDs        []uuid.UUID   // among these alone; nil: among all
}

// Count is how many wait at a step.
type Count struct {
	Kind       workflow.Kind
	Workflow   string
	Step       string
	Waiting    int
	Unassigned int
	Overdue    int
	Oldest     int64 // microseconds: since when the longest waits
}

// Happened is one event of a review.
type Happened struct {
	Revision int
	Action   string // submitted, approved, returned, assigned, unassigned, published
	Step     string
	Persons  []string // whom it was assigned to, or taken from
	Workflow string
	Hash     content.Hash
	Note     string
	By       string
	At       int64 // microseconds
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var items = read.From[Item]{
	Columns: `i.id, i.kind, i.org, i.code, i.title, i.subject, i.type, i.revision, i.state, coalesce(i.standing, '{}'), i.waiting, i.step, i.given, i.needed,
		i.assigned, i.due, i.spot_check, i.submitted_by, i.submitted_at, i.since`,
	Table: in + ".items i",
	Scan: func(row pgx.CollectableRow) (i Item, err error) {
		err = row.Scan(&i.ID, &i.Kind, &i.Org, &i.Code, &i.Title, &i.Subject, &i.Type, &i.Revision, &i.State, &i.Standing, &i.Waiting, &i.Step, &i.Given,
			&i.Needed, &i.Assigned, &i.Due, &i.SpotCheck, &i.SubmittedBy, &i.SubmittedAt, &i.Since)
		return i, err
	},
}

var longest = read.Order[Item]{
	Name: "since", Keys: []read.Key{{Column: "i.since", Kind: read.Int}, {Column: "i.id", Kind: read.ID}},
	Of: func(i Item) []any { return []any{i.Since, i.ID} },
}

// Queue lists what waits in an organisation and below, the longest waiting first.
func (r *Reader) Queue(ctx context.Context, org string, filter Filter, page read.Page) (read.Rows[Item], error) {
	where, err := filter.where(org)
	if err != nil {
		return read.Rows[Item]{}, err
	}
	return read.List(ctx, r.db, items, where, longest, page)
}

// MaxCount is up to where QueueLength is exact.
const MaxCount = 10_000

// QueueLength counts what Queue lists, exactly up to MaxCount; more says that there is more than that.
func (r *Reader) QueueLength(ctx context.Context, org string, filter Filter) (count int, more bool, err error) {
	where, err := filter.where(org)
	if err != nil {
		return 0, false, err
	}
	return read.Capped(ctx, r.db, items.Table, where, MaxCount)
}

func (f Filter) where(org string) (*read.Where, error) {
	where := read.Within("i.org", org)
	where.And("i.waiting")
	if f.IDs != nil {
		if err := read.CheckBatch(len(f.IDs)); err != nil {
			return nil, err
		}
		where.And("i.id = any(?)", f.IDs)
	}
	for _, text := range []struct{ pointer, column, value string }{
		{"/kind", "i.kind", string(f.Kind)}, {"/workflow", "i.workflow", f.Workflow}, {"/step", "i.step", f.Step}, {"/subject", "i.subject", f.Subject},
		{"/type", "i.type", f.Type},
	} {
		if text.value == "" {
			continue
		}
		if err := read.CheckText(text.pointer, text.value); err != nil {
			return nil, err
		}
		where.And(text.column+" = ?", text.value)
	}
	if f.AssignedTo != "" {
		if err := read.CheckText("/assignedTo", f.AssignedTo); err != nil {
			return nil, err
		}
		where.And("i.assigned @> array[?::text]", f.AssignedTo)
	}
	if f.For != nil {
		mayApprove(where, *f.For)
	}
	if f.Unassigned {
		where.And("i.assigned = '{}'")
	}
	if f.SpotCheck {
		where.And("i.spot_check")
	}
	if f.DueBefore > 0 {
		where.And("i.due between 1 and ?", f.DueBefore-1)
	}
	return where, nil
}

// mayApprove is in SQL what workflow.Standing.MayApprove decides.
func mayApprove(where *read.Where, actor access.Actor) {
	var permissions []access.Permission
	for _, p := range access.Permissions() {
		if actor.Can(p) {
			permissions = append(permissions, p)
		}
	}
	where.And("i.role = any(?::text[]) or i.permission = any(?::text[])", actor.Roles, permissions)
	where.And("not i.barred @> array[?::text] and (not i.reserved or i.assigned @> array[?::text])", actor.Person(), actor.Person())
	kinds := []workflow.Kind{}
	for kind, needs := range map[workflow.Kind]access.Permission{workflow.Questions: access.ReviewQuestions, workflow.Lessons: access.ReviewLessons} {
		if actor.Can(needs) {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	where.And("i.kind = any(?)", kinds)
}

// maxCounts bounds how many steps are counted.
const maxCounts = 1000

// Counts counts what waits at each step in an organisation and below. now, in microseconds, is what is overdue by.
func (r *Reader) Counts(ctx context.Context, org string, filter Filter, now int64) ([]Count, error) {
	where, err := filter.where(org)
	if err != nil {
		return nil, err
	}
	overdue := where.Arg(now)
	rows, err := read.Query(ctx, r.db, `select i.kind, i.workflow, i.step, count(*), count(*) filter (where i.assigned = '{}'),
		count(*) filter (where i.due between 1 and `+overdue+`), min(i.since) from `+in+`.items i where `+where.String()+`
		group by i.kind, i.workflow, i.step order by i.kind, i.workflow, i.step limit `+where.Arg(maxCounts), where.Args()...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Count, err error) {
		err = row.Scan(&c.Kind, &c.Workflow, &c.Step, &c.Waiting, &c.Unassigned, &c.Overdue, &c.Oldest)
		return c, err
	})
}

// Get reads items by id. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Get(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]Item, error) {
	return read.ByID(ctx, r.db, items, read.Within("i.org", org), "i.id", ids, func(i Item) uuid.UUID { return i.ID })
}

var past = read.From[Happened]{
	Columns: "h.revision, h.action, h.step, h.persons, h.workflow, h.hash, h.note, h.by, h.at",
	Table:   in + ".history h join " + in + ".items i on i.id = h.item",
	Scan: func(row pgx.CollectableRow) (h Happened, err error) {
		err = row.Scan(&h.Revision, &h.Action, &h.Step, &h.Persons, &h.Workflow, &h.Hash, &h.Note, &h.By, &h.At)
		return h, err
	},
}

var latest = read.Order[Happened]{
	Name: "revision", Desc: true, Keys: []read.Key{{Column: "h.revision", Kind: read.Int}},
	Of: func(h Happened) []any { return []any{h.Revision} },
}

// History lists what happened in the reviews of an item, the latest first.
func (r *Reader) History(ctx context.Context, org string, id uuid.UUID, page read.Page) (read.Rows[Happened], error) {
	where := read.Within("i.org", org)
	where.And("h.item = ?", id)
	return read.List(ctx, r.db, past, where, latest, page)
}
