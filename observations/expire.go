package observations

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Expire takes away what is old, a few thousand rows at a time. It may be stopped anywhere.
func Expire(ctx context.Context, pool *pgxpool.Pool, now time.Time) error {
	for _, old := range [...]struct {
		table, column string
		keep          int64
	}{{"reports", "received_at", keepFor}, {"exposures", "served_at", keepWho}, {"observation_hours", "hour", keepSums}} {
		for {
			done, err := pool.Exec(ctx, fmt.Sprintf(`delete from %[1]s where ctid = any(array(select ctid from %[1]s where %[2]s < $1 limit %[3]d))`,
				old.table, old.column, batch), now.UnixMicro()-old.keep)
			if err != nil {
				return fmt.Errorf("expire %s: %w", old.table, err)
			}
			if done.RowsAffected() < batch {
				break
			}
		}
	}
	return nil
}
