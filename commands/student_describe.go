package commands

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

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

// Do keeps what is said. Of those who were erased, nothing is: feeds go on naming them.
func (c DescribeStudent) Do(ctx context.Context, w *Work) error {
	known, err := w.peopleOf("students", []Person{c.Student})
	if err != nil {
		return err
	}
	if err := c.Check(); err != nil { // what is refused leaves no key behind
		return err
	}
	student := known.ids[0]
	if erased, err := w.People.Erased(ctx, known.ids); err != nil || erased[student] {
		return err
	}
	d, err := c.sealed(ctx, w, student)
	if err != nil {
		return err
	}
	w.person = student
	err = decide(ctx, w, roster.StudentStream(student), func(s roster.Student) ([]event.Event, error) {
		return s.Describe(d, c.StudentFacts, w.meta.At)
	})
	if err != nil {
		return err
	}
	return known.keep(ctx, w)
}

// sealed is what is said as it stands in the log.
func (c DescribeStudent) sealed(ctx context.Context, w *Work, student uuid.UUID) (roster.StudentDescribed, error) {
	d := roster.StudentDescribed{Org: w.Actor.Scope.Org, Student: student, AsOf: c.AsOf}
	if c.StudentFacts == (roster.StudentFacts{}) {
		return d, nil
	}
	facts, err := json.Marshal(c.StudentFacts)
	if err != nil {
		return d, fmt.Errorf("encode what is said of a student: %w", err)
	}
	d.Sealed, d.Digest, err = w.People.Seal(ctx, student, facts)
	return d, err
}
