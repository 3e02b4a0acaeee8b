package pseudo

import (
	"github.com/google/uuid"

	"qbank/domain/event"
)

// Opened begins a ticket.
type Opened struct {
	Org         string    `json:"org"` // where the student learns
	Environment string    `json:"environment"`
	Staff       string    `json:"staff"`   // opaque id of who looks
	Student     string    `json:"student"` // as the student's own tokens name the student
	Person      uuid.UUID `json:"person"`  // the same, as an opaque id
	Reason      string    `json:"reason"`
	Write       bool      `json:"write,omitempty"` // asks to answer too, apart from the student's own attempts
	At          int64     `json:"at"`              // microseconds
	Until       int64     `json:"until"`           // microseconds: it ends then, whatever happens
}

// Approved lets the ticket's holder answer.
type Approved struct {
	By string `json:"by"`
}

// Minted is a token given out.
type Minted struct {
	At      int64 `json:"at"`
	Expires int64 `json:"expires"`
}

// Closed ends a ticket before its time.
type Closed struct {
	By      string `json:"by"`
	Reason  string `json:"reason,omitempty"`
	Revoked bool   `json:"revoked,omitempty"` // by another than its holder
}

// Name returns the event's type.
func (Opened) Name() string { return "pseudo.opened" }

// Name returns the event's type.
func (Approved) Name() string { return "pseudo.approved" }

// Name returns the event's type.
func (Minted) Name() string { return "pseudo.minted" }

// Name returns the event's type.
func (Closed) Name() string { return "pseudo.closed" }

// Events defines every event of a ticket.
var Events = []event.Definition{event.Define[Opened](), event.Define[Approved](), event.Define[Minted](), event.Define[Closed]()}
