package commands

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/fault"
	"qbank/domain/roster"
	"qbank/domain/text"
	"qbank/eventstore"
)

// Person is a student, a teacher or a tutor as the organisation knows them.
type Person struct {
	Number string // the organisation's own
	Name   string // for people to read; kept outside the log
}

// people are persons by opaque id, with the names that are to be kept of them.
type people struct {
	ids   []uuid.UUID
	names map[uuid.UUID]string
}

// peopleOf checks persons and finds their ids; field is where they stand in the input.
func (w *Work) peopleOf(field string, list []Person) (people, error) {
	p := people{ids: make([]uuid.UUID, len(list)), names: map[uuid.UUID]string{}}
	if len(list) > roster.MaxMembers {
		return p, fault.Refuse(fault.Limit, "student.too_many", fault.Say("at most %d people at once", "一次最多 %d 人", roster.MaxMembers))
	}
	for i, person := range list {
		at := "/" + field + "/" + strconv.Itoa(i)
		problems := append(text.Check(at+"/number", person.Number, 1, roster.MaxCode), text.Check(at+"/name", person.Name, 0, text.Title)...)
		if len(problems) > 0 {
			return p, fault.Refuse(fault.Invalid, "student.invalid", fault.Say("a person needs a number (1 to %d characters) and a name of at most %d",
				"人员需要学号或工号（1 到 %d 个字符），姓名不超过 %d 个字符", roster.MaxCode, text.Title), problems...)
		}
		p.ids[i] = roster.PersonID(w.Actor.Scope.Org, person.Number)
		if person.Name != "" {
			p.names[p.ids[i]] = person.Name
		}
	}
	return p, nil
}

// keep stores the names, after what they stand in was accepted: what is refused leaves no name behind.
func (p people) keep(ctx context.Context, w *Work) error {
	if len(p.names) == 0 {
		return nil
	}
	return w.People.KeepNames(ctx, p.names, w.Actor.Scope.Org)
}

// numbered are persons of whom nothing but the number is known.
func numbered(numbers []string) []Person {
	list := make([]Person, len(numbers))
	for i, number := range numbers {
		list[i].Number = number
	}
	return list
}

// inRoster finds the id of a node or class that another refers to by its code. That it is there is a fact that stays.
func (w *Work) inRoster(ctx context.Context, field, code string, id func(org, code string) uuid.UUID) (uuid.UUID, error) {
	if problems := text.Check("/"+field, code, 1, roster.MaxCode); len(problems) > 0 {
		return uuid.Nil, fault.Refuse(fault.Invalid, "roster.invalid", fault.Say("this cannot be kept in the roster", "无法写入花名册"), problems...)
	}
	found := id(w.Actor.Scope.Org, code)
	first, err := w.Log.ReadStream(ctx, found, eventstore.Range{To: 1})
	if err != nil {
		return uuid.Nil, err
	}
	if len(first) == 0 {
		return uuid.Nil, roster.Unknown(field, code)
	}
	return found, nil
}

// nodeID makes ids of one kind.
func nodeID(kind roster.Kind) func(org, code string) uuid.UUID {
	return func(org, code string) uuid.UUID { return roster.NodeID(org, kind, code) }
}
