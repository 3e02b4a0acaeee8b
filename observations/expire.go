package observations

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// How long what is kept.
const (
	keepReports = 2 * MaxLate * time.Microsecond // longer than they may be late
	KeepWho     = 180 * 24 * time.Hour           // who was served what
	keepSums    = 366 * 24 * time.Hour
)

// Expire takes away what is old, a few thousand rows at a time. It may be stopped anywhere.
func Expire(ctx context.Context, pool *pgxpool.Pool, now time.Time) error {
	for _, old := range [...]struct {
		table, column string
		keep          time.Duration
	}{{"reports", "received_at", keepReports}, {"exposures", "served_at", KeepWho}, {"observation_hours", "hour", keepSums}} {
		for {
			done, err := pool.Exec(ctx, fmt.Sprintf(`delete from %[1]s where ctid = any(array(select ctid from %[1]s where %[2]s < $1 limit %[3]d))`,
				old.table, old.column, batch), now.Add(-old.keep).UnixMicro())
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
