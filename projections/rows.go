package projections

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Rows reads what the tables say of the streams that a batch goes on with, by stream; those that begin in the batch are not in the tables yet. The
// statement has the ids of the streams as its one parameter.
func Rows[T any](ctx context.Context, tx pgx.Tx, batch []Event, sql string, scan pgx.RowToFunc[T], stream func(T) uuid.UUID) (map[uuid.UUID]T, error) {
	begun := make([]uuid.UUID, 0, len(batch))
	for _, e := range batch {
		if e.Version > 1 {
			begun = append(begun, e.Stream)
		}
	}
	rows, err := tx.Query(ctx, sql, begun)
	if err != nil {
		return nil, fmt.Errorf("read what a batch goes on with: %w", err)
	}
	list, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read what a batch goes on with: %w", err)
	}
	found := make(map[uuid.UUID]T, len(list))
	for _, row := range list {
		found[stream(row)] = row
	}
	return found, nil
}
