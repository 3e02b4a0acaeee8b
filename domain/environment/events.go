package environment

import (
	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
)

// Released makes an exact set of versions live, wholly.
type Released struct {
	Release     uuid.UUID `json:"release"`
	Environment Name      `json:"environment"`
	Org         string    `json:"org"`
	Lesson      uuid.UUID `json:"lesson"`
	Version     int       `json:"version"` // of the lesson
	Questions   []Frozen  `json:"questions"`
	Replaces    uuid.UUID `json:"replaces,omitzero"` // the release that was live before
	Note        string    `json:"note,omitempty"`
}

// Withdrawn takes a lesson off the environment: nobody starts it any more.
type Withdrawn struct {
	Release     uuid.UUID `json:"release"`
	Environment Name      `json:"environment"`
	Lesson      uuid.UUID `json:"lesson"`
	Reason      string    `json:"reason"`
}

// Opened gives a release its lessons, beside what is live of them. The frozen versions stand in the release's own stream; here are
// their hashes.
type Opened struct {
	Release     uuid.UUID    `json:"release"`
	Environment Name         `json:"environment"`
	Set         content.Hash `json:"set"` // of all of it
	Lessons     []Entry      `json:"lessons"`
}

// Entry is a lesson of a release.
type Entry struct {
	Lesson  uuid.UUID    `json:"lesson"`
	Org     string       `json:"org"`
	Version int          `json:"version"` // of the lesson
	Hash    content.Hash `json:"hash"`    // see HashOf
}

// Completed makes a release what is live of its lessons.
type Completed struct {
	Release     uuid.UUID `json:"release"`
	Environment Name      `json:"environment"`
}

// Closed takes a release its lessons.
type Closed struct {
	Release     uuid.UUID `json:"release"`
	Environment Name      `json:"environment"`
}

// Patched brings errata into what is live of a lesson, as a baseline or as a candidate: of some places, the erratum instead of the version it
// corrects. Who has begun keeps what they have.
type Patched struct {
	Release     uuid.UUID    `json:"release"` // that froze what is patched
	Environment Name         `json:"environment"`
	Org         string       `json:"org"`
	Lesson      uuid.UUID    `json:"lesson"`
	Places      []Patch      `json:"places"`
	Was         content.Hash `json:"was"`  // of the versions before; see HashOf
	Hash        content.Hash `json:"hash"` // of those from now on
}

// Patch is a place that gets an erratum.
type Patch struct {
	Slot     string    `json:"slot"`
	Question uuid.UUID `json:"question"`
	From     int       `json:"from"`
	To       int       `json:"to"`
}

// Name returns the event's type.
func (Patched) Name() string { return "release.patched" }

// Name returns the event's type.
func (Released) Name() string { return "release.activated" }

// Name returns the event's type.
func (Withdrawn) Name() string { return "release.withdrawn" }

// Name returns the event's type.
func (Opened) Name() string { return "environment.candidate_opened" }

// Name returns the event's type.
func (Completed) Name() string { return "environment.candidate_completed" }

// Name returns the event's type.
func (Closed) Name() string { return "environment.candidate_closed" }

// Events defines every event of an environment.
var Events = []event.Definition{
	event.Define[Released](), event.Define[Withdrawn](), event.Define[Opened](), event.Define[Completed](), event.Define[Closed](),
	event.Define[Patched](),
}
