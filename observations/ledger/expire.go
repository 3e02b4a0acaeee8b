package ledger

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Over tells which of some reissues ended before an instant, microseconds.
type Over func(ctx context.Context, reissues []uuid.UUID, before int64) ([]uuid.UUID, error)

const (
	expiring = 500   // reissues that are asked about at once
	deleting = 5_000 // lines that go at once
)

// Expire takes away the lines of reissues that ended before an instant, microseconds. It may be stopped anywhere.
func Expire(ctx context.Context, pool *pgxpool.Pool, before int64, over Over) error {
	for after := uuid.Nil; ; {
		page, err := kept(ctx, pool, after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		ended, err := over(ctx, page, before)
		if err != nil {
			return err
		}
		if err := forget(ctx, pool, ended); err != nil {
			return err
		}
	}
}

// kept lists reissues that have lines, behind one of them. It goes from each to the next by the index: there are few of them, with many lines each.
func kept(ctx context.Context, pool *pgxpool.Pool, after uuid.UUID) ([]uuid.UUID, error) {
	rows, err := pool.Query(ctx, `with recursive kept(reissue) as (
			(select reissue from reissue_ledger where reissue > $1 order by reissue limit 1)
			union all
			select (select l.reissue from reissue_ledger l where l.reissue > k.reissue order by l.reissue limit 1) from kept k where k.reissue is not null
		) select reissue from kept where reissue is not null limit $2`, after, expiring)
	var page []uuid.UUID
	if err == nil {
		page, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	}
	if err != nil {
		return nil, fmt.Errorf("list the reissues in the ledger: %w", err)
	}
	return page, nil
}

func forget(ctx context.Context, pool *pgxpool.Pool, reissues []uuid.UUID) error {
	for len(reissues) > 0 {
		done, err := pool.Exec(ctx, `delete from reissue_ledger where ctid = any(array(select ctid from reissue_ledger where reissue = any($1) limit $2))`, reissues, deleting)
		if err != nil {
			return fmt.Errorf("expire the ledger of reissues: %w", err)
		}
		if done.RowsAffected() < deleting {
			return nil
		}
	}
	return nil
}
