package observations

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/observations/ledger"
)

// Expire takes away what is old, a few thousand rows at a time; of the ledger of reissues, what belongs to those that are over, as over tells, for as long
// as it is kept who was served what. It may be stopped anywhere.
func Expire(ctx context.Context, pool *pgxpool.Pool, now time.Time, over ledger.Over) error {
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
	return ledger.Expire(ctx, pool, now.UnixMicro()-keepWho, over)
}
