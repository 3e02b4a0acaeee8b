package regrade

import (
	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/scoring"
)

// Proposed says that answers to some versions of a question were scored by a wrong key.
type Proposed struct {
	Environment string    `json:"environment"`
	Org         string    `json:"org"` // of the attempts
	Question    uuid.UUID `json:"question"`
	From        int       `json:"from"` // the first wrong version
	To          int       `json:"to"`   // the erratum that puts it right; wrong are the versions before it
}

// Assessed is what a regrade would do, or is doing, to the marks that are there.
type Assessed struct {
	Figures Figures `json:"figures"`
}

// Asked wants the regrade under a policy.
type Asked struct {
	Policy Policy `json:"policy"`
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// Approved makes the regrade stand.
type Approved struct {
	Policy  Policy  `json:"policy"`
	Round   int     `json:"round"` // 1, 2, 3 … of this regrade
	By      string  `json:"by"`
	Note    string  `json:"note,omitempty"`
	Figures Figures `json:"figures"` // that it rested on
}

// Declined leaves the marks as they are.
type Declined struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// Revoked gives back the marks there were before.
type Revoked struct {
	Round  int    `json:"round"`
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// Figures are what each policy would do.
type Figures struct {
	Attempts int     `json:"attempts"` // with an answer to a wrong version
	Answers  int     `json:"answers"`
	Unread   int     `json:"unread,omitempty"` // of them, those that cannot be scored anew: erased, marked by hand, or not fitting the erratum
	Better   Outcome `json:"better"`
	Exact    Outcome `json:"exact"`
	Full     Outcome `json:"full"`
	Drop     Outcome `json:"drop"`
	Position int64   `json:"position"` // of the read model that named the attempts
	At       int64   `json:"at"`       // microseconds
}

// Outcome is what a policy would do to the marks.
type Outcome struct {
	Gain  int          `json:"gain"` // answers that gain marks
	Lose  int          `json:"lose"`
	Delta scoring.Mark `json:"delta"` // all together
}

// Name returns the event's type.
func (Proposed) Name() string { return "regrade.proposed" }

// Name returns the event's type.
func (Assessed) Name() string { return "regrade.assessed" }

// Name returns the event's type.
func (Asked) Name() string { return "regrade.asked" }

// Name returns the event's type.
func (Approved) Name() string { return "regrade.approved" }

// Name returns the event's type.
func (Declined) Name() string { return "regrade.declined" }

// Name returns the event's type.
func (Revoked) Name() string { return "regrade.revoked" }

// Events defines every event of a regrade.
var Events = []event.Definition{
	event.Define[Proposed](), event.Define[Assessed](), event.Define[Asked](), event.Define[Approved](), event.Define[Declined](), event.Define[Revoked](),
}
