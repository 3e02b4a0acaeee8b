package session

import (
	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/release"
	"qbank/domain/roster"
)

// Plan is what is said of a session before it starts, all of it at once.
type Plan struct {
	Title   string      `json:"title,omitempty"`
	Lesson  uuid.UUID   `json:"lesson"`  // that authors arrange
	Teacher uuid.UUID   `json:"teacher"` // opaque id
	Classes []uuid.UUID `json:"classes"` // each once
	Start   int64       `json:"start"`   // microseconds, as planned
	End     int64       `json:"end"`     // microseconds, as planned
}

// Planned starts a session's life.
type Planned struct {
	Org         string `json:"org"`
	Environment string `json:"environment"`
	Code        string `json:"code"` // the organisation's own
	Plan
	AsOf roster.AsOf `json:"as_of,omitzero"`
}

// Replanned replaces the plan.
type Replanned struct {
	Plan
	AsOf roster.AsOf `json:"as_of,omitzero"`
}

// Pin is the version of one question that everybody in the session gets.
type Pin struct {
	Slot     lesson.Slot    `json:"slot"`
	Question uuid.UUID      `json:"question"`
	Version  int            `json:"version"`
	Type     qtype.Ref      `json:"type"`
	Public   content.Hash   `json:"public"` // hash of the public view
	Reason   release.Reason `json:"reason"` // why it was this version when the session started
}

// Pins are what a session fixes at its start. They need nothing else to be understood later.
type Pins struct {
	Org      string      `json:"org"`     // of the release
	Version  int         `json:"version"` // of the lesson
	Release  uuid.UUID   `json:"release"`
	Plan     lesson.Plan `json:"plan"`     // of that version
	Items    []Pin       `json:"items"`    // in the order of the plan
	Snapshot int64       `json:"snapshot"` // position of the read model that the pins were resolved from
}

// Started pins what is live and opens the session to students.
type Started struct {
	Pins
	At int64 `json:"at"` // microseconds
}

// Ended closes the session: nobody begins in it any more, what was begun may be finished.
type Ended struct {
	At int64 `json:"at"` // microseconds
}

// Cancelled says that the session does not take place.
type Cancelled struct {
	Reason string `json:"reason,omitempty"`
	At     int64  `json:"at"` // microseconds
}

// Admitted lets students of other classes in.
type Admitted struct {
	Students []uuid.UUID `json:"students"`
	At       int64       `json:"at"` // microseconds
}

// Name returns the event's type.
func (Planned) Name() string { return "session.planned" }

// Name returns the event's type.
func (Replanned) Name() string { return "session.replanned" }

// Name returns the event's type.
func (Started) Name() string { return "session.started" }

// Name returns the event's type.
func (Ended) Name() string { return "session.ended" }

// Name returns the event's type.
func (Cancelled) Name() string { return "session.cancelled" }

// Name returns the event's type.
func (Admitted) Name() string { return "session.admitted" }

// Events defines every event of a session.
var Events = []event.Definition{event.Define[Planned](), event.Define[Replanned](), event.Define[Started](), event.Define[Ended](),
	event.Define[Cancelled](), event.Define[Admitted]()}
