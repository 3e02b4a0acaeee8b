package lessons

import (
	"context"

	"github.com/google/uuid"

	"qbank/projections/read"
)

// LastUses tells when each question was last put into a lesson of the organisation or below: into its draft as it stands, or into
// a published version. In microseconds. Only lessons that
// changed at a moment or later are looked at.
func (r *Reader) LastUses(ctx context.Context, org string, since int64) (map[uuid.UUID]int64, error) {
	where := read.Within("l.org", org)
	where.And("l.updated_at >= ?", since)
	return read.Map[uuid.UUID, int64](ctx, r.db, "when questions were used", `select u.question, max(case when u.version = 0 then l.updated_at else v.published_at end)
		from `+in+`.uses u join `+in+`.lessons l on l.id = u.lesson left join `+in+`.versions v on v.lesson = u.lesson and v.version = u.version
		where `+where.String()+` group by u.question`, where.Args()...)
}
