package knowledge

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"qbank/projections/read"
)

// Parents reads which point each point stands under, in the working trees that an organisation sees. Those at the top are missing.
func (r *Reader) Parents(ctx context.Context, org string) (map[string]string, error) {
	where := read.Around("t.org", org)
	rows, err := read.Query(ctx, r.db, `select p.id::text, p.parent::text from `+allPoints.Table+`
		where p.parent <> '00000000-0000-0000-0000-000000000000' and `+where.String(), where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the parents of points: %w", err)
	}
	parents := map[string]string{}
	var point, parent string
	if _, err := pgx.ForEachRow(rows, []any{&point, &parent}, func() error { parents[point] = parent; return nil }); err != nil {
		return nil, fmt.Errorf("read the parents of points: %w", err)
	}
	return parents, nil
}
