package roster

import (
	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

var (
	classSpace  = uuid.MustParse("8d7c1d3e-53bb-5b1c-8f0b-1f1f8e7a3c03")
	personSpace = uuid.MustParse("1b0a5f92-08f6-5f2f-9e43-6f3cb2a84d04")
)

// ClassID is the id of the class that an organisation knows by a code of its own.
func ClassID(org, code string) uuid.UUID { return uuid.NewSHA1(classSpace, []byte(org+"\x00"+code)) }

// PersonID is the opaque id of the person whom an organisation knows by a number of its own.
func PersonID(org, number string) uuid.UUID {
	return uuid.NewSHA1(personSpace, []byte(org+"\x00"+number))
}

// PersonOf is the opaque id behind the subject of a token: the id itself, or one made from what another system calls the person.
func PersonOf(subject string) uuid.UUID {
	if id, err := uuid.Parse(subject); err == nil {
		return id
	}
	return uuid.NewSHA1(personSpace, []byte("\x00"+subject))
}

// ClassCreated starts a class.
type ClassCreated struct {
	Org   string `json:"org"`
	Code  string `json:"code"` // the organisation's own
	Title string `json:"title"`
}

// ClassRenamed gives a class another title.
type ClassRenamed struct {
	Title string `json:"title"`
}

// MembersJoined puts students into a class.
type MembersJoined struct {
	Students []uuid.UUID `json:"students"`
}

// MembersLeft takes students out of a class.
type MembersLeft struct {
	Students []uuid.UUID `json:"students"`
}

// Name returns the event's type.
func (ClassCreated) Name() string { return "class.created" }

// Name returns the event's type.
func (ClassRenamed) Name() string { return "class.renamed" }

// Name returns the event's type.
func (MembersJoined) Name() string { return "class.members_joined" }

// Name returns the event's type.
func (MembersLeft) Name() string { return "class.members_left" }

// Events defines every event of a class.
var Events = []event.Definition{
	event.Define[ClassCreated](), event.Define[ClassRenamed](), event.Define[MembersJoined](), event.Define[MembersLeft](),
}

// The bounds of a class.
const (
	MaxMembers = 10_000
	MaxCode    = 100 // characters; of a class, and of a student's number
)

// Class is who is in a class.
type Class struct {
	Revision int
	Org      string
	Title    string
	Members  map[uuid.UUID]bool
}

// Keep creates the class or renames it; nothing happens where it is as wanted already.
func (c Class) Keep(org, code, title string) ([]event.Event, error) {
	if problems := append(text.Check("/code", code, 1, MaxCode), text.Check("/title", title, 1, text.Title)...); len(problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "class.invalid",
			fault.Say("a class needs a code (1 to %d characters) and a title (1 to %d)", "班级需要编号（1 到 %d 个字符）和名称（1 到 %d 个字符）",
				MaxCode, text.Title), problems...)
	}
	switch {
	case c.Revision == 0:
		return []event.Event{ClassCreated{Org: org, Code: code, Title: title}}, nil
	case c.Title != title:
		return []event.Event{ClassRenamed{Title: title}}, nil
	}
	return nil, nil
}

// Join puts students in; those who are in already stay.
func (c Class) Join(students []uuid.UUID) ([]event.Event, error) {
	if err := c.exists(); err != nil {
		return nil, err
	}
	fresh := c.pick(students, false)
	if len(c.Members)+len(fresh) > MaxMembers {
		return nil, fault.Refuse(fault.Limit, "class.full", fault.Say("a class has at most %d members", "一个班级最多 %d 人", MaxMembers))
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	return []event.Event{MembersJoined{Students: fresh}}, nil
}

// Leave takes students out; those who are not in are passed over.
func (c Class) Leave(students []uuid.UUID) ([]event.Event, error) {
	if err := c.exists(); err != nil {
		return nil, err
	}
	leaving := c.pick(students, true)
	if len(leaving) == 0 {
		return nil, nil
	}
	return []event.Event{MembersLeft{Students: leaving}}, nil
}

// pick returns the students, each once, whose membership is as asked.
func (c Class) pick(students []uuid.UUID, member bool) []uuid.UUID {
	var picked []uuid.UUID
	seen := make(map[uuid.UUID]bool, len(students))
	for _, s := range students {
		if !seen[s] && c.Members[s] == member {
			picked = append(picked, s)
		}
		seen[s] = true
	}
	return picked
}

func (c Class) exists() error {
	if c.Revision == 0 {
		return fault.Refuse(fault.NotFound, "class.not_found", fault.Say("there is no such class", "没有这个班级"))
	}
	return nil
}

// Apply folds one event. It consumes its receiver: the map goes on in the result.
func (c Class) Apply(e event.Event) Class {
	c.Revision++
	switch e := e.(type) {
	case ClassCreated:
		c.Org, c.Title, c.Members = e.Org, e.Title, map[uuid.UUID]bool{}
	case ClassRenamed:
		c.Title = e.Title
	case MembersJoined:
		for _, s := range e.Students {
			c.Members[s] = true
		}
	case MembersLeft:
		for _, s := range e.Students {
			delete(c.Members, s)
		}
	}
	return c
}
