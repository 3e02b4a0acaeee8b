package roster

import (
	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// StudentFacts are what rules may ask about a student beside the classes, all of it at once. A name is none of them.
type StudentFacts struct {
	Grade  string `json:"grade,omitempty"`
	Region string `json:"region,omitempty"`
}

// StudentDescribed says of a student what holds from then on.
type StudentDescribed struct {
	Org     string    `json:"org"`
	Student uuid.UUID `json:"student"`
	StudentFacts
	AsOf AsOf `json:"as_of,omitzero"`
}

// Name returns the event's type.
func (StudentDescribed) Name() string { return "student.described" }

// Student is what is known of a person as a student.
type Student struct {
	Revision int
	StudentFacts
	AsOf AsOf
}

// Describe keeps the facts; nothing happens where they are known already.
func (s Student) Describe(org string, student uuid.UUID, facts StudentFacts, asOf AsOf, now int64) ([]event.Event, error) {
	if problems := append(text.Check("/grade", facts.Grade, 0, maxFact), text.Check("/region", facts.Region, 0, maxFact)...); len(problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "student.invalid",
			fault.Say("a grade and a region have at most %d characters", "年级和地区均不超过 %d 个字符", maxFact), problems...)
	}
	if err := asOf.Check(now); err != nil {
		return nil, err
	}
	said := Statement{Said: asOf, Known: s.AsOf, Now: now, Same: s.StudentFacts == facts}
	switch tell, stale := said.Heard(); {
	case stale:
		return nil, Stale()
	case tell:
		return []event.Event{StudentDescribed{Org: org, Student: student, StudentFacts: facts, AsOf: said.Of()}}, nil
	}
	return nil, nil
}

// Apply folds one event.
func (s Student) Apply(e event.Event) Student {
	s.Revision++
	if e, ok := e.(StudentDescribed); ok {
		s.StudentFacts, s.AsOf = e.StudentFacts, e.AsOf
	}
	return s
}
