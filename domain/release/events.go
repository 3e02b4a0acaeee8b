package release

import "qbank/domain/event"

// Planned starts a release's history with all that it is to do.
type Planned struct {
	Plan Plan `json:"plan"`
}

// Started lets the first step's share in.
type Started struct {
	Weight int   `json:"weight"`
	At     int64 `json:"at"`             // microseconds
	Late   int64 `json:"late,omitempty"` // microseconds after the instant that was planned, where that is worth saying
}

// Advanced takes the next step, because of figures where it needed any.
type Advanced struct {
	Step    int      `json:"step"` // index of the step that holds from now on
	Weight  int      `json:"weight"`
	At      int64    `json:"at"` // microseconds
	Figures *Figures `json:"figures,omitempty"`
}

// Widened gives the candidate a larger share by hand.
type Widened struct {
	Weight int    `json:"weight"`
	At     int64  `json:"at"` // microseconds
	Reason string `json:"reason"`
}

// Paused stops the steps; who is in stays in, and who comes is let in by the share as it is.
type Paused struct {
	Reason string `json:"reason"`
}

// Resumed lets the steps go on; the step's hold begins anew.
type Resumed struct {
	At int64 `json:"at"` // microseconds
}

// Frozen lets no one new in and no one out.
type Frozen struct {
	Reason string `json:"reason"`
}

// Thawed ends that; the step's hold begins anew.
type Thawed struct {
	At int64 `json:"at"` // microseconds
}

// RolledBack takes the candidate away from everybody who has not begun with it.
type RolledBack struct {
	Reason  string   `json:"reason"`
	Figures *Figures `json:"figures,omitempty"` // that it rests on, where it does
}

// Finished makes the candidate what everybody gets.
type Finished struct {
	Figures *Figures `json:"figures,omitempty"`
}

// Cancelled ends a release that never started.
type Cancelled struct {
	Reason string `json:"reason"`
}

// Name returns the event's type.
func (Planned) Name() string { return "release.planned" }

// Name returns the event's type.
func (Started) Name() string { return "release.started" }

// Name returns the event's type.
func (Advanced) Name() string { return "release.advanced" }

// Name returns the event's type.
func (Widened) Name() string { return "release.widened" }

// Name returns the event's type.
func (Paused) Name() string { return "release.paused" }

// Name returns the event's type.
func (Resumed) Name() string { return "release.resumed" }

// Name returns the event's type.
func (Frozen) Name() string { return "release.frozen" }

// Name returns the event's type.
func (Thawed) Name() string { return "release.thawed" }

// Name returns the event's type.
func (RolledBack) Name() string { return "release.rolled_back" }

// Name returns the event's type.
func (Finished) Name() string { return "release.completed" }

// Name returns the event's type.
func (Cancelled) Name() string { return "release.cancelled" }

// Events defines every event of a release.
var Events = []event.Definition{
	event.Define[Planned](), event.Define[Started](), event.Define[Advanced](), event.Define[Widened](), event.Define[Paused](), event.Define[Resumed](),
	event.Define[Frozen](), event.Define[Thawed](), event.Define[RolledBack](), event.Define[Finished](), event.Define[Cancelled](),
}
