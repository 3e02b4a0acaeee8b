package paper

import (
	"github.com/google/uuid"

	"qbank/domain/event"
)

// Created starts a paper.
type Created struct {
	Org  string `json:"org"`
	Plan Plan   `json:"plan"`
}

// Edited replaces the plan.
type Edited struct {
	Plan Plan `json:"plan"`
}

// Assembled replaces the plan by one with the questions that were found for its blueprints.
type Assembled struct {
	Plan      Plan             `json:"plan"`
	Targets   []string         `json:"targets,omitempty"` // sections and pools; none: all with a blueprint
	For       Audience         `json:"for,omitzero"`
	Report    Report           `json:"report"`
	Positions map[string]int64 `json:"positions"` // of the read models that the candidates were read from
}

// Audience is whom a paper is for.
type Audience struct {
	Classes  []uuid.UUID `json:"classes,omitempty"`
	Students []string    `json:"students,omitempty"` // opaque
}

// Published makes the plan an immutable, numbered version, which names exact versions of its questions.
type Published struct {
	Version int       `json:"version"`
	Plan    Plan      `json:"plan"`
	Unmet   []Finding `json:"unmet,omitempty"`  // what its blueprints demand and it does not have, as was accepted
	Reason  string    `json:"reason,omitempty"` // for accepting that
}

// Retired takes the paper out of use.
type Retired struct {
	Reason string `json:"reason"`
}

// Name returns the event's type.
func (Created) Name() string { return "paper.created" }

// Name returns the event's type.
func (Edited) Name() string { return "paper.edited" }

// Name returns the event's type.
func (Assembled) Name() string { return "paper.assembled" }

// Name returns the event's type.
func (Published) Name() string { return "paper.published" }

// Name returns the event's type.
func (Retired) Name() string { return "paper.retired" }

// Events defines every event of a paper.
var Events = []event.Definition{event.Define[Created](), event.Define[Edited](), event.Define[Assembled](), event.Define[Published](), event.Define[Retired]()}
