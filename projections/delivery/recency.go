package delivery

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/projections/read"
)

// LastReleases tells when each question that is live in the scope was released last, in microseconds, if that was at a moment or later.
func (r *Reader) LastReleases(ctx context.Context, scope access.Scope, since int64) (map[uuid.UUID]int64, error) {
	where := read.Within("l.org", scope.Org)
	where.And("l.environment = ? and l.released_at >= ?", scope.Environment, since)
	rows, err := read.Query(ctx, r.db, `select u.question, max(l.released_at) from `+in+`.live l cross join unnest(l.questions) u(question)
		where `+where.String()+` group by u.question`, where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read when questions were released: %w", err)
	}
	last := map[uuid.UUID]int64{}
	var question uuid.UUID
	var at int64
	if _, err := pgx.ForEachRow(rows, []any{&question, &at}, func() error { last[question] = at; return nil }); err != nil {
		return nil, fmt.Errorf("read when questions were released: %w", err)
	}
	return last, nil
}
