package roster

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/projections/read"
)

// Reach counts the classes that have one of the lessons, in their course or in a session of the scope that is not over, and their students. Classes
// are those of the scope's organisation and below.
func (r *Reader) Reach(ctx context.Context, scope access.Scope, lessons []uuid.UUID) (students, classes int, err error) {
	where := read.Within("k.org", scope.Org)
	where.And("k.course in (select n.parent from "+in+".nodes n where n.kind = 'lesson' and n.lesson = any(?)) or exists (select from "+in+
		".session_classes c join "+in+".sessions s on s.id = c.session where c.class = k.id and s.lesson = any(?) and s.environment = ? and s.ended_at = 0 and s.cancelled_at = 0)",
		lessons, lessons, scope.Environment)
	sql := "with reached as (select k.id from " + in + ".classes k where " + where.String() + ") select (select count(distinct m.student) from " + in +
		".members m join reached on reached.id = m.class), (select count(*) from reached)"
	if err := r.db.QueryRow(ctx, sql, where.Args()...).Scan(&students, &classes); err != nil {
		return 0, 0, fmt.Errorf("count whom lessons reach: %w", err)
	}
	return students, classes, nil
}
