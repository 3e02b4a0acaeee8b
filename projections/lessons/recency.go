package lessons

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/projections/read"
)

// LastUses tells when each question was last put into a lesson of the organisation or below: into its draft as it stands, or into
// a published version. In microseconds. Only lessons that
// changed at a moment or later are looked at.
func (r *Reader) LastUses(ctx context.Context, org string, since int64) (map[uuid.UUID]int64, error) {
	where := read.Within("l.org", org)
	where.And("l.updated_at >= ?", since)
	rows, err := read.Query(ctx, r.db, `select u.question, max(case when u.version = 0 then l.updated_at else v.published_at end)
		from `+in+`.uses u join `+in+`.lessons l on l.id = u.lesson left join `+in+`.versions v on v.lesson = u.lesson and v.version = u.version
		where `+where.String()+` group by u.question`, where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read when questions were used: %w", err)
	}
	last := map[uuid.UUID]int64{}
	var question uuid.UUID
	var at int64
	if _, err := pgx.ForEachRow(rows, []any{&question, &at}, func() error { last[question] = at; return nil }); err != nil {
		return nil, fmt.Errorf("read when questions were used: %w", err)
	}
	return last, nil
}
