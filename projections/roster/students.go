package roster

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/projections/read"
)

// Known tells which of some classes, and of some persons as students, the organisation or one below has.
func (r *Reader) Known(ctx context.Context, org string, classes, persons []uuid.UUID) (map[uuid.UUID]bool, error) {
	where := read.Within("c.org", org)
	here := where.String()
	class, person := where.Arg(some(classes)), where.Arg(some(persons))
	rows, err := r.db.Query(ctx, `select c.id from `+in+`.classes c where (`+here+`) and c.id = any(`+class+`::uuid[])
		union select m.student from `+in+`.members m join `+in+`.classes c on c.id = m.class where (`+here+`) and m.student = any(`+person+`::uuid[])
		union select c.student from `+in+`.students c where (`+here+`) and c.student = any(`+person+`::uuid[])`, where.Args()...)
	var ids []uuid.UUID
	if err == nil {
		ids, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	}
	if err != nil {
		return nil, fmt.Errorf("look for classes and students: %w", err)
	}
	known := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		known[id] = true
	}
	return known, nil
}

// Students reads who is in any of some classes of the organisation or below. Classes of others are as good as empty.
func (r *Reader) Students(ctx context.Context, org string, classes []uuid.UUID) ([]uuid.UUID, error) {
	where := read.Within("c.org", org)
	where.And("c.id = any(?)", classes)
	rows, err := read.Query(ctx, r.db, `select distinct m.student from `+in+`.members m join `+in+`.classes c on c.id = m.class where `+where.String(), where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the students of classes: %w", err)
	}
	students, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("read the students of classes: %w", err)
	}
	return students, nil
}
