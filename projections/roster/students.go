package roster

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/projections/read"
)

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
