package regrades

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/regrade"
	"qbank/projections"
	"qbank/projections/read"
)

// Regrade is a regrade and how far it is.
type Regrade struct {
	ID uuid.UUID
	regrade.Proposed
	State      regrade.State
	Revision   int
	Policy     regrade.Policy // that was asked for last; "": none
	Reason     string
	AskedBy    string
	DecidedBy  string
	Round      int              // of the latest approval
	Figures    *regrade.Figures // nil: nobody has looked yet
	ProposedAt int64            // microseconds
	UpdatedAt  int64            // microseconds
}

// Step is one thing that happened to a regrade.
type Step struct {
	Position int64  // in the log
	Kind     string // the event's type behind the dot: "approved"
	By       string // opaque id
	At       int64  // microseconds
	Policy   regrade.Policy
	Reason   string
	Figures  *regrade.Figures
}

// Filter says which regrades are wanted; what is set must hold.
type Filter struct {
	States   []regrade.State
	Question uuid.UUID
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var all = read.From[Regrade]{
	Columns: `r.id, r.org, r.environment, r.question, r.from_version, r.to_version, r.state, r.revision, r.policy, r.reason, r.asked_by, r.decided_by,
		r.round, r.figures, r.proposed_at, r.updated_at`,
	Table: in + ".regrades r",
	Scan: func(row pgx.CollectableRow) (r Regrade, err error) {
		err = row.Scan(&r.ID, &r.Org, &r.Environment, &r.Question, &r.From, &r.To, &r.State, &r.Revision, &r.Policy, &r.Reason, &r.AskedBy, &r.DecidedBy,
			&r.Round, &r.Figures, &r.ProposedAt, &r.UpdatedAt)
		return r, err
	},
}

var latestChange = read.Order[Regrade]{
	Name: "updated", Desc: true, Keys: []read.Key{{Column: "r.updated_at", Kind: read.Int}, {Column: "r.id", Kind: read.ID}},
	Of: func(r Regrade) []any { return []any{r.UpdatedAt, r.ID} },
}

// List lists the regrades of a scope, the latest change first.
func (r *Reader) List(ctx context.Context, scope access.Scope, filter Filter, page read.Page) (read.Rows[Regrade], error) {
	where := read.InScope("r", scope)
	if len(filter.States) > 0 {
		where.And("r.state = any(?)", filter.States)
	}
	if filter.Question != uuid.Nil {
		where.And("r.question = ?", filter.Question)
	}
	return read.List(ctx, r.db, all, where, latestChange, page)
}

// Get reads regrades by id. Those that are not there, or not in the scope, are missing from the answer.
func (r *Reader) Get(ctx context.Context, scope access.Scope, ids []uuid.UUID) (map[uuid.UUID]Regrade, error) {
	return read.ByID(ctx, r.db, all, read.InScope("r", scope), "r.id", ids, func(r Regrade) uuid.UUID { return r.ID })
}

var steps = read.From[Step]{
	Columns: "h.position, h.kind, h.by, h.at, h.policy, h.reason, h.figures",
	Table:   in + ".history h join " + in + ".regrades r on r.id = h.regrade",
	Scan: func(row pgx.CollectableRow) (s Step, err error) {
		err = row.Scan(&s.Position, &s.Kind, &s.By, &s.At, &s.Policy, &s.Reason, &s.Figures)
		return s, err
	},
}

var newestStep = read.Order[Step]{
	Name: "position", Desc: true, Keys: []read.Key{{Column: "h.position", Kind: read.Int}},
	Of: func(s Step) []any { return []any{s.Position} },
}

// History lists what happened to a regrade, the newest first.
func (r *Reader) History(ctx context.Context, scope access.Scope, id uuid.UUID, page read.Page) (read.Rows[Step], error) {
	where := read.InScope("r", scope)
	where.And("h.regrade = ?", id)
	return read.List(ctx, r.db, steps, where, newestStep, page)
}

// Standing lists every regrade that stands in an environment, of all organisations: answers are held against them.
func (r *Reader) Standing(ctx context.Context, environment string) ([]regrade.Correction, error) {
	rows, err := r.db.Query(ctx, `select id, round, environment, org, question, from_version, to_version, policy from `+in+`.regrades
		where environment = $1 and state = 'standing'`, environment)
	if err != nil {
		return nil, fmt.Errorf("read the regrades that stand: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[regrade.Correction])
	if err != nil {
		return nil, fmt.Errorf("read the regrades that stand: %w", err)
	}
	return list, nil
}
