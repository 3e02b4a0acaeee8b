package numbers

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Sequence is the database's sequence question_numbers.
type Sequence struct{ Pool *pgxpool.Pool }

// Next returns count numbers that nobody was given before, ascending.
func (s Sequence) Next(ctx context.Context, count int) ([]int64, error) {
	rows, err := s.Pool.Query(ctx, `select nextval('question_numbers') from generate_series(1, $1)`, count)
	if err != nil {
		return nil, fmt.Errorf("take question numbers: %w", err)
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("take question numbers: %w", err)
	}
	return numbers, nil
}
