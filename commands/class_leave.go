package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/roster"
)

// LeaveClass takes students out of a class.
type LeaveClass struct {
	Code     string
	Students []string // the organisation's own numbers; those who are not in the class are passed over
	AsOf     roster.AsOf
}

// Needs the right to write the roster.
func (LeaveClass) Needs() access.Permission { return access.WriteRoster }

// Do takes the students out.
func (c LeaveClass) Do(ctx context.Context, w *Work) error {
	students, err := w.peopleOf("students", numbered(c.Students))
	if err != nil {
		return err
	}
	return decide(ctx, w, roster.ClassID(w.Actor.Scope.Org, c.Code), func(class roster.Class) ([]event.Event, error) {
		return class.Leave(students.ids, c.AsOf, w.meta.At)
	})
}
