package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/roster"
)

// JoinClass puts students into a class that is there, for a while or without end.
type JoinClass struct {
	Code     string
	Students []Person
	roster.Window
	AsOf roster.AsOf
}

// Needs the right to write the roster.
func (JoinClass) Needs() access.Permission { return access.WriteRoster }

// Do puts the students in.
func (c JoinClass) Do(ctx context.Context, w *Work) error {
	students, err := w.peopleOf("students", c.Students)
	if err != nil {
		return err
	}
	class, err := w.inRoster(ctx, "class", c.Code, roster.ClassID)
	if err != nil {
		return err
	}
	err = decide(ctx, w, class, func(class roster.Class) ([]event.Event, error) {
		return class.Join(students.ids, c.Window, c.AsOf, w.meta.At)
	})
	if err != nil {
		return err
	}
	return students.keep(ctx, w)
}
