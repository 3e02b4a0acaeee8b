package reviews

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/event"
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
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names what moves a review, and what queues show of its subject.
func (*Projection) Events() []string {
	return event.Names(
		question.Created{}, question.Edited{}, question.Described{}, question.Submitted{}, question.Approved{}, question.Returned{}, question.Published{},
		question.Retired{}, question.Reinstated{}, question.Withdrawn{}, question.Assigned{}, question.Unassigned{},
		lesson.Created{}, lesson.Edited{}, lesson.Submitted{}, lesson.Approved{}, lesson.Returned{}, lesson.Recalled{}, lesson.Published{}, lesson.Retired{},
		lesson.Assigned{}, lesson.Unassigned{},
	)
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
	return projections.Rows(ctx, tx, batch, `select id, kind, org, code, title, subject, type, revision, state, standing, submitted_by, submitted_at, since
		from items where id = any($1)`, scan, func(i *item) uuid.UUID { return i.id })
}

func scan(r pgx.CollectableRow) (*item, error) {
	i := &item{}
	var standing []byte
	if err := r.Scan(&i.id, &i.kind, &i.org, &i.code, &i.title, &i.subject, &i.typ, &i.revision, &i.state, &standing, &i.submittedBy,
		&i.submittedAt, &i.since); err != nil || standing == nil {
		return i, err
	}
	return i, json.Unmarshal(standing, &i.standing)
}
