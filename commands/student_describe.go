package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/roster"
)

// DescribeStudent says of a student what rules may ask, all of it at once, and the name, where it is given.
type DescribeStudent struct {
	Student Person
	roster.StudentFacts
	AsOf roster.AsOf
}

// Needs the right to write the roster.
func (DescribeStudent) Needs() access.Permission { return access.WriteRoster }

// Do keeps what is said.
func (c DescribeStudent) Do(ctx context.Context, w *Work) error {
	known, err := w.peopleOf("students", []Person{c.Student})
	if err != nil {
		return err
	}
	student := known.ids[0]
	w.person = student
	err = decide(ctx, w, roster.StudentStream(student), func(s roster.Student) ([]event.Event, error) {
		return s.Describe(w.Actor.Scope.Org, student, c.StudentFacts, c.AsOf, w.meta.At)
	})
	if err != nil {
		return err
	}
	return known.keep(ctx, w)
}
