package commands

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/roster"
)

// KeepClass makes sure that a class exists under its code with this title, and that these students are in it. Doing it
// again changes nothing, so a sheet can simply be loaded anew.
type KeepClass struct {
	Code     string
	Title    string
	Course   string   // its code; "": as it is
	Teachers []Person // nil: as they are
	Tutors   []Person // nil: as they are
	Students []Person // who is in it, beside those who are already
	AsOf     roster.AsOf
}

// Needs the right to write the roster.
func (KeepClass) Needs() access.Permission { return access.WriteRoster }

// Do keeps the class.
func (c KeepClass) Do(ctx context.Context, w *Work) error {
	org := w.Actor.Scope.Org
	facts := roster.ClassFacts{Title: c.Title}
	students, err := w.peopleOf("students", c.Students)
	if err != nil {
		return err
	}
	teachers, err := w.peopleOf("teachers", c.Teachers)
	if err != nil {
		return err
	}
	tutors, err := w.peopleOf("tutors", c.Tutors)
	if err != nil {
		return err
	}
	if c.Teachers != nil {
		facts.Teachers = teachers.ids
	}
	if c.Tutors != nil {
		facts.Tutors = tutors.ids
	}
	if c.Course != "" {
		if facts.Course, err = w.inRoster(ctx, "course", c.Course, nodeID(roster.Course)); err != nil {
			return err
		}
	}
	err = decide(ctx, w, roster.ClassID(org, c.Code), func(class roster.Class) ([]event.Event, error) {
		return c.decide(w, class, facts, students.ids)
	})
	if err != nil {
		return err
	}
	for _, p := range []people{students, teachers, tutors} {
		if err := p.keep(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

func (c KeepClass) decide(w *Work, class roster.Class, facts roster.ClassFacts, students []uuid.UUID) ([]event.Event, error) {
	kept, stale := class.Keep(w.Actor.Scope.Org, c.Code, facts, c.AsOf, w.meta.At)
	if stale != nil && !fault.Is(stale, "roster.stale") || len(students) == 0 {
		return kept, stale
	}
	for _, e := range kept {
		class = class.Apply(e)
	}
	joined, err := class.Join(students, roster.Window{}, c.AsOf, w.meta.At)
	switch events := slices.Concat(kept, joined); {
	case err != nil && !fault.Is(err, "roster.stale"):
		return nil, err
	case len(events) > 0: // what of it is stale stays out, the rest is news
		return events, nil
	default:
		return nil, cmp.Or(stale, err)
	}
}
