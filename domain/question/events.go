package question

import (
	"encoding/json"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/qtype"
	"qbank/domain/workflow"
)

// Created starts a question.
type Created struct {
	Code     Code            `json:"code"`
	Org      string          `json:"org"`
	Type     qtype.Ref       `json:"type"`
	Content  json.RawMessage `json:"content"` // canonical
	Hash     content.Hash    `json:"hash"`    // of Content
	Metadata Metadata        `json:"metadata"`
	Origin   *Origin         `json:"origin,omitempty"`
}

// Origin says where an imported question, or an imported edit of one, came from.
type Origin struct {
	Batch  string       `json:"batch"`  // id of the import
	Source string       `json:"source"` // the item's id in its source
	Hash   content.Hash `json:"hash"`   // of what the import made of the source: content, type and metadata together
}

// Edited changes the draft's content.
type Edited struct {
	Changes      []content.Change `json:"changes"`
	Hash         content.Hash     `json:"hash"`                    // of the resulting content
	Type         *qtype.Ref       `json:"type,omitempty"`          // where the draft moved to another type version
	RestoredFrom int              `json:"restored_from,omitempty"` // the revision that was brought back
	Fields       []string         `json:"fields,omitempty"`        // JSON Pointers of what was brought back of it; none: the whole
	SuggestedBy  string           `json:"suggested_by,omitempty"`  // opaque id of whose suggestion it is, where it is one: they wrote it too
	Origin       *Origin          `json:"origin,omitempty"`
}

// Described replaces the metadata.
type Described struct {
	Metadata     Metadata     `json:"metadata"`
	Hash         content.Hash `json:"hash"`                    // of the metadata
	RestoredFrom int          `json:"restored_from,omitempty"` // the revision whose metadata was brought back
	Origin       *Origin      `json:"origin,omitempty"`
}

// Submitted asks for review of the content as it stands.
type Submitted struct {
	Type     qtype.Ref        `json:"type"`
	Content  json.RawMessage  `json:"content"`
	Hash     content.Hash     `json:"hash"`
	Workflow string           `json:"workflow"`          // name and version, pinned here
	Review   *workflow.Review `json:"review,omitempty"`  // what it must pass; nil: the built-in workflow of that name says it
	Kind     Kind             `json:"kind,omitempty"`    // erratum: the fast lane was asked for
	Authors  []string         `json:"authors,omitempty"` // who wrote it since the last publication, and who submitted it
	Note     string           `json:"note,omitempty"`
}

// Approved agrees to one content.
type Approved struct {
	Hash  content.Hash `json:"hash"`
	By    string       `json:"by"`
	Step  string       `json:"step,omitempty"`  // of the review; "": its only one
	Waits string       `json:"waits,omitempty"` // the step that waits for the next approval; "": the content is approved
	Note  string       `json:"note,omitempty"`
}

// Assigned gives steps of a review to persons.
type Assigned struct {
	Given []workflow.Assignment `json:"given"`
}

// Unassigned takes steps of a review from persons.
type Unassigned struct {
	Ended []workflow.Assignment `json:"ended"`
}

// Returned sends a submission back to its author.
type Returned struct {
	Hash   content.Hash `json:"hash"`
	By     string       `json:"by"`
	Reason string       `json:"reason"`
}

// Kind says how far a new version reaches.
type Kind string

// The kinds of versions.
const (
	Erratum  Kind = "erratum"  // puts a mistake right: reaches every use
	Revision Kind = "revision" // another question in effect: each use accepts it
)

// Published makes the approved content an immutable, numbered version.
type Published struct {
	Version  int             `json:"version"` // 1, 2, 3 …
	Kind     Kind            `json:"kind"`
	Type     qtype.Ref       `json:"type"`
	Content  json.RawMessage `json:"content"`
	Hash     content.Hash    `json:"hash"`
	Workflow string          `json:"workflow"`
}

// Retired takes the question out of use: it is not offered for new lessons.
type Retired struct {
	Reason string `json:"reason"`
	SeenAt int64  `json:"seen_at,omitempty"` // position of the snapshot that knew of no lesson that is live with it; 0: nobody asked
}

// Reinstated brings a retired question back.
type Reinstated struct {
	Reason string `json:"reason"`
}

// Withdrawn takes a never published question away again: an import undone, a draft given up.
type Withdrawn struct {
	Reason string `json:"reason"`
	Batch  string `json:"batch,omitempty"` // the import that was undone
}

// Name returns the event's type.
func (Created) Name() string { return "question.created" }

// Name returns the event's type.
func (Edited) Name() string { return "question.edited" }

// Name returns the event's type.
func (Described) Name() string { return "question.described" }

// Name returns the event's type.
func (Submitted) Name() string { return "question.submitted" }

// Name returns the event's type.
func (Approved) Name() string { return "question.approved" }

// Name returns the event's type.
func (Returned) Name() string { return "question.returned" }

// Name returns the event's type.
func (Published) Name() string { return "question.published" }

// Name returns the event's type.
func (Retired) Name() string { return "question.retired" }

// Name returns the event's type.
func (Reinstated) Name() string { return "question.reinstated" }

// Name returns the event's type.
func (Withdrawn) Name() string { return "question.withdrawn" }

// Name returns the event's type.
func (Assigned) Name() string { return "question.assigned" }

// Name returns the event's type.
func (Unassigned) Name() string { return "question.unassigned" }

// Events defines every event of a question.
var Events = []event.Definition{
	event.Define[Created](), event.Define[Edited](), event.Define[Described](), event.Define[Submitted](), event.Define[Approved](),
	event.Define[Returned](), event.Define[Published](), event.Define[Retired](), event.Define[Reinstated](), event.Define[Withdrawn](),
	event.Define[Assigned](), event.Define[Unassigned](),
}
