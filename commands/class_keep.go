package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/roster"
)

// Student is a person as the organisation knows them.
type Student struct {
	Number string // the organisation's own
	Name   string // for people to read; kept outside the log
}

// KeepClass makes sure that a class exists under its code with this title, and that these students are in it. Doing it
// again changes nothing, so a sheet can simply be loaded anew.
type KeepClass struct {
	Code     string
	Title    string
	Students []Student
}

// Needs the right to write the roster.
func (KeepClass) Needs() access.Permission { return access.WriteRoster }

// Do keeps the class.
func (c KeepClass) Do(ctx context.Context, w *Work) error {
	org := w.Actor.Scope.Org
	names := make(map[uuid.UUID]string, len(c.Students))
	ids := make([]uuid.UUID, 0, len(c.Students))
	for _, s := range c.Students {
		if s.Number == "" || len(s.Number) > 100 || len(s.Name) > 300 {
			return fault.Refuse(fault.Invalid, "student.invalid",
				fault.Say("a student needs a number (1 to 100 bytes) and a name of at most 300 bytes", "学生需要学号（1 到 100 字节），姓名不超过 300 字节"))
		}
		id := roster.PersonID(org, s.Number)
		ids = append(ids, id)
		if s.Name != "" {
			names[id] = s.Name
		}
	}
	if len(names) > 0 {
		if err := w.People.KeepNames(ctx, names); err != nil {
			return err
		}
	}
	return decide(ctx, w, roster.ClassID(org, c.Code), Anything, func(class roster.Class) ([]event.Event, error) {
		kept, err := class.Keep(org, c.Code, c.Title)
		if err != nil {
			return nil, err
		}
		for _, e := range kept {
			class = class.Apply(e)
		}
		joined, err := class.Join(ids)
		return append(kept, joined...), err
	})
}
