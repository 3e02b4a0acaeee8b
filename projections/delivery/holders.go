package delivery

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/content"
)

// Holder is a version that has a public view.
type Holder struct {
	Question uuid.UUID
	Version  int
}

// Holders reads, for every public view that some version of these questions has, all versions that have it, of other questions too, by question and
// version.
func (r *Reader) Holders(ctx context.Context, questions []uuid.UUID) (map[content.Hash][]Holder, error) {
	rows, err := r.db.Query(ctx, `select v.public_hash, v.question, v.version from `+in+`.question_versions v
		where v.public_hash in (select public_hash from `+in+`.question_versions where question = any($1)) order by v.question, v.version`, questions)
	if err != nil {
		return nil, fmt.Errorf("read the versions that share public views: %w", err)
	}
	views := map[content.Hash][]Holder{}
	var view content.Hash
	var h Holder
	_, err = pgx.ForEachRow(rows, []any{&view, &h.Question, &h.Version}, func() error {
		views[view] = append(views[view], h)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the versions that share public views: %w", err)
	}
	return views, nil
}
