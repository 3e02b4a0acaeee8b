package items

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/itemstats"
	"qbank/projections"
)

const (
	name    = "items"
	version = 2
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
	f := &fold{tx: tx, forms: map[uuid.UUID]*form{}, sheets: map[uuid.UUID]*sheet{}}
	if err := f.load(ctx, batch); err != nil {
		return err
	}
	for _, e := range batch {
		if err := f.apply(e); err != nil {
			return fmt.Errorf("position %d: %w", e.Position, err)
		}
	}
	if err := f.count(ctx); err != nil {
		return err
	}
	return f.save(ctx)
}

// fold is a batch in the making.
type fold struct {
	tx     pgx.Tx
	forms  map[uuid.UUID]*form
	sheets map[uuid.UUID]*sheet
	order  []*sheet // in which the sheets came
}

func (f *fold) keep(s *sheet) {
	f.sheets[s.attempt] = s
	f.order = append(f.order, s)
}

func (f *fold) apply(e projections.Event) error {
	s, known := f.sheets[e.Stream]
	if started, ok := e.Payload.(attempt.Started); ok {
		form := f.form(formOf(started.Items))
		f.keep(start(e.Stream, started, form))
		return nil
	}
	if !known {
		return nil // its start was skipped by hand: there is nothing to tell
	}
	switch e := e.Payload.(type) {
	case attempt.Answered:
		return s.answer(e)
	case attempt.Graded:
		return s.grade(e)
	case attempt.GradeRevised:
		return s.settle(e.Slot, e.Status, e.Mark, e.Parts)
	case attempt.GradeRestored:
		return s.settle(e.Slot, e.Status, e.Mark, e.Parts)
	case attempt.Repinned:
		s.reform(f.form(s.form.repinned(e.Items)))
	case attempt.Finished:
		if len(e.Withdrawn) > 0 {
			s.leaveOut(f.form(s.form.without(e.Withdrawn)))
		}
		s.finished, s.changed = true, true
	}
	return nil
}

// form returns the one form of that id.
func (f *fold) form(another *form) *form {
	if known, ok := f.forms[another.id]; ok {
		return known
	}
	f.forms[another.id] = another
	return another
}

// count brings the tallies up to date with the sheets that are finished.
func (f *fold) count(ctx context.Context) error {
	touched := map[taker][]*sheet{}
	for _, s := range f.order {
		if s.finished && s.changed {
			touched[s.taker] = nil
		}
	}
	if len(touched) == 0 {
		return nil
	}
	if err := f.loadSiblings(ctx, slices.Collect(maps.Keys(touched))); err != nil {
		return err
	}
	for _, s := range f.order {
		if list, is := touched[s.taker]; is && s.finished {
			touched[s.taker] = append(list, s)
		}
	}
	changes := map[tallyKey][]counting{}
	for _, finished := range touched {
		elect(finished)
		for _, s := range finished {
			list, err := s.recount()
			if err != nil {
				return err
			}
			for _, c := range list {
				changes[c.tally] = append(changes[c.tally], c)
			}
		}
	}
	return f.countAll(ctx, changes)
}

func (f *fold) countAll(ctx context.Context, changes map[tallyKey][]counting) error {
	tallies, err := f.loadTallies(ctx, slices.Collect(maps.Keys(changes)))
	if err != nil {
		return err
	}
	for key, list := range changes {
		tally := tallies[key]
		if tally == nil {
			tally = itemstats.New(len(f.forms[key.form].places))
			tallies[key] = tally
		}
		for _, c := range list {
			if c.out {
				tally.Remove(c.vector)
			} else {
				tally.Add(c.vector)
			}
		}
	}
	return f.saveTallies(ctx, tallies)
}
