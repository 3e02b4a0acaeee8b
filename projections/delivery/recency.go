package delivery

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/projections/read"
)

// LastReleases tells when each question that is live in the scope was released last, in microseconds, if that was at a moment or later.
func (r *Reader) LastReleases(ctx context.Context, scope access.Scope, since int64) (map[uuid.UUID]int64, error) {
	where := read.InScope("l", scope)
	where.And("l.released_at >= ?", since)
	return read.Map[uuid.UUID, int64](ctx, r.db, "when questions were released", `select u.question, max(l.released_at) from `+in+`.live l cross join unnest(l.questions) u(question)
		where `+where.String()+` group by u.question`, where.Args()...)
}
