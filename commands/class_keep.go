package commands

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/roster"
	"qbank/domain/text"
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
	if err := checkStudents(c.Students); err != nil {
		return err
	}
	names := make(map[uuid.UUID]string, len(c.Students))
	ids := make([]uuid.UUID, 0, len(c.Students))
	for _, s := range c.Students {
		id := roster.PersonID(org, s.Number)
		ids = append(ids, id)
		if s.Name != "" {
			names[id] = s.Name
		}
	}
	err := decide(ctx, w, roster.ClassID(org, c.Code), func(class roster.Class) ([]event.Event, error) {
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
	if err != nil || len(names) == 0 {
		return err
	}
	return w.People.KeepNames(ctx, names) // of members only: what is refused leaves no name behind
}

func checkStudents(students []Student) error {
	if len(students) > roster.MaxMembers {
		return tooManyStudents()
	}
	for i, s := range students {
		at := "/students/" + strconv.Itoa(i)
		problems := append(text.Check(at+"/number", s.Number, 1, roster.MaxCode), text.Check(at+"/name", s.Name, 0, text.Title)...)
		if len(problems) > 0 {
			return fault.Refuse(fault.Invalid, "student.invalid", fault.Say("a student needs a number (1 to %d characters) and a name of at most %d",
				"学生需要学号（1 到 %d 个字符），姓名不超过 %d 个字符", roster.MaxCode, text.Title), problems...)
		}
	}
	return nil
}

func tooManyStudents() error {
	return fault.Refuse(fault.Limit, "student.too_many", fault.Say("at most %d students at once", "一次最多 %d 名学生", roster.MaxMembers))
}
