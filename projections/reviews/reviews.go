package reviews

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/projections"
)

const (
	name    = "reviews"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is "reviews".
func (*Projection) Name() string { return name }

// Version is that of the tables.
func (*Projection) Version() int { return version }

// Schema is the DDL of the tables.
func (*Projection) Schema() string { return schema }

// Events names what moves a review, and what queues show of its subject.
func (*Projection) Events() []string {
	names := make([]string, 0, 24)
	for _, e := range []interface{ Name() string }{
		question.Created{}, question.Edited{}, question.Described{}, question.Submitted{}, question.Approved{}, question.Returned{}, question.Published{},
		question.Retired{}, question.Reinstated{}, question.Withdrawn{}, question.Assigned{}, question.Unassigned{},
		lesson.Created{}, lesson.Edited{}, lesson.Submitted{}, lesson.Approved{}, lesson.Returned{}, lesson.Published{}, lesson.Retired{},
		lesson.Assigned{}, lesson.Unassigned{},
	} {
		names = append(names, e.Name())
	}
	return names
}

// item is a question or a lesson on its way through a batch.
type item struct {
	id                                    uuid.UUID
	kind                                  workflow.Kind
	org, code, title, subject, typ, state string
	revision                              int
	standing                              workflow.Standing
	submittedBy                           string
	submittedAt, since                    int64
}

// Apply folds a batch and writes each item once.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	items, err := load(ctx, tx, batch)
	if err != nil {
		return err
	}
	var past history
	for _, e := range batch {
		i := items[e.Stream]
		if i == nil {
			if i = begun(e); i == nil { // its creation was skipped
				continue
			}
			items[e.Stream] = i
		}
		i.revision = e.Version
		before := i.waits()
		i.fold(e)
		if after := i.waits(); after != before || isSubmission(e) {
			i.since = e.RecordedAt.UnixMicro()
		}
		past.add(e)
	}
	var rows table
	for _, i := range items {
		rows.add(i)
	}
	if err := rows.write(ctx, tx); err != nil {
		return fmt.Errorf("write reviews: %w", err)
	}
	if err := past.write(ctx, tx); err != nil {
		return fmt.Errorf("write the history of reviews: %w", err)
	}
	return nil
}

func begun(e projections.Event) *item {
	switch e.Payload.(type) {
	case question.Created:
		return &item{id: e.Stream, kind: workflow.Questions}
	case lesson.Created:
		return &item{id: e.Stream, kind: workflow.Lessons}
	}
	return nil
}

func isSubmission(e projections.Event) bool {
	switch e.Payload.(type) {
	case question.Submitted, lesson.Submitted:
		return true
	}
	return false
}

// waits is the step that waits for an approval, "" where none does.
func (i *item) waits() string {
	if i.state != string(workflow.InReview) {
		return ""
	}
	step, _ := i.standing.Waiting()
	return step.ID
}

// load reads the items that the batch goes on with.
func load(ctx context.Context, tx pgx.Tx, batch []projections.Event) (map[uuid.UUID]*item, error) {
	ids := make([]uuid.UUID, 0, len(batch))
	for _, e := range batch {
		if e.Version > 1 {
			ids = append(ids, e.Stream)
		}
	}
	items := make(map[uuid.UUID]*item, len(batch))
	found, err := tx.Query(ctx, `select id, kind, org, code, title, subject, type, revision, state, standing, submitted_by, submitted_at, since
		from items where id = any($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	list, err := pgx.CollectRows(found, func(r pgx.CollectableRow) (*item, error) {
		i := &item{}
		var standing []byte
		if err := r.Scan(&i.id, &i.kind, &i.org, &i.code, &i.title, &i.subject, &i.typ, &i.revision, &i.state, &standing, &i.submittedBy,
			&i.submittedAt, &i.since); err != nil || standing == nil {
			return i, err
		}
		return i, json.Unmarshal(standing, &i.standing)
	})
	if err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	for _, i := range list {
		items[i.id] = i
	}
	return items, nil
}
