package knowledge

import (
	"context"

	"qbank/projections/read"
)

// Parents reads which point each point stands under, in the working trees that an organisation sees. Those at the top are missing.
func (r *Reader) Parents(ctx context.Context, org string) (map[string]string, error) {
	where := read.Around("t.org", org)
	return read.Map[string, string](ctx, r.db, "the parents of points", `select p.id::text, p.parent::text from `+allPoints.Table+`
		where p.parent <> '00000000-0000-0000-0000-000000000000' and `+where.String(), where.Args()...)
}
