package attempt

import (
	"bytes"
	"encoding/json"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/regrade"
	"qbank/domain/release"
	"qbank/domain/scoring"
)

// Item is one pinned question.
type Item struct {
	Slot     lesson.Slot         `json:"slot"`
	Question uuid.UUID           `json:"question"`
	Version  int                 `json:"version"`
	Type     qtype.Ref           `json:"type"`
	Public   content.Hash        `json:"public"` // hash of the public view
	Max      scoring.Mark        `json:"max"`
	Reason   release.Reason      `json:"reason"`          // why this version
	By       uuid.UUID           `json:"by,omitzero"`     // the reissue or session that it is owed to; the release's own versions have none
	Orders   map[string][]string `json:"orders,omitzero"` // by list pointer, the ids in the order shown
	Keep     bool                `json:"keep,omitempty"`  // the place keeps its version, whatever is reissued: an exam that says so
}

// Started pins everything.
type Started struct {
	Environment string        `json:"environment"`
	Org         string        `json:"org"`
	Student     string        `json:"student"`
	Lesson      uuid.UUID     `json:"lesson"`
	Version     int           `json:"version"` // of the lesson
	Release     uuid.UUID     `json:"release"`
	Number      int           `json:"number"` // 1, 2, 3 … of this student at this lesson, or in this session
	Seed        uint64        `json:"seed,string"`
	Attempts    int           `json:"attempts,omitempty"` // how many there are; 0: as many as one likes
	Reveal      lesson.Reveal `json:"reveal"`
	Classes     []uuid.UUID   `json:"classes,omitempty"` // of the student, at the start
	Session     uuid.UUID     `json:"session,omitzero"`  // the class session it belongs to; none outside class
	Items       []Item        `json:"items"`
	Snapshot    int64         `json:"snapshot"` // position of the read model that the pins were resolved from
	At          int64         `json:"at"`       // microseconds
}

// Repinned gives places that are not answered yet another version: something was reissued to the student. The places keep their names, questions and
// marks; what is answered from here on is judged by the new version.
type Repinned struct {
	Items []Item `json:"items"` // as they are from here on
	At    int64  `json:"at"`    // microseconds
}

// Answered is one answer, scored. What the score is stays with the server until solutions are revealed.
type Answered struct {
	Key      string           `json:"key"`
	Slot     lesson.Slot      `json:"slot"`
	Response json.RawMessage  `json:"response,omitempty"` // canonical
	Sealed   []byte           `json:"sealed,omitempty"`   // instead of Response, where it holds free text: enciphered with the person's key
	Digest   []byte           `json:"digest,omitempty"`   // of the payload, keyed with the person's key; with Sealed only
	Status   scoring.Status   `json:"status"`
	Fraction scoring.Fraction `json:"fraction"`
	Mark     scoring.Mark     `json:"mark"`
	Parts    []scoring.Part   `json:"parts,omitempty"`     // what the score is made of: the options chosen, the pairs, the answer matched
	At       int64            `json:"at"`                  // microseconds, when it was received
	ClientAt int64            `json:"client_at,omitempty"` // microseconds, when it was given, by the client's clock set right
	Mono     []float64        `json:"mono,omitempty"`      // what that was reckoned from: the client's monotonic clock when it answered and when it sent, milliseconds
}

// Finished closes the attempt.
type Finished struct {
	Total   scoring.Mark `json:"total"`
	Max     scoring.Mark `json:"max"`
	Pending int          `json:"pending"` // answers that wait for a mark by hand
	At      int64        `json:"at"`
	// Withdrawn are places that were not answered and could not be: what stands there was taken down. They count for nothing.
	Withdrawn []lesson.Slot `json:"withdrawn,omitempty"`
}

// Graded is a mark given by hand to the answer that counts at a place.
type Graded struct {
	Slot lesson.Slot  `json:"slot"`
	Key  string       `json:"key"` // of the answer that was judged
	Mark scoring.Mark `json:"mark"`
	By   string       `json:"by"`
	// What was said with it is about the student, so it is enciphered with the student's key; earlier events have it as Note.
	Note   string `json:"note,omitempty"`
	Sealed []byte `json:"sealed,omitempty"`
	Digest []byte `json:"digest,omitempty"` // of the note, keyed with the student's key; with Sealed only
}

// same reports whether another mark is the same and says the same.
func (g Graded) same(other Graded) bool {
	return g.Mark == other.Mark && g.Note == other.Note && bytes.Equal(g.Digest, other.Digest)
}

// GradeRevised replaces the mark of the answer that counts at a place: its version's key was wrong, and a regrade stands. The mark before stays where
// it was given; see package regrade.
type GradeRevised struct {
	Slot     lesson.Slot      `json:"slot"`
	Key      string           `json:"key"` // of the answer
	Regrade  uuid.UUID        `json:"regrade"`
	Round    int              `json:"round"`   // of the regrade, which may be revoked and approved again
	Policy   regrade.Policy   `json:"policy"`  // why it is this mark
	Version  int              `json:"version"` // of the question, whose key is right
	Was      scoring.Mark     `json:"was"`
	Status   scoring.Status   `json:"status"`
	Fraction scoring.Fraction `json:"fraction"`
	Mark     scoring.Mark     `json:"mark"`
	Parts    []scoring.Part   `json:"parts,omitempty"`
	Dropped  scoring.Mark     `json:"dropped,omitempty"` // marks that are not to be had any more
}

// GradeRestored takes a revision back: the mark before holds again, and is repeated here.
type GradeRestored struct {
	Slot    lesson.Slot    `json:"slot"`
	Key     string         `json:"key"`
	Regrade uuid.UUID      `json:"regrade"`
	Round   int            `json:"round"`
	Status  scoring.Status `json:"status"`
	Mark    scoring.Mark   `json:"mark"`
	Parts   []scoring.Part `json:"parts,omitempty"`
}

// Name returns the event's type.
func (GradeRevised) Name() string { return "attempt.grade_revised" }

// Name returns the event's type.
func (GradeRestored) Name() string { return "attempt.grade_restored" }

// Name returns the event's type.
func (Started) Name() string { return "attempt.started" }

// Name returns the event's type.
func (Repinned) Name() string { return "attempt.repinned" }

// Name returns the event's type.
func (Answered) Name() string { return "attempt.answered" }

// Name returns the event's type.
func (Finished) Name() string { return "attempt.finished" }

// Name returns the event's type.
func (Graded) Name() string { return "attempt.graded" }

// Events defines every event of an attempt.
var Events = []event.Definition{event.Define[Started](), event.Define[Answered](), event.Define[Finished](), event.Define[Graded](),
	event.Define[ShadowStarted](), event.Define[ShadowAnswered](), event.Define[ShadowFinished](),
	event.Define[GradeRevised](), event.Define[GradeRestored](), event.Define[Repinned]()}
