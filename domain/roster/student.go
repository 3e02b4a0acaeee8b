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

// StudentDescribed says of a student what holds from then on. The facts are about a person, so they are enciphered with the student's key; where nothing
// is sealed, they are as they stand: earlier events have them so.
type StudentDescribed struct {
	Org     string    `json:"org"`
	Student uuid.UUID `json:"student"`
	StudentFacts
	Sealed []byte `json:"sealed,omitempty"` // JSON of the facts
	Digest []byte `json:"digest,omitempty"` // of that, keyed with the student's key; with Sealed only
	AsOf   AsOf   `json:"as_of,omitzero"`
}

// Name returns the event's type.
func (StudentDescribed) Name() string { return "student.described" }

// Student is what is known of a person as a student.
type Student struct {
	Revision int
	Digest   string // of the facts; "": StudentFacts has them
	StudentFacts
	AsOf AsOf
}

// Check refuses facts that cannot be kept.
func (f StudentFacts) Check() error {
	if problems := append(text.Check("/grade", f.Grade, 0, maxFact), text.Check("/region", f.Region, 0, maxFact)...); len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "student.invalid",
			fault.Say("a grade and a region have at most %d characters", "年级和地区均不超过 %d 个字符", maxFact), problems...)
	}
	return nil
}

// Describe keeps what d says; nothing happens where that is known already. facts are what d has sealed, or has as it stands.
func (s Student) Describe(d StudentDescribed, facts StudentFacts, now int64) ([]event.Event, error) {
	if err := facts.Check(); err != nil {
		return nil, err
	}
	if err := d.AsOf.Check(now); err != nil {
		return nil, err
	}
	said := Statement{Said: d.AsOf, Known: s.AsOf, Now: now, Same: s.says(facts, d.Digest)}
	switch tell, stale := said.Heard(); {
	case stale:
		return nil, Stale()
	case tell:
		d.AsOf = said.Of()
		return []event.Event{d}, nil
	}
	return nil, nil
}

// says reports whether these facts are known.
func (s Student) says(facts StudentFacts, digest []byte) bool {
	if s.Digest == "" {
		return s.StudentFacts == facts
	}
	return s.Digest == string(digest)
}

// Apply folds one event.
func (s Student) Apply(e event.Event) Student {
	s.Revision++
	if e, ok := e.(StudentDescribed); ok {
		s.StudentFacts, s.Digest, s.AsOf = e.StudentFacts, string(e.Digest), e.AsOf
	}
	return s
}
