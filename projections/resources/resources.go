package resources

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
	"qbank/domain/resource"
	"qbank/projections"
)

const (
	name    = "resources"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names what happens to files, and whatever may name one.
func (*Projection) Events() []string {
	return event.Names(question.Created{}, question.Edited{}, question.Published{}, lesson.Created{}, lesson.Edited{}, lesson.Published{},
		resource.Uploaded{}, resource.Renamed{}, resource.Tagged{}, resource.Collected{}, resource.Restored{}, resource.Removed{})
}

// Apply folds a batch: what it goes on with is read, folded event by event, and written once.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	files, uses, err := load(ctx, tx, batch)
	if err != nil {
		return err
	}
	for _, e := range batch {
		at := e.RecordedAt.UnixMicro()
		switch p := e.Payload.(type) {
		case question.Created:
			uses.born(e.Stream, "question", p.Org)
			err = uses.says(e.Stream, 0, p.Content, at)
		case question.Edited:
			uses.edited(e.Stream, p.Changes, at)
		case question.Published:
			err = uses.says(e.Stream, p.Version, p.Content, at)
		case lesson.Created:
			uses.born(e.Stream, "lesson", p.Org)
			err = uses.plans(e.Stream, 0, p.Plan, at)
		case lesson.Edited:
			err = uses.plans(e.Stream, 0, p.Plan, at)
		case lesson.Published:
			err = uses.plans(e.Stream, p.Version, p.Plan, at)
		default:
			files.fold(e)
		}
		if err != nil {
			return fmt.Errorf("event %s of %s: %w", e.ID, e.Stream, err)
		}
	}
	if err := files.write(ctx, tx); err != nil {
		return fmt.Errorf("write files: %w", err)
	}
	if err := uses.write(ctx, tx); err != nil {
		return fmt.Errorf("write uses of files: %w", err)
	}
	return nil
}

// plans reads what a lesson names.
func (u *uses) plans(lesson uuid.UUID, version int, plan lesson.Plan, at int64) error {
	text, err := json.Marshal(plan)
	if err != nil {
		return err
	}
	return u.says(lesson, version, text, at)
}

// load reads what the batch goes on with.
func load(ctx context.Context, tx pgx.Tx, batch []projections.Event) (*files, *uses, error) {
	var resources, sources []uuid.UUID
	for _, e := range batch {
		switch e.Payload.(type) {
		case question.Created, lesson.Created:
		case question.Edited, question.Published, lesson.Edited, lesson.Published:
			sources = append(sources, e.Stream)
		default:
			resources = append(resources, e.Stream)
		}
	}
	f, err := loadFiles(ctx, tx, resources)
	if err != nil {
		return nil, nil, fmt.Errorf("read files: %w", err)
	}
	u, err := loadUses(ctx, tx, sources)
	if err != nil {
		return nil, nil, fmt.Errorf("read uses of files: %w", err)
	}
	return f, u, nil
}
