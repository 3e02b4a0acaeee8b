package roster

import (
	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
)

// MembersJoined puts students into a class, or says it of those who are in anew.
type MembersJoined struct {
	Students []uuid.UUID `json:"students"`
	Window               // when they are members
	AsOf     AsOf        `json:"as_of,omitzero"`
}

// MembersLeft takes students out of a class.
type MembersLeft struct {
	Students []uuid.UUID `json:"students"`
	AsOf     AsOf        `json:"as_of,omitzero"`
}

// Name returns the event's type.
func (MembersJoined) Name() string { return "class.members_joined" }

// Name returns the event's type.
func (MembersLeft) Name() string { return "class.members_left" }

// Member is how a student stands to a class.
type Member struct {
	In bool
	Window
	AsOf AsOf
}

// Join puts students in for a while; those who are in already stay. Said as of here and now without a window, it leaves theirs alone, unless it is
// over.
func (c Class) Join(students []uuid.UUID, window Window, asOf AsOf, now int64) ([]event.Event, error) {
	if problems := window.check(); len(problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "class.window", fault.Say("the membership ends before it begins", "成员的结束时间早于开始时间"), problems...)
	}
	told, of, err := c.say(students, asOf, now, func(m Member) bool {
		return m.In && (m.Window == window || asOf.IsZero() && window == Window{} && (m.Until == 0 || m.Until > now))
	})
	if err != nil || len(told) == 0 {
		return nil, err
	}
	size := c.Size
	for _, s := range told {
		if !c.Members[s].In {
			size++
		}
	}
	if size > MaxMembers {
		return nil, fault.Refuse(fault.Limit, "class.full", fault.Say("a class has at most %d members", "一个班级最多 %d 人", MaxMembers))
	}
	return []event.Event{MembersJoined{Students: told, Window: window, AsOf: of}}, nil
}

// Leave takes students out. Those who are not in are passed over; that they are not, as of an instant, is kept in mind.
func (c Class) Leave(students []uuid.UUID, asOf AsOf, now int64) ([]event.Event, error) {
	told, of, err := c.say(students, asOf, now, func(m Member) bool { return !m.In })
	if err != nil || len(told) == 0 {
		return nil, err
	}
	return []event.Event{MembersLeft{Students: told, AsOf: of}}, nil
}

// say picks the students, each once, of whom a statement is news, and says of when it is. It is stale where it is that for some and news
// of none.
func (c Class) say(students []uuid.UUID, asOf AsOf, now int64, same func(Member) bool) (told []uuid.UUID, of AsOf, err error) {
	if err := c.exists(); err != nil {
		return nil, of, err
	}
	if err := asOf.Check(now); err != nil {
		return nil, of, err
	}
	outdated := false
	seen := make(map[uuid.UUID]bool, len(students))
	for _, student := range students {
		if seen[student] {
			continue
		}
		seen[student] = true
		s := Statement{Said: asOf, Known: c.Members[student].AsOf, Now: now, Same: same(c.Members[student])}
		tell, stale := s.Heard()
		outdated = outdated || stale
		if !tell {
			continue
		}
		told = append(told, student)
		if later := s.Of(); later.after(of) {
			of = later
		}
	}
	if outdated && len(told) == 0 {
		return nil, of, Stale()
	}
	return told, of, nil
}

// seat writes down how a student stands to the class.
func (c *Class) seat(student uuid.UUID, m Member) {
	switch was := c.Members[student].In; {
	case m.In && !was:
		c.Size++
	case was && !m.In:
		c.Size--
	}
	c.Members[student] = m
}
