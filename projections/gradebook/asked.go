package gradebook

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/projections/read"
)

// Asked names versions of a question, from one up to before another, as attempts were asked them.
type Asked struct {
	Question uuid.UUID
	From, To int
}

// Lanes lists where attempts were asked them: environments and organisations. It is for those who act for none of them.
func (r *Reader) Lanes(ctx context.Context, q Asked) ([]access.Scope, error) {
	rows, err := r.db.Query(ctx, `select distinct t.org, t.environment from `+in+`.asked a join `+in+`.attempts t on t.form = a.form
		where a.question = $1 and a.version >= $2 and a.version < $3 order by 2, 1`, q.Question, q.From, q.To)
	if err != nil {
		return nil, fmt.Errorf("read where question %s was asked: %w", q.Question, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[access.Scope])
	if err != nil {
		return nil, fmt.Errorf("read where question %s was asked: %w", q.Question, err)
	}
	return list, nil
}

// asking bounds how many forms are looked through in one statement.
const asking = 500

// EachAsked hands the attempts of an environment and of exactly one organisation that were asked the question, and answered something, to do, some
// at a time: it never holds more than size of them. It stops with do's first error.
func (r *Reader) EachAsked(ctx context.Context, scope access.Scope, q Asked, size int, do func([]uuid.UUID) error) error {
	forms, err := r.forms(ctx, q)
	if err != nil {
		return err
	}
	for begin := 0; begin < len(forms); begin += asking {
		some, after := forms[begin:min(begin+asking, len(forms))], uuid.Nil
		for {
			ids, err := r.answered(ctx, scope, some, after, size)
			if err != nil {
				return err
			}
			if len(ids) == 0 {
				break
			}
			if err := do(ids); err != nil {
				return err
			}
			after = ids[len(ids)-1]
		}
	}
	return nil
}

// CountAsked counts the attempts that EachAsked hands out.
func (r *Reader) CountAsked(ctx context.Context, scope access.Scope, q Asked) (n int, err error) {
	err = r.db.QueryRow(ctx, `select count(*) from `+in+`.attempts t
		where t.form in (select form from `+in+`.asked where question = $1 and version >= $2 and version < $3) and t.environment = $4 and t.org = $5
			and exists (select from `+in+`.answers n where n.attempt = t.attempt)`, q.Question, q.From, q.To, scope.Environment, scope.Org).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count who was asked question %s: %w", q.Question, err)
	}
	return n, nil
}

// forms lists those that ask the question, each once.
func (r *Reader) forms(ctx context.Context, q Asked) ([]uuid.UUID, error) {
	rows, err := r.db.Query(ctx, `select distinct form from `+in+`.asked where question = $1 and version >= $2 and version < $3 order by form`,
		q.Question, q.From, q.To)
	if err != nil {
		return nil, fmt.Errorf("read who was asked question %s: %w", q.Question, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

func (r *Reader) answered(ctx context.Context, scope access.Scope, forms []uuid.UUID, after uuid.UUID, size int) ([]uuid.UUID, error) {
	rows, err := r.db.Query(ctx, `select t.attempt from `+in+`.attempts t
		where t.form = any($1) and t.attempt > $2 and t.environment = $3 and t.org = $4 and exists (select from `+in+`.answers n where n.attempt = t.attempt)
		order by t.attempt limit $5`, forms, after, scope.Environment, scope.Org, size)
	if err != nil {
		return nil, fmt.Errorf("read who was asked: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

var askedAttempt = read.From[uuid.UUID]{
	Columns: "t.attempt", Table: in + ".attempts t",
	Scan: func(row pgx.CollectableRow) (id uuid.UUID, err error) { return id, row.Scan(&id) },
}

var byAttempt = read.Order[uuid.UUID]{Name: "attempt", Keys: []read.Key{{Column: "t.attempt", Kind: read.ID}}, Of: func(id uuid.UUID) []any { return []any{id} }}

// AskedOf reads a page of the attempts that EachAsked hands out.
func (r *Reader) AskedOf(ctx context.Context, scope access.Scope, q Asked, page read.Page) (read.Rows[uuid.UUID], error) {
	var where read.Where
	where.And("t.environment = ? and t.org = ?", scope.Environment, scope.Org)
	where.And("t.form in (select form from "+in+".asked where question = ? and version >= ? and version < ?)", q.Question, q.From, q.To)
	where.And("exists (select from " + in + ".answers n where n.attempt = t.attempt)")
	return read.List(ctx, r.db, askedAttempt, &where, byAttempt, page)
}
