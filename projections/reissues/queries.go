package reissues

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/reissue"
	"qbank/projections"
	"qbank/projections/read"
)

// Reissue is a reissue and what became of it.
type Reissue struct {
	ID uuid.UUID
	reissue.Terms
	State     reissue.State
	Second    bool // somebody else than who asked has to grant it
	Reach     reissue.Reach
	AskedBy   string // opaque ids
	AskedAt   int64  // microseconds
	GrantedBy string
	GrantedAt int64 // microseconds; 0: it was not
	Granted   int64 // position in the log: of two, the later one wins
	Note      string
	EndedBy   string // who declined or revoked it
	EndedAt   int64  // microseconds; 0: nobody did
	EndedWhy  string
	Revision  int
}

// Active reports whether students get it at an instant.
func (r Reissue) Active(now int64) bool {
	return r.State == reissue.IsGranted && r.From <= now && now < r.Until
}

// Takedown is a takedown and whether it stands.
type Takedown struct {
	ID          uuid.UUID
	Org         string
	Environment string // "": every one
	Question    uuid.UUID
	Version     int // 0: every version
	Reason      string
	ImposedBy   string
	ImposedAt   int64 // microseconds
	LiftedBy    string
	LiftedAt    int64 // microseconds; 0: it stands
	LiftedWhy   string
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var all = read.From[Reissue]{
	Columns: `r.id, r.org, r.environment, r.question, r.lesson, r.version, r.pins, r.audience, r.from_at, r.until_at, r.reason, r.state, r.second,
		r.students, r.digest, r.asked_by, r.asked_at, r.granted_by, r.granted_at, r.granted, r.note, r.ended_by, r.ended_at, r.ended_why, r.revision`,
	Table: in + ".reissues r",
	Scan: func(row pgx.CollectableRow) (r Reissue, err error) {
		var pins, audience []byte
		err = row.Scan(&r.ID, &r.Org, &r.Environment, &r.Question, &r.Lesson, &r.Version, &pins, &audience, &r.From, &r.Until, &r.Reason, &r.State, &r.Second,
			&r.Reach.Students, &r.Reach.Digest, &r.AskedBy, &r.AskedAt, &r.GrantedBy, &r.GrantedAt, &r.Granted, &r.Note, &r.EndedBy, &r.EndedAt, &r.EndedWhy, &r.Revision)
		if err == nil {
			err = json.Unmarshal(pins, &r.Pins)
		}
		if err == nil {
			err = json.Unmarshal(audience, &r.Audience)
		}
		return r, err
	},
}

var latest = read.Order[Reissue]{
	Name: "asked", Desc: true, Keys: []read.Key{{Column: "r.asked_at", Kind: read.Int}, {Column: "r.id", Kind: read.ID}},
	Of: func(r Reissue) []any { return []any{r.AskedAt, r.ID} },
}

// Filter says which reissues are wanted; what is set must hold.
type Filter struct {
	States   []reissue.State
	Question uuid.UUID // among its pins
	ActiveAt int64     // microseconds
}

// List lists the reissues of a scope, the one asked for last first.
func (r *Reader) List(ctx context.Context, scope access.Scope, filter Filter, page read.Page) (read.Rows[Reissue], error) {
	where := read.InScope("r", scope)
	if len(filter.States) > 0 {
		where.And("r.state = any(?)", filter.States)
	}
	if filter.Question != uuid.Nil {
		where.And("? = any(r.questions)", filter.Question)
	}
	if filter.ActiveAt != 0 {
		where.And("r.state = 'granted' and r.from_at <= ? and ? < r.until_at", filter.ActiveAt, filter.ActiveAt)
	}
	return read.List(ctx, r.db, all, where, latest, page)
}

// Get reads reissues by id. Those that are not there, or not in the scope, are missing from the answer.
func (r *Reader) Get(ctx context.Context, scope access.Scope, ids []uuid.UUID) (map[uuid.UUID]Reissue, error) {
	return read.ByID(ctx, r.db, all, read.InScope("r", scope), "r.id", ids, func(r Reissue) uuid.UUID { return r.ID })
}

// maxOverlaps is how many overlapping reissues are named.
const maxOverlaps = 20

// Overlaps lists granted reissues in a scope of any of these questions whose windows meet [from, until): a student who is in both gets the version of the
// one granted later.
func (r *Reader) Overlaps(ctx context.Context, scope access.Scope, questions []uuid.UUID, from, until int64) ([]Reissue, error) {
	where := read.InScope("r", scope)
	where.And("r.state = 'granted' and r.from_at < ? and ? < r.until_at and r.questions && ?", until, from, questions)
	rows, err := read.List(ctx, r.db, all, where, latest, read.Page{First: maxOverlaps})
	return rows.Rows, err
}

// maxTurning bounds what Turning lists at once.
const maxTurning = 500

// Turning lists granted reissues whose window has begun or ended by now without that being said, in no order. Those that ended at since or earlier are left
// out. Both are microseconds.
func (r *Reader) Turning(ctx context.Context, now, since int64) ([]Reissue, error) {
	rows, err := r.db.Query(ctx, "select "+all.Columns+" from "+all.Table+` where r.state = 'granted' and not r.expired and r.until_at > $2
		and (r.until_at <= $1 or not r.begun and r.from_at <= $1) limit $3`, now, since, maxTurning)
	var list []Reissue
	if err == nil {
		list, err = pgx.CollectRows(rows, all.Scan)
	}
	if err != nil {
		return nil, fmt.Errorf("read which windows of reissues begin and end: %w", err)
	}
	return list, nil
}

// Over tells which of some reissues ended before an instant, microseconds: at the end of their window, or when they were revoked.
func (r *Reader) Over(ctx context.Context, ids []uuid.UUID, before int64) ([]uuid.UUID, error) {
	rows, err := r.db.Query(ctx, `select id from `+in+`.reissues where id = any($1) and case state when 'revoked' then ended_at else until_at end < $2`, ids, before)
	var over []uuid.UUID
	if err == nil {
		over, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	}
	if err != nil {
		return nil, fmt.Errorf("read which reissues are over: %w", err)
	}
	return over, nil
}

// maxInForce bounds the reissues that a node keeps in mind for an environment: of more, those granted last count.
const maxInForce = 5_000

// InForce is what overrules releases in an environment from an instant on.
type InForce struct {
	Reissues  []Reissue // granted and not over, those granted last first; some may not have begun
	Takedowns []Takedown
}

// InForce reads what overrules releases from now on, microseconds.
func (r *Reader) InForce(ctx context.Context, environment string, now int64) (InForce, error) {
	var force InForce
	rows, err := r.db.Query(ctx, "select "+all.Columns+" from "+all.Table+
		" where r.environment = $1 and r.state = 'granted' and r.until_at > $2 order by r.granted desc limit $3", environment, now, maxInForce)
	if err == nil {
		force.Reissues, err = pgx.CollectRows(rows, all.Scan)
	}
	if err != nil {
		return force, fmt.Errorf("read the reissues in force: %w", err)
	}
	rows, err = r.db.Query(ctx, "select "+takedowns.Columns+" from "+takedowns.Table+" where t.environment in ('', $1) and t.lifted_at = 0 order by t.id", environment)
	if err == nil {
		force.Takedowns, err = pgx.CollectRows(rows, takedowns.Scan)
	}
	if err != nil {
		return force, fmt.Errorf("read the standing takedowns: %w", err)
	}
	return force, nil
}

var takedowns = read.From[Takedown]{
	Columns: `t.id, t.org, t.environment, t.question, t.version, t.reason, t.imposed_by, t.imposed_at, t.lifted_by, t.lifted_at, t.lifted_why`,
	Table:   in + ".takedowns t",
	Scan: func(row pgx.CollectableRow) (t Takedown, err error) {
		err = row.Scan(&t.ID, &t.Org, &t.Environment, &t.Question, &t.Version, &t.Reason, &t.ImposedBy, &t.ImposedAt, &t.LiftedBy, &t.LiftedAt, &t.LiftedWhy)
		return t, err
	},
}

var newestTakedown = read.Order[Takedown]{
	Name: "imposed", Desc: true, Keys: []read.Key{{Column: "t.imposed_at", Kind: read.Int}, {Column: "t.id", Kind: read.ID}},
	Of: func(t Takedown) []any { return []any{t.ImposedAt, t.ID} },
}

// Takedowns lists the takedowns of an organisation's questions and below that work in the scope's environment (or anywhere, where it names none), the newest
// first. standing leaves out those that were lifted.
func (r *Reader) Takedowns(ctx context.Context, scope access.Scope, standing bool, page read.Page) (read.Rows[Takedown], error) {
	where := read.Within("t.org", scope.Org)
	if scope.Environment != "" {
		where.And("t.environment in ('', ?)", scope.Environment)
	}
	if standing {
		where.And("t.lifted_at = 0")
	}
	return read.List(ctx, r.db, takedowns, where, newestTakedown, page)
}

// GetTakedowns reads takedowns by id, as Takedowns would list them.
func (r *Reader) GetTakedowns(ctx context.Context, scope access.Scope, ids []uuid.UUID) (map[uuid.UUID]Takedown, error) {
	where := read.Within("t.org", scope.Org)
	where.And("t.environment in ('', ?)", scope.Environment)
	return read.ByID(ctx, r.db, takedowns, where, "t.id", ids, func(t Takedown) uuid.UUID { return t.ID })
}
