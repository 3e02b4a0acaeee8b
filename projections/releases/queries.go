package releases

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/release"
	"qbank/projections"
	"qbank/projections/read"
)

// Release is a release and how far it is.
type Release struct {
	ID        uuid.UUID
	Org       string
	Title     string
	State     release.State
	Weight    int           // of Plan.Total; 1 where there is no plan
	Plan      *release.Plan // without its lessons; nil where a lesson was released at once
	Lessons   []uuid.UUID
	Current   []uuid.UUID // the lessons of which it is what everybody gets, but for those in a later release
	Note      string
	Revision  int // of its own stream; 0 without a plan
	CreatedBy string
	CreatedAt int64 // microseconds
	UpdatedBy string
	UpdatedAt int64 // microseconds
}

// Step is one thing that happened to a release.
type Step struct {
	Position int64  // in the log
	Kind     string // the event's type behind the dot: "advanced"
	By       string // opaque id
	At       int64  // microseconds
	Weight   *int   // from then on; nil: as before
	Reason   string
	Figures  *release.Figures // that it rested on; nil: none
}

// Filter says which releases are wanted; what is set must hold.
type Filter struct {
	States []release.State
	Lesson uuid.UUID
	Live   bool // some student gets it now
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var all = read.From[Release]{
	Columns: `r.id, r.org, r.title, r.state, r.weight, r.plan, r.lessons, array(select b.lesson from ` + in + `.baselines b where b.release = r.id order by b.lesson),
		r.note, r.revision, r.created_by, r.created_at, r.updated_by, r.updated_at`,
	Table: in + ".releases r",
	Scan: func(row pgx.CollectableRow) (r Release, err error) {
		var plan []byte
		err = row.Scan(&r.ID, &r.Org, &r.Title, &r.State, &r.Weight, &plan, &r.Lessons, &r.Current, &r.Note, &r.Revision,
			&r.CreatedBy, &r.CreatedAt, &r.UpdatedBy, &r.UpdatedAt)
		if err == nil && plan != nil {
			r.Plan = &release.Plan{}
			err = json.Unmarshal(plan, r.Plan)
		}
		return r, err
	},
}

var latestChange = read.Order[Release]{
	Name: "updated", Desc: true, Keys: []read.Key{{Column: "r.updated_at", Kind: read.Int}, {Column: "r.id", Kind: read.ID}},
	Of: func(r Release) []any { return []any{r.UpdatedAt, r.ID} },
}

// List lists the releases of a scope, the latest change first.
func (r *Reader) List(ctx context.Context, scope access.Scope, filter Filter, page read.Page) (read.Rows[Release], error) {
	where := read.InScope("r", scope)
	if len(filter.States) > 0 {
		where.And("r.state = any(?)", filter.States)
	}
	if filter.Lesson != uuid.Nil {
		where.And("r.lessons @> ?", []uuid.UUID{filter.Lesson})
	}
	if filter.Live {
		where.And("r.state in ('running', 'paused', 'frozen') or exists (select from " + in + ".baselines b where b.release = r.id)")
	}
	return read.List(ctx, r.db, all, where, latestChange, page)
}

// Get reads releases by id. Those that are not there, or not in the scope, are missing from the answer.
func (r *Reader) Get(ctx context.Context, scope access.Scope, ids []uuid.UUID) (map[uuid.UUID]Release, error) {
	return read.ByID(ctx, r.db, all, read.InScope("r", scope), "r.id", ids, func(r Release) uuid.UUID { return r.ID })
}

// Lessons reads what a release froze, in the order of its plan. It has release.MaxLessons at most.
func (r *Reader) Lessons(ctx context.Context, scope access.Scope, id uuid.UUID) ([]release.Lesson, error) {
	where := read.InScope("r", scope)
	where.And("f.release = ?", id)
	rows, err := r.db.Query(ctx, "select f.lesson, f.org, f.version, f.questions from "+in+".frozen f join "+in+".releases r on r.id = f.release where "+
		where.String()+" order by f.n", where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the lessons of release %s: %w", id, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l release.Lesson, err error) {
		err = row.Scan(&l.Lesson, &l.Org, &l.Version, &l.Questions)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the lessons of release %s: %w", id, err)
	}
	return list, nil
}

var steps = read.From[Step]{
	Columns: "h.position, h.kind, h.by, h.at, h.weight, h.reason, h.figures",
	Table:   in + ".history h join " + in + ".releases r on r.id = h.release",
	Scan: func(row pgx.CollectableRow) (s Step, err error) {
		err = row.Scan(&s.Position, &s.Kind, &s.By, &s.At, &s.Weight, &s.Reason, &s.Figures)
		return s, err
	},
}

var newestStep = read.Order[Step]{
	Name: "position", Desc: true, Keys: []read.Key{{Column: "h.position", Kind: read.Int}},
	Of: func(s Step) []any { return []any{s.Position} },
}

// History lists what happened to a release, the newest first.
func (r *Reader) History(ctx context.Context, scope access.Scope, id uuid.UUID, page read.Page) (read.Rows[Step], error) {
	where := read.InScope("r", scope)
	where.And("h.release = ?", id)
	return read.List(ctx, r.db, steps, where, newestStep, page)
}

// Watched is a release that a process looks after.
type Watched struct {
	ID  uuid.UUID
	Org string
}

// maxWatched bounds a look; what is behind has its turn when what is before is done.
const maxWatched = 1000

// UnderWay lists the releases under way, of every environment and organisation. It asks nobody who wants to know: it is for processes.
func (r *Reader) UnderWay(ctx context.Context) ([]Watched, error) {
	var where read.Where
	where.And("state in ('running', 'paused', 'frozen')")
	return r.watched(ctx, &where)
}

// Due lists the planned releases whose start has come, of every environment and organisation. now is microseconds. Like UnderWay it is for processes.
func (r *Reader) Due(ctx context.Context, now int64) ([]Watched, error) {
	var where read.Where
	where.And("state = 'planned'")
	where.And("(plan->>'start')::bigint between 1 and ?", now)
	return r.watched(ctx, &where)
}

func (r *Reader) watched(ctx context.Context, where *read.Where) ([]Watched, error) {
	rows, err := r.db.Query(ctx, "select id, org from "+in+".releases where "+where.String()+" order by updated_at, id limit "+where.Arg(maxWatched), where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list releases to look after: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Watched])
	if err != nil {
		return nil, fmt.Errorf("list releases to look after: %w", err)
	}
	return list, nil
}

// Baselines reports whether any of the lessons has a baseline in an environment.
func (r *Reader) Baselines(ctx context.Context, environment string, lessons []uuid.UUID) (there bool, err error) {
	err = r.db.QueryRow(ctx, "select exists (select from "+in+".baselines where environment = $1 and lesson = any($2))", environment, lessons).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("look for baselines: %w", err)
	}
	return there, nil
}
