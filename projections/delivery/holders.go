package delivery

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/takedown"
)

// Holders reads, for every public view that some version of these questions has, the versions by which students of an environment were given it, of
// other questions too, by question and version.
func (r *Reader) Holders(ctx context.Context, in environment.Name, questions []uuid.UUID) (map[content.Hash][]takedown.Holder, error) {
	rows, err := r.db.Query(ctx, r.sql.holders, questions, string(in))
	if err != nil {
		return nil, fmt.Errorf("read the versions that share public views: %w", err)
	}
	views := map[content.Hash][]takedown.Holder{}
	var view content.Hash
	var h takedown.Holder
	_, err = pgx.ForEachRow(rows, []any{&view, &h.Question, &h.Version, &h.Orgs}, func() error {
		views[view] = append(views[view], h)
		h.Orgs = nil // the next row gets an array of its own
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the versions that share public views: %w", err)
	}
	return views, nil
}
