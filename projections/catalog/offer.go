package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"qbank/domain/paper"
	"qbank/domain/workflow"
	"qbank/projections/read"
)

// Offer is a question as those see it who look for questions for a paper.
type Offer struct {
	paper.Candidate        // as it is filed; how hard it is and when it was used is not known here
	Label           string // the author's estimate of the difficulty
	Open            bool   // published, and in use
	UpdatedAt       int64  // microseconds
}

// Offers reads the questions of an organisation and below that changed at a moment (microseconds) or later, in no order. What each is given
// is its own to keep.
func (r *Reader) Offers(ctx context.Context, org string, since int64, each func(Offer) error) error {
	where := read.Within("q.org", org)
	if since > 0 {
		where.And("q.updated_at >= ?", since)
	}
	rows, err := read.Query(ctx, r.db, `select q.id, q.latest, q.type_id, q.subject, q.stage, q.grade, q.chapter, q.source, q.difficulty, q.tags, q.points,
		q.latest > 0 and q.state not in (`+where.Arg(string(workflow.Retired))+`, `+where.Arg(string(workflow.Withdrawn))+`), q.updated_at
		from `+in+`.questions q where `+where.String(), where.Args()...)
	if err != nil {
		return fmt.Errorf("read offers: %w", err)
	}
	var o Offer
	c := &o.Candidate
	_, err = pgx.ForEachRow(rows, []any{&c.Question, &c.Version, &c.Type, &c.Subject, &c.Stage, &c.Grade, &c.Chapter, &c.Source, &o.Label, &c.Tags, &c.Points,
		&o.Open, &o.UpdatedAt}, func() error {
		given := o
		c.Tags, c.Points = nil, nil
		return each(given)
	})
	if err != nil {
		return fmt.Errorf("read offers: %w", err)
	}
	return nil
}
