package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/fault"
	"qbank/internal/checkpoint"
)

// Retry lets a parked projection try its event again, once the reason is gone. name is the projection's, or one copy's schema
// ("catalog_v2") where several are parked. Like Skip and Rebuild it writes the wish to the database, and the worker acts on it within a tick,
// whichever process that is in. It refuses with "checkpoint.unknown" or "checkpoint.not_parked".
func Retry(ctx context.Context, pool *pgxpool.Pool, name string) error {
	return checkpoint.Retry(ctx, pool, name)
}

// Skip leaves out the event that a projection is parked on, for that version of the projection and its rebuilds, and keeps who
// wanted that and why. It refuses like Retry, with "checkpoint.parked_elsewhere" where the projection is parked at another position, and with
// "checkpoint.unexplained" without actor or reason.
func Skip(ctx context.Context, pool *pgxpool.Pool, name string, position int64, actor, reason string) error {
	return checkpoint.Skip(ctx, pool, name, position, actor, reason)
}

// Rebuild builds the serving version of a projection anew from the first event, beside the tables that serve meanwhile. A
// rebuild that is parked begins again; one that is under way is refused with "projection.rebuilding".
func Rebuild(ctx context.Context, pool *pgxpool.Pool, name string) error {
	return order(ctx, pool, name, func(tx pgx.Tx, rows []checkpoint.Row) error {
		serving := checkpoint.Serving(rows)
		if serving == nil {
			return fault.Refuse(fault.Conflict, "projection.not_serving", fault.Say(
				"%s has not been built yet, so it cannot be built anew.", "%s 尚未首次构建完成,不能重建。", name))
		}
		return begin(ctx, tx, rows, checkpoint.Key{Name: name, Version: serving.Version, Shadow: true})
	})
}

// Revert builds another version than the one that serves, which then takes over: the way back to an older program, which would not dare to
// replace a newer one by itself. A process with that version of the projection must be running.
func Revert(ctx context.Context, pool *pgxpool.Pool, name string, version int) error {
	return order(ctx, pool, name, func(tx pgx.Tx, rows []checkpoint.Row) error {
		serving := checkpoint.Serving(rows)
		if serving == nil || serving.Version == version || version < 1 {
			return fault.Refuse(fault.Conflict, "projection.not_replaced", fault.Say(
				"No other version of %s than %d is serving.", "%s 当前没有其他版本在提供服务(版本 %d)。", name, version))
		}
		return begin(ctx, tx, rows, checkpoint.Key{Name: name, Version: version})
	})
}

func order(ctx context.Context, pool *pgxpool.Pool, name string, write func(pgx.Tx, []checkpoint.Row) error) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		rows, err := checkpoint.Lock(ctx, tx, name)
		if err != nil {
			return err
		}
		if len(rows) == 0 || rows[0].Version == 0 {
			return checkpoint.Unknown(name)
		}
		return write(tx, rows)
	})
}

// begin writes the row that a worker finds and builds: one without tables.
func begin(ctx context.Context, tx pgx.Tx, rows []checkpoint.Row, key checkpoint.Key) error {
	if row := checkpoint.Find(rows, key); row != nil && row.Status == checkpoint.Filling && row.Failure == nil {
		return fault.Refuse(fault.Conflict, "projection.rebuilding", fault.Say(
			"%s is being built already, and is at position %d.", "%s 正在构建中,当前位置 %d。", key, row.Position)).With("position", row.Position)
	}
	_, err := tx.Exec(ctx, `delete from checkpoints where name = $1 and version = $2 and shadow = $3`, key.Name, key.Version, key.Shadow)
	if err != nil {
		return fmt.Errorf("order %s: %w", key, err)
	}
	return checkpoint.Create(ctx, tx, key, 0)
}
