package lessons

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/cue"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/projections"
)

const (
	name    = "lessons"
	version = 2
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct {
	projections.Tables
	plugins *cue.Registry
}

// New makes the projection. plugins tell which cues have questions.
func New(plugins *cue.Registry) *Projection {
	return &Projection{projections.NewTables(name, version, schema), plugins}
}

// Events names everything that happens to a lesson.
func (*Projection) Events() []string {
	return event.Names(lesson.Created{}, lesson.Edited{}, lesson.Published{}, lesson.Retired{},
		lesson.Submitted{}, lesson.Approved{}, lesson.Returned{}, lesson.Recalled{}, lesson.Assigned{}, lesson.Unassigned{},
		lesson.RevisionDeclined{}, lesson.Locked{},
		lesson.Unlocked{}, lesson.ChangeRequested{}, lesson.ChangeApproved{}, lesson.ChangeDeclined{})
}

// row is a lesson on its way through a batch.
type row struct {
	lesson.Lesson
	id        uuid.UUID
	waiting   int // requests that are open
	createdBy string
	createdAt int64
	updatedBy string
	updatedAt int64
	replanned bool
}

// Apply folds a batch: the domain folds each lesson's events, and each lesson is written once.
func (p *Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	rows, err := load(ctx, tx, batch)
	if err != nil {
		return err
	}
	var versions versions
	var changes changes
	places := places{plugins: p.plugins}
	for _, e := range batch {
		l := rows[e.Stream]
		switch payload := e.Payload.(type) {
		case lesson.Created:
			l = &row{id: e.Stream, createdBy: e.Meta.Actor, createdAt: e.RecordedAt.UnixMicro(), replanned: true}
			rows[e.Stream] = l
		case lesson.Edited:
			if l != nil {
				l.replanned = true
			}
		case lesson.Published:
			if err := versions.add(e, payload); err != nil {
				return err
			}
			places.add(e.Stream, payload.Version, payload.Plan)
		}
		if l == nil { // its creation was skipped
			continue
		}
		l.Lesson = l.Apply(e.Payload)
		l.Revision = e.Version
		l.updatedBy, l.updatedAt = e.Meta.Actor, e.RecordedAt.UnixMicro()
		if err := changes.add(e, l); err != nil {
			return err
		}
	}
	var drafts table
	for _, l := range rows {
		if err := drafts.add(l); err != nil {
			return err
		}
		if l.replanned {
			places.replace(l.id, l.Plan)
		}
	}
	for _, write := range []func(context.Context, pgx.Tx) error{drafts.write, versions.write, changes.write, places.write} {
		if err := write(ctx, tx); err != nil {
			return fmt.Errorf("write lessons: %w", err)
		}
	}
	return nil
}

// load reads the lessons that the batch goes on with.
func load(ctx context.Context, tx pgx.Tx, batch []projections.Event) (map[uuid.UUID]*row, error) {
	return projections.Rows(ctx, tx, batch, `select id, org, plan, revision, latest, retired, master, based_on, term, locks, waiting, created_by, created_at
		from lessons where id = any($1)`, scan, func(l *row) uuid.UUID { return l.id })
}

func scan(r pgx.CollectableRow) (*row, error) {
	l := &row{}
	var plan, locks []byte
	var master *uuid.UUID
	var copied lesson.Copy
	if err := r.Scan(&l.id, &l.Org, &plan, &l.Revision, &l.Latest, &l.Retired, &master, &copied.Version, &copied.Term, &locks, &l.waiting,
		&l.createdBy, &l.createdAt); err != nil {
		return nil, err
	}
	if master != nil {
		copied.Master, l.Master = *master, &copied
	}
	if err := json.Unmarshal(locks, &l.Locks); err != nil {
		return nil, err
	}
	return l, json.Unmarshal(plan, &l.Plan)
}
