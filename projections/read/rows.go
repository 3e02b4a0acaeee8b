package read

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/fault"
)

// All reads every row that where leaves. The caller has bounded them: see CheckBatch.
func All[T any](ctx context.Context, db DB, from From[T], where *Where) ([]T, error) {
	rows, err := db.Query(ctx, "select "+from.Columns+" from "+from.Table+" where "+where.String(), where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", from.Table, err)
	}
	list, err := pgx.CollectRows(rows, from.Scan)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", from.Table, err)
	}
	return list, nil
}

// MaxBatch is how many things may be asked for by id at once: several pages' worth, for loaders that collect ids.
const MaxBatch = 1000

// CheckBatch refuses to read more things by id than a batch holds ("page.ids").
func CheckBatch(ids int) error {
	if ids <= MaxBatch {
		return nil
	}
	return fault.Refuse(fault.Limit, "page.ids", fault.Say("at most %d ids at once", "一次最多 %d 个 ID", MaxBatch)).With("max", MaxBatch)
}

// ByID reads rows by the ids in a column, each under its id. What is not there, or not left by where, is missing from the answer. It refuses more ids than
// a batch holds ("page.ids").
func ByID[T any](ctx context.Context, db DB, from From[T], where *Where, column string, ids []uuid.UUID, id func(T) uuid.UUID) (map[uuid.UUID]T, error) {
	if err := CheckBatch(len(ids)); err != nil {
		return nil, err
	}
	where = where.Clone()
	where.And(column+" = any(?)", ids)
	list, err := All(ctx, db, from, where)
	if err != nil {
		return nil, err
	}
	found := make(map[uuid.UUID]T, len(list))
	for _, row := range list {
		found[id(row)] = row
	}
	return found, nil
}

// Map runs a statement of two columns, a key that comes once and a value, for what it reads: "when questions were used".
func Map[K comparable, V any](ctx context.Context, db DB, what, sql string, args ...any) (map[K]V, error) {
	rows, err := Query(ctx, db, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	pairs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[pair[K, V]])
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	found := make(map[K]V, len(pairs))
	for _, p := range pairs {
		found[p.Key] = p.Value
	}
	return found, nil
}

type pair[K comparable, V any] struct {
	Key   K
	Value V
}

// One reads the one row that where leaves, or the refusal.
func One[T any](ctx context.Context, db DB, from From[T], where *Where, refusal *fault.Fault) (T, error) {
	rows, err := db.Query(ctx, "select "+from.Columns+" from "+from.Table+" where "+where.String(), where.Args()...)
	if err != nil {
		var none T
		return none, fmt.Errorf("read %s: %w", from.Table, err)
	}
	row, err := pgx.CollectExactlyOneRow(rows, from.Scan)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return row, refusal
	case err != nil:
		return row, fmt.Errorf("read %s: %w", from.Table, err)
	}
	return row, nil
}
