package discussion

import (
	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
)

// Kind says what a subject is.
type Kind string

// The kinds of subjects.
const (
	Question Kind = "question"
	Lesson   Kind = "lesson"
)

// Subject is what a discussion is about.
type Subject struct {
	Kind Kind      `json:"kind"`
	ID   uuid.UUID `json:"id"`
}

// space makes ids of discussions from those of their subjects.
var space = uuid.MustParse("b0c0d1f4-5f0e-5d6b-8a3e-2f2f7c1d9e01")

// Stream is the id of the subject's discussion.
func (s Subject) Stream() uuid.UUID {
	return uuid.NewSHA1(space, []byte(string(s.Kind)+"\x00"+s.ID.String()))
}

// ThreadOpened starts a thread with its first comment, whose id is the thread's.
type ThreadOpened struct {
	Subject    Subject     `json:"subject"`
	Org        string      `json:"org"` // the subject's
	Thread     uuid.UUID   `json:"thread"`
	By         string      `json:"by"`
	Text       string      `json:"text"`
	Mentions   []string    `json:"mentions,omitempty"` // opaque ids of people
	Anchor     Anchor      `json:"anchor"`
	Suggestion *Suggestion `json:"suggestion,omitempty"`
}

// Suggestion is a proposed change of a question.
type Suggestion struct {
	Changes []content.Change `json:"changes"` // to the content of the anchor's revision
}

// Replied adds a comment to a thread.
type Replied struct {
	Thread   uuid.UUID `json:"thread"`
	Comment  uuid.UUID `json:"comment"`
	By       string    `json:"by"`
	Text     string    `json:"text"`
	Mentions []string  `json:"mentions,omitempty"`
}

// CommentEdited replaces what a comment says.
type CommentEdited struct {
	Thread   uuid.UUID `json:"thread"`
	Comment  uuid.UUID `json:"comment"`
	Text     string    `json:"text"`
	Mentions []string  `json:"mentions,omitempty"`
}

// CommentDeleted takes away what a comment says; its place stays.
type CommentDeleted struct {
	Thread  uuid.UUID `json:"thread"`
	Comment uuid.UUID `json:"comment"`
}

// Resolved closes a thread.
type Resolved struct {
	Thread uuid.UUID `json:"thread"`
	By     string    `json:"by"`
}

// Reopened opens it again.
type Reopened struct {
	Thread uuid.UUID `json:"thread"`
	By     string    `json:"by"`
}

// SuggestionApplied tells that the question has the suggested change. It closes the thread.
type SuggestionApplied struct {
	Thread   uuid.UUID `json:"thread"`
	By       string    `json:"by"`
	Revision int       `json:"revision"` // of the question, with the change
}

// SuggestionDeclined turns a suggestion down. It closes the thread.
type SuggestionDeclined struct {
	Thread uuid.UUID `json:"thread"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// Name returns the event's type.
func (ThreadOpened) Name() string { return "discussion.thread_opened" }

// Name returns the event's type.
func (Replied) Name() string { return "discussion.replied" }

// Name returns the event's type.
func (CommentEdited) Name() string { return "discussion.comment_edited" }

// Name returns the event's type.
func (CommentDeleted) Name() string { return "discussion.comment_deleted" }

// Name returns the event's type.
func (Resolved) Name() string { return "discussion.thread_resolved" }

// Name returns the event's type.
func (Reopened) Name() string { return "discussion.thread_reopened" }

// Name returns the event's type.
func (SuggestionApplied) Name() string { return "discussion.suggestion_applied" }

// Name returns the event's type.
func (SuggestionDeclined) Name() string { return "discussion.suggestion_declined" }

// Events defines every event of a discussion.
var Events = []event.Definition{
	event.Define[ThreadOpened](), event.Define[Replied](), event.Define[CommentEdited](), event.Define[CommentDeleted](),
	event.Define[Resolved](), event.Define[Reopened](), event.Define[SuggestionApplied](), event.Define[SuggestionDeclined](),
}
