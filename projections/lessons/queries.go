package lessons

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/projections"
	"qbank/projections/read"
)

// Lesson is a lesson without its plan.
type Lesson struct {
	ID        uuid.UUID
	Title     string // of the draft
	Org       string
	Revision  int
	Latest    int // number of the newest version, 0 before the first
	Retired   bool
	Copy      *Copy // nil: it is no copy
	Locks     []lesson.Lock
	Waiting   int // requests for a change that are open
	CreatedBy string
	CreatedAt int64 // microseconds
	UpdatedBy string
	UpdatedAt int64 // microseconds
}

// Copy is of what a lesson is a copy.
type Copy struct {
	lesson.Copy
	MasterLatest int // number of the master's newest version
}

// Version is a published version without its plan.
type Version struct {
	Lesson      uuid.UUID
	Version     int
	Title       string
	PublishedBy string
	PublishedAt int64 // microseconds
}

// Key names a plan.
type Key struct {
	Lesson  uuid.UUID
	Version int // 0: the draft
}

// Change is a request for a change of a locked lesson.
type Change struct {
	ID          uuid.UUID
	Lesson      uuid.UUID
	Revision    int // of the draft that the plan was made from
	Plan        lesson.Plan
	Reason      string
	RequestedBy string
	RequestedAt int64 // microseconds
	State       State
	DecidedBy   string
	DecidedAt   int64 // microseconds; 0: not yet
	Note        string
	Downloaded  *int // manifests served by the time of the approval; nil: nobody counted
}

// Use is a place where a question stands.
type Use struct {
	Lesson          uuid.UUID
	Org             string
	Title           string // of the lesson's draft
	Version         int    // of the lesson; 0 is its draft
	Slot            lesson.Slot
	Drawn           bool // from a pool: Slot is the draw's id
	QuestionVersion int  // 0, in a draft: the newest
	Stage           string
	Cue             string // "": the stage's own list
}

// Filter says which lessons are wanted; what is set must hold.
type Filter struct {
	Title   string // a part of it, in any case
	Retired *bool
	Locked  *bool
	Waiting *bool     // for a decision about a change
	Master  uuid.UUID // only its copies
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var all = read.From[Lesson]{
	Columns: "l.id, l.org, l.title, l.revision, l.latest, l.retired, l.master, l.based_on, l.term, " +
		"coalesce((select m.latest from " + in + ".lessons m where m.id = l.master), 0), l.locks, l.waiting, " +
		"l.created_by, l.created_at, l.updated_by, l.updated_at",
	Table: in + ".lessons l",
	Scan: func(row pgx.CollectableRow) (l Lesson, err error) {
		var master *uuid.UUID
		var copied Copy
		err = row.Scan(&l.ID, &l.Org, &l.Title, &l.Revision, &l.Latest, &l.Retired, &master, &copied.Version, &copied.Term, &copied.MasterLatest,
			&l.Locks, &l.Waiting, &l.CreatedBy, &l.CreatedAt, &l.UpdatedBy, &l.UpdatedAt)
		if master != nil {
			copied.Master, l.Copy = *master, &copied
		}
		return l, err
	},
}

var latestChange = read.Order[Lesson]{
	Name: "updated", Desc: true, Keys: []read.Key{{Column: "l.updated_at", Kind: read.Int}, {Column: "l.id", Kind: read.ID}},
	Of: func(l Lesson) []any { return []any{l.UpdatedAt, l.ID} },
}

// List lists the lessons of an organisation and below, the latest change first.
func (r *Reader) List(ctx context.Context, org string, filter Filter, page read.Page) (read.Rows[Lesson], error) {
	where, err := filter.where(org)
	if err != nil {
		return read.Rows[Lesson]{}, err
	}
	return read.List(ctx, r.db, all, where, latestChange, page)
}

// MaxCount is up to where Count is exact.
const MaxCount = 10_000

// Count counts the lessons that List lists, exactly up to MaxCount; more says that there are more than that.
func (r *Reader) Count(ctx context.Context, org string, filter Filter) (count int, more bool, err error) {
	where, err := filter.where(org)
	if err != nil {
		return 0, false, err
	}
	return read.Capped(ctx, r.db, in+".lessons l", where, MaxCount)
}

func (f Filter) where(org string) (*read.Where, error) {
	where := read.Within("l.org", org)
	if f.Title != "" {
		if err := read.CheckText("/title", f.Title); err != nil {
			return nil, err
		}
		where.And("strpos(lower(l.title), lower(?)) > 0", f.Title)
	}
	if f.Retired != nil {
		where.And("l.retired = ?", *f.Retired)
	}
	if f.Locked != nil {
		where.And("(l.locks::text not in ('null', '[]')) = ?", *f.Locked)
	}
	if f.Waiting != nil {
		where.And("(l.waiting > 0) = ?", *f.Waiting)
	}
	if f.Master != uuid.Nil {
		where.And("l.master = ?", f.Master)
	}
	return where, nil
}

// Get reads lessons by id. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Get(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]Lesson, error) {
	return read.ByID(ctx, r.db, all, read.Within("l.org", org), "l.id", ids, func(l Lesson) uuid.UUID { return l.ID })
}

var published = read.From[Version]{
	Columns: "v.lesson, v.version, v.outline->'plan'->>'title', v.published_by, v.published_at",
	Table:   in + ".versions v join " + in + ".lessons l on l.id = v.lesson",
	Scan: func(row pgx.CollectableRow) (v Version, err error) {
		err = row.Scan(&v.Lesson, &v.Version, &v.Title, &v.PublishedBy, &v.PublishedAt)
		return v, err
	},
}

var newestVersion = read.Order[Version]{
	Name: "version", Desc: true, Keys: []read.Key{{Column: "v.version", Kind: read.Int}},
	Of: func(v Version) []any { return []any{v.Version} },
}

// Versions lists the published versions of a lesson, the newest first.
func (r *Reader) Versions(ctx context.Context, org string, id uuid.UUID, page read.Page) (read.Rows[Version], error) {
	where := read.Within("l.org", org)
	where.And("v.lesson = ?", id)
	return read.List(ctx, r.db, published, where, newestVersion, page)
}

// Version reads one published version, or the fault "lesson.version_unknown".
func (r *Reader) Version(ctx context.Context, org string, id uuid.UUID, number int) (Version, error) {
	where := read.Within("l.org", org)
	where.And("v.lesson = ? and v.version = ?", id, number)
	return read.One(ctx, r.db, published, where, fault.Refuse(fault.NotFound, "lesson.version_unknown",
		fault.Say("the lesson has no published version %d", "讲次没有已发布的第 %d 版", number)))
}

// Outlines reads what plans come to. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Outlines(ctx context.Context, org string, keys []Key) (map[Key]*Outline, error) {
	return byKey[Outline](ctx, r.db, "outline", org, keys)
}

// Plans reads whole plans. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Plans(ctx context.Context, org string, keys []Key) (map[Key]*lesson.Plan, error) {
	return byKey[lesson.Plan](ctx, r.db, "plan", org, keys)
}

// byKey reads a column of JSON that drafts and versions have.
func byKey[T any](ctx context.Context, db read.DB, column, org string, keys []Key) (map[Key]*T, error) {
	if err := read.CheckBatch(len(keys)); err != nil {
		return nil, err
	}
	var drafts, of []uuid.UUID
	var numbers []int
	for _, k := range keys {
		if k.Version == 0 {
			drafts = append(drafts, k.Lesson)
			continue
		}
		of, numbers = append(of, k.Lesson), append(numbers, k.Version)
	}
	found := make(map[Key]*T, len(keys))
	for _, part := range []struct {
		lessons              []uuid.UUID
		columns, table, when string
		args                 []any
	}{
		{drafts, "l.id, 0, l." + column, in + ".lessons l", "l.id = any(?)", []any{drafts}},
		{of, "v.lesson, v.version, v." + column, published.Table, "(v.lesson, v.version) in (select * from unnest(?::uuid[], ?::int[]))", []any{of, numbers}},
	} {
		if len(part.lessons) == 0 {
			continue
		}
		where := read.Within("l.org", org)
		where.And(part.when, part.args...)
		list, err := read.All(ctx, db, read.From[keyed[T]]{Columns: part.columns, Table: part.table, Scan: scanKeyed[T]}, where)
		if err != nil {
			return nil, err
		}
		for _, k := range list {
			found[k.Key] = k.value
		}
	}
	return found, nil
}

type keyed[T any] struct {
	Key
	value *T
}

func scanKeyed[T any](row pgx.CollectableRow) (k keyed[T], err error) {
	k.value = new(T)
	err = row.Scan(&k.Lesson, &k.Version, k.value)
	return k, err
}

var asked = read.From[Change]{
	Columns: "c.id, c.lesson, c.revision, c.plan, c.reason, c.requested_by, c.requested_at, c.state, c.decided_by, c.decided_at, c.note, c.downloaded",
	Table:   in + ".changes c join " + in + ".lessons l on l.id = c.lesson",
	Scan: func(row pgx.CollectableRow) (c Change, err error) {
		err = row.Scan(&c.ID, &c.Lesson, &c.Revision, &c.Plan, &c.Reason, &c.RequestedBy, &c.RequestedAt, &c.State, &c.DecidedBy, &c.DecidedAt, &c.Note, &c.Downloaded)
		return c, err
	},
}

var latestRequest = read.Order[Change]{
	Name: "requested", Desc: true, Keys: []read.Key{{Column: "c.requested_at", Kind: read.Int}, {Column: "c.id", Kind: read.ID}},
	Of: func(c Change) []any { return []any{c.RequestedAt, c.ID} },
}

// Changes lists what was asked of a lesson while it was locked, the latest request first; state "": whatever became of it.
func (r *Reader) Changes(ctx context.Context, org string, id uuid.UUID, state State, page read.Page) (read.Rows[Change], error) {
	where := read.Within("l.org", org)
	where.And("c.lesson = ?", id)
	if state != "" {
		where.And("c.state = ?", string(state))
	}
	return read.List(ctx, r.db, asked, where, latestRequest, page)
}

var uses = read.From[Use]{
	Columns: "u.lesson, l.org, l.title, u.version, u.slot, u.drawn = 1, u.question_version, u.stage, u.cue",
	Table:   in + ".uses u join " + in + ".lessons l on l.id = u.lesson",
	Scan: func(row pgx.CollectableRow) (u Use, err error) {
		err = row.Scan(&u.Lesson, &u.Org, &u.Title, &u.Version, &u.Slot, &u.Drawn, &u.QuestionVersion, &u.Stage, &u.Cue)
		return u, err
	},
}

var byPlace = read.Order[Use]{
	Name: "place", Keys: []read.Key{{Column: "u.lesson", Kind: read.ID}, {Column: "u.version", Kind: read.Int}, {Column: "u.slot", Kind: read.Text},
		{Column: "u.drawn", Kind: read.Int}},
	Of: func(u Use) []any {
		drawn := 0
		if u.Drawn {
			drawn = 1
		}
		return []any{u.Lesson, u.Version, u.Slot, drawn}
	},
}

// Uses lists where a question stands in the lessons of an organisation and below, lesson by lesson, drafts before versions.
func (r *Reader) Uses(ctx context.Context, org string, question uuid.UUID, page read.Page) (read.Rows[Use], error) {
	where := read.Within("l.org", org)
	where.And("u.question = ?", question)
	return read.List(ctx, r.db, uses, where, byPlace, page)
}

// Used reports whether one of some questions stands in a published version of a lesson that students of an organisation may see: one of
// its own, of one above or of one below.
func (r *Reader) Used(ctx context.Context, org string, questions []uuid.UUID) (used bool, err error) {
	where := read.Around("l.org", org)
	where.And("u.question = any(?) and u.version > 0", questions)
	found, err := read.Count(ctx, r.db, uses.Table, where, 1)
	return found > 0, err
}
