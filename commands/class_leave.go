package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/roster"
)

// LeaveClass takes students out of a class.
type LeaveClass struct {
	Code     string
	Students []string // the organisation's own numbers; those who are not in the class are passed over
}

// Needs the right to write the roster.
func (LeaveClass) Needs() access.Permission { return access.WriteRoster }

// Do takes the students out.
func (c LeaveClass) Do(ctx context.Context, w *Work) error {
	org := w.Actor.Scope.Org
	if len(c.Students) > roster.MaxMembers {
		return tooManyStudents()
	}
	ids := make([]uuid.UUID, len(c.Students))
	for i, number := range c.Students {
		ids[i] = roster.PersonID(org, number)
	}
	return decide(ctx, w, roster.ClassID(org, c.Code), func(class roster.Class) ([]event.Event, error) {
		return class.Leave(ids)
	})
}
