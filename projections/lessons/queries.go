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

// Lesson is a lesson with its draft.
type Lesson struct {
	ID        uuid.UUID
	Org       string
	Plan      lesson.Plan // the draft
	Revision  int
	Latest    int // number of the newest version, 0 before the first
	Retired   bool
	CreatedBy string
	CreatedAt int64 // microseconds
	UpdatedBy string
	UpdatedAt int64 // microseconds
}

// Version is a published version.
type Version struct {
	Version     int
	Plan        lesson.Plan
	PublishedBy string
	PublishedAt int64 // microseconds
}

// Use is a place where a question stands.
type Use struct {
	Lesson          uuid.UUID
	Org             string
	Title           string // of the lesson's draft
	Version         int    // of the lesson; 0 is its draft
	Slot            lesson.Slot
	QuestionVersion int // 0, in a draft: the newest
}

// Filter says which lessons are wanted; what is set must hold.
type Filter struct {
	Title   string // a part of it, in any case
	Retired *bool
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var all = read.From[Lesson]{
	Columns: "l.id, l.org, l.plan, l.revision, l.latest, l.retired, l.created_by, l.created_at, l.updated_by, l.updated_at",
	Table:   in + ".lessons l",
	Scan: func(row pgx.CollectableRow) (l Lesson, err error) {
		err = row.Scan(&l.ID, &l.Org, &l.Plan, &l.Revision, &l.Latest, &l.Retired, &l.CreatedBy, &l.CreatedAt, &l.UpdatedBy, &l.UpdatedAt)
		return l, err
	},
}

var latestChange = read.Order[Lesson]{
	Name: "updated", Desc: true, Keys: []read.Key{{Column: "l.updated_at", Kind: read.Int}, {Column: "l.id", Kind: read.ID}},
	Of: func(l Lesson) []any { return []any{l.UpdatedAt, l.ID} },
}

// List lists the lessons of an organisation and below, the latest change first.
func (r *Reader) List(ctx context.Context, org string, filter Filter, page read.Page) (read.Rows[Lesson], error) {
	where := read.Within("l.org", org)
	if filter.Title != "" {
		if err := read.CheckText("/title", filter.Title); err != nil {
			return read.Rows[Lesson]{}, err
		}
		where.And("strpos(lower(l.title), lower(?)) > 0", filter.Title)
	}
	if filter.Retired != nil {
		where.And("l.retired = ?", *filter.Retired)
	}
	return read.List(ctx, r.db, all, where, latestChange, page)
}

// Get reads lessons by id. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Get(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]Lesson, error) {
	if err := read.CheckBatch(len(ids)); err != nil {
		return nil, err
	}
	where := read.Within("l.org", org)
	where.And("l.id = any(?)", ids)
	list, err := read.All(ctx, r.db, all, where)
	if err != nil {
		return nil, err
	}
	found := make(map[uuid.UUID]Lesson, len(list))
	for _, l := range list {
		found[l.ID] = l
	}
	return found, nil
}

var published = read.From[Version]{
	Columns: "v.version, v.plan, v.published_by, v.published_at",
	Table:   in + ".versions v join " + in + ".lessons l on l.id = v.lesson",
	Scan: func(row pgx.CollectableRow) (v Version, err error) {
		err = row.Scan(&v.Version, &v.Plan, &v.PublishedBy, &v.PublishedAt)
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

var uses = read.From[Use]{
	Columns: "u.lesson, l.org, l.title, u.version, u.slot, u.question_version",
	Table:   in + ".uses u join " + in + ".lessons l on l.id = u.lesson",
	Scan: func(row pgx.CollectableRow) (u Use, err error) {
		err = row.Scan(&u.Lesson, &u.Org, &u.Title, &u.Version, &u.Slot, &u.QuestionVersion)
		return u, err
	},
}

var byPlace = read.Order[Use]{
	Name: "place", Keys: []read.Key{{Column: "u.lesson", Kind: read.ID}, {Column: "u.version", Kind: read.Int}, {Column: "u.slot", Kind: read.Text}},
	Of: func(u Use) []any { return []any{u.Lesson, u.Version, u.Slot} },
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
