package gradebook

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/projections"
)

const (
	name    = "gradebook"
	version = 3
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

var _ projections.Projection = Projection{}

// New makes the projection.
func New() Projection { return Projection{projections.NewTables(name, version, schema)} }

// Events of an attempt, all of them.
func (Projection) Events() []string {
	return event.Names(attempt.Started{}, attempt.Answered{}, attempt.Finished{}, attempt.Graded{},
		attempt.GradeRevised{}, attempt.GradeRestored{}, attempt.Repinned{})
}

// Apply folds a batch.
func (Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	f := fold{places: make(map[place]*change, len(batch)), forms: map[uuid.UUID][]byte{}}
	for _, e := range batch {
		if err := f.apply(e); err != nil {
			return fmt.Errorf("position %d: %w", e.Position, err)
		}
	}
	return f.save(ctx, tx)
}

// fold is what a batch changes.
type fold struct {
	forms    map[uuid.UUID][]byte // places as JSON
	started  []begun
	finished []ended
	reformed []reform
	places   map[place]*change
	order    []*change // in which the places came
}

type begun struct {
	attempt.Started
	id, form uuid.UUID
}

type ended struct {
	attempt uuid.UUID
	at      int64 // microseconds
}

// place is where an answer stands.
type place struct {
	attempt uuid.UUID
	slot    lesson.Slot
}

// change is what becomes of a place: another answer counts, or the one there gets a mark by hand, or both.
type change struct {
	place
	answer   *attempt.Answered
	sequence int
	tries    int // answers in this batch
	grade    *attempt.Graded
	gradedAt int64
	revision *revision // nil: none in this batch
}

// revision is what a regrade makes of a mark; the zero value takes it back.
type revision struct {
	mark    *int64
	dropped int64
	regrade *uuid.UUID
}

func (f *fold) at(id uuid.UUID, slot lesson.Slot) *change {
	key := place{id, slot}
	c, known := f.places[key]
	if !known {
		c = &change{place: key}
		f.places[key] = c
		f.order = append(f.order, c)
	}
	return c
}

func (f *fold) apply(recorded projections.Event) error {
	switch e := recorded.Payload.(type) {
	case attempt.Started:
		form, err := f.form(e.Items)
		if err != nil {
			return err
		}
		f.started = append(f.started, begun{e, recorded.Stream, form})
	case attempt.Answered:
		c := f.at(recorded.Stream, e.Slot)
		c.answer, c.sequence, c.grade, c.revision = &e, recorded.Version, nil, nil
		c.tries++
	case attempt.Graded:
		c := f.at(recorded.Stream, e.Slot)
		c.grade, c.gradedAt = &e, recorded.Meta.At
	case attempt.GradeRevised:
		f.at(recorded.Stream, e.Slot).revision = &revision{mark: (*int64)(&e.Mark), dropped: int64(e.Dropped), regrade: &e.Regrade}
	case attempt.GradeRestored:
		f.at(recorded.Stream, e.Slot).revision = &revision{}
	case attempt.Repinned:
		f.reformed = append(f.reformed, reform{attempt: recorded.Stream, repinned: e.Items})
	case attempt.Finished:
		if len(e.Withdrawn) > 0 {
			f.reformed = append(f.reformed, reform{attempt: recorded.Stream, withdrawn: e.Withdrawn})
		}
		f.finished = append(f.finished, ended{recorded.Stream, e.At})
	}
	return nil
}

// form keeps what was asked and names it by its hash.
func (f *fold) form(pinned []attempt.Item) (uuid.UUID, error) {
	places := make([]Place, len(pinned))
	for i, p := range pinned {
		places[i] = Place{p.Slot, p.Question, p.Version, p.Max, p.Keep}
	}
	return f.formOf(places)
}

func (f *fold) formOf(places []Place) (uuid.UUID, error) {
	list, err := json.Marshal(places)
	if err != nil {
		return uuid.Nil, fmt.Errorf("write places: %w", err)
	}
	sum := sha256.Sum256(list)
	id := uuid.UUID(sum[:16])
	f.forms[id] = list
	return id, nil
}

// touched lists the attempts whose totals may have changed.
func (f *fold) touched() []uuid.UUID {
	var ids []uuid.UUID
	for _, e := range f.finished {
		ids = append(ids, e.attempt)
	}
	for _, c := range f.order {
		ids = append(ids, c.attempt)
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}
