package roster

import (
	"slices"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Role is what a person who is no student does in a class.
type Role string

// The roles of a class's staff.
const (
	Teacher Role = "teacher" // 主讲
	Tutor   Role = "tutor"   // 辅导
)

// ClassCreated starts a class.
type ClassCreated struct {
	Org   string `json:"org"`
	Code  string `json:"code"` // the organisation's own
	Title string `json:"title"`
	AsOf  AsOf   `json:"as_of,omitzero"`
}

// ClassRenamed gives a class another title.
type ClassRenamed struct {
	Title string `json:"title"`
	AsOf  AsOf   `json:"as_of,omitzero"`
}

// ClassPlaced makes a class one of a course.
type ClassPlaced struct {
	Course uuid.UUID `json:"course"`
	AsOf   AsOf      `json:"as_of,omitzero"`
}

// ClassStaffed says who does a job in a class, and nobody else.
type ClassStaffed struct {
	Role   Role        `json:"role"`
	People []uuid.UUID `json:"people"`
	AsOf   AsOf        `json:"as_of,omitzero"`
}

// Name returns the event's type.
func (ClassCreated) Name() string { return "class.created" }

// Name returns the event's type.
func (ClassRenamed) Name() string { return "class.renamed" }

// Name returns the event's type.
func (ClassPlaced) Name() string { return "class.placed" }

// Name returns the event's type.
func (ClassStaffed) Name() string { return "class.staffed" }

// ClassFacts are what is said of a class. What is left open stays as it is.
type ClassFacts struct {
	Title    string
	Course   uuid.UUID   // zero: as it is
	Teachers []uuid.UUID // nil: as they are
	Tutors   []uuid.UUID // nil: as they are
}

// Class is who is in a class. Each fact is known as of an instant of its own.
type Class struct {
	Revision   int
	Org        string
	Title      string
	Course     uuid.UUID // zero: of none
	Staff      map[Role][]uuid.UUID
	Members    map[uuid.UUID]Member // those who left too: when they did is known
	Size       int                  // how many are in
	titleAsOf  AsOf
	courseAsOf AsOf
	staffAsOf  map[Role]AsOf
}

// Keep creates the class or changes it; nothing happens where it is as wanted already. now is the deciding node's clock, microseconds.
func (c Class) Keep(org, code string, facts ClassFacts, asOf AsOf, now int64) ([]event.Event, error) {
	if err := checkClass(code, facts); err != nil {
		return nil, err
	}
	if err := asOf.Check(now); err != nil {
		return nil, err
	}
	var events []event.Event
	outdated := false
	say := func(same bool, known AsOf, tell func(AsOf) event.Event) {
		s := Statement{Said: asOf, Known: known, Now: now, Same: same}
		told, stale := s.Heard()
		if told {
			events = append(events, tell(s.Of()))
		}
		outdated = outdated || stale
	}
	say(c.Revision > 0 && c.Title == facts.Title, c.titleAsOf, func(of AsOf) event.Event {
		if c.Revision == 0 {
			return ClassCreated{Org: org, Code: code, Title: facts.Title, AsOf: of}
		}
		return ClassRenamed{Title: facts.Title, AsOf: of}
	})
	if facts.Course != uuid.Nil {
		say(c.Course == facts.Course, c.courseAsOf, func(of AsOf) event.Event { return ClassPlaced{Course: facts.Course, AsOf: of} })
	}
	for _, staff := range []struct {
		role   Role
		people []uuid.UUID
	}{{Teacher, facts.Teachers}, {Tutor, facts.Tutors}} {
		if staff.people != nil {
			people := once(staff.people)
			say(slices.Equal(c.Staff[staff.role], people), c.staffAsOf[staff.role], func(of AsOf) event.Event {
				return ClassStaffed{Role: staff.role, People: people, AsOf: of}
			})
		}
	}
	if outdated && len(events) == 0 {
		return nil, Stale()
	}
	return events, nil
}

func checkClass(code string, facts ClassFacts) error {
	if problems := checkNamed(code, facts.Title); len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "class.invalid",
			fault.Say("a class needs a code (1 to %d characters) and a title (1 to %d)", "班级需要编号（1 到 %d 个字符）和名称（1 到 %d 个字符）",
				MaxCode, text.Title), problems...)
	}
	if len(facts.Teachers) > MaxStaff || len(facts.Tutors) > MaxStaff {
		return fault.Refuse(fault.Limit, "class.staff", fault.Say("a class has at most %d teachers and %[1]d tutors", "一个班级最多 %d 名主讲、%[1]d 名辅导", MaxStaff))
	}
	return nil
}

func (c Class) exists() error {
	if c.Revision == 0 {
		return fault.Refuse(fault.NotFound, "class.not_found", fault.Say("there is no such class", "没有这个班级"))
	}
	return nil
}

// once returns the ids sorted, each once.
func once(ids []uuid.UUID) []uuid.UUID {
	sorted := slices.SortedFunc(slices.Values(ids), compareIDs)
	sorted = slices.Compact(sorted)
	if sorted == nil {
		return []uuid.UUID{}
	}
	return sorted
}

func compareIDs(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }

// Apply folds one event. It consumes its receiver: the maps go on in the result.
func (c Class) Apply(e event.Event) Class {
	c.Revision++
	switch e := e.(type) {
	case ClassCreated:
		c.Org, c.Title, c.titleAsOf = e.Org, e.Title, e.AsOf
		c.Members, c.Staff, c.staffAsOf = map[uuid.UUID]Member{}, map[Role][]uuid.UUID{}, map[Role]AsOf{}
	case ClassRenamed:
		c.Title, c.titleAsOf = e.Title, e.AsOf
	case ClassPlaced:
		c.Course, c.courseAsOf = e.Course, e.AsOf
	case ClassStaffed:
		c.Staff[e.Role], c.staffAsOf[e.Role] = e.People, e.AsOf
	case MembersJoined:
		for _, s := range e.Students {
			c.seat(s, Member{In: true, Window: e.Window, AsOf: e.AsOf})
		}
	case MembersLeft:
		for _, s := range e.Students {
			c.seat(s, Member{AsOf: e.AsOf})
		}
	}
	return c
}
