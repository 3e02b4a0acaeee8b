package workflow

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Kind is what a workflow is chosen for.
type Kind string

// The kinds of things that are reviewed.
const (
	Questions Kind = "question"
	Lessons   Kind = "lesson"
)

var policySpace = uuid.MustParse("8d0f2c64-6f0e-5a51-9b6a-3c1f0b8e7d21")

// PolicyStream is the stream of an organisation's policy.
func PolicyStream(org string) uuid.UUID { return uuid.NewSHA1(policySpace, []byte(org)) }

// Defined makes a workflow known to an organisation and those below it. It is an immutable fact.
type Defined struct {
	Org      string          `json:"org"`
	Ref      string          `json:"ref"` // name and version
	Document json.RawMessage `json:"document"`
	Hash     content.Hash    `json:"hash"`
}

// Chosen says which workflow applies from now on.
type Chosen struct {
	Org      string `json:"org"`
	Kind     Kind   `json:"kind"`
	Subject  string `json:"subject,omitempty"`  // 学科; "": whatever has no choice of its own
	Workflow string `json:"workflow,omitempty"` // name and version; "": as if nothing had been chosen here
}

// Name returns the event's type.
func (Defined) Name() string { return "workflow.defined" }

// Name returns the event's type.
func (Chosen) Name() string { return "workflow.chosen" }

// Events defines every event of a policy.
var Events = []event.Definition{event.Define[Defined](), event.Define[Chosen]()}

// The bounds of a policy.
const (
	maxDefined = 200
	maxChoices = 500
)

// Choice is one row of a policy.
type Choice struct {
	Kind     Kind
	Subject  string
	Workflow string
}

// Policy is which workflows an organisation has defined, and which it has chosen for what.
type Policy struct {
	Revision int
	Org      string
	Defined  []Workflow // in the order they were defined
	Choices  []Choice   // one of each kind and subject
}

// Define makes a version of a workflow known. The same document again changes nothing.
func (p Policy) Define(org string, w Workflow) ([]event.Event, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	for _, b := range BuiltIn {
		if b.Name == w.Name {
			return nil, fault.Refuse(fault.Conflict, "workflow.reserved",
				fault.Say("%s is built in; give your workflow another name", "%s 是内置工作流，请使用其他名称", w.Name))
		}
	}
	if known, ok := p.named(w.Ref()); ok {
		if known.Hash() == w.Hash() {
			return nil, nil
		}
		return nil, fault.Refuse(fault.Conflict, "workflow.version_taken",
			fault.Say("%s is defined with another content; give it a new version", "%s 已有不同内容，请使用新的版本号", w.Ref()))
	}
	if len(p.Defined) == maxDefined {
		return nil, fault.Refuse(fault.Limit, "workflow.too_many", fault.Say("at most %d workflows", "最多 %d 个工作流", maxDefined))
	}
	raw := content.Canonical(document(w))
	return []event.Event{Defined{Org: org, Ref: w.Ref(), Document: raw, Hash: content.HashBytes(raw)}}, nil
}

// Choose says which workflow applies; known tells whether the organisation may use it. "" takes a choice back.
func (p Policy) Choose(org string, c Choice, known bool) ([]event.Event, error) {
	if c.Kind != Questions && c.Kind != Lessons {
		return nil, fault.Refuse(fault.Invalid, "workflow.kind", fault.Say("a workflow is chosen for question or lesson", "工作流的适用对象应为 question 或 lesson"))
	}
	c.Subject = strings.TrimSpace(c.Subject)
	longest := text.Title
	if c.Kind == Lessons {
		longest = 0 // a lesson is filed under no subject
	}
	if problems := text.Check("/subject", c.Subject, 0, longest); len(problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "workflow.subject", fault.Say("this is no subject", "学科无效"), problems...)
	}
	if c.Workflow != "" && !known {
		return nil, Unknown(c.Workflow)
	}
	before, chosen := p.chosen(c.Kind, c.Subject)
	if before == c.Workflow {
		return nil, nil
	}
	if !chosen && len(p.Choices) == maxChoices {
		return nil, fault.Refuse(fault.Limit, "workflow.too_many", fault.Say("at most %d choices", "最多 %d 条选择", maxChoices))
	}
	return []event.Event{Chosen{Org: org, Kind: c.Kind, Subject: c.Subject, Workflow: c.Workflow}}, nil
}

// Unknown refuses a workflow that is not there.
func Unknown(ref string) error {
	return fault.Refuse(fault.NotFound, "workflow.unknown", fault.Say("there is no workflow %.80q", "没有工作流 %.80q", ref))
}

// Apply folds one event.
func (p Policy) Apply(e event.Event) Policy {
	p.Revision++
	switch e := e.(type) {
	case Defined:
		var w Workflow
		_ = json.Unmarshal(e.Document, &w) // Define wrote it
		p.Org, p.Defined = e.Org, append(slices.Clip(p.Defined), w)
	case Chosen:
		p.Org = e.Org
		left := slices.DeleteFunc(slices.Clone(p.Choices), func(c Choice) bool { return c.Kind == e.Kind && c.Subject == e.Subject })
		if e.Workflow != "" {
			left = append(left, Choice{e.Kind, e.Subject, e.Workflow})
		}
		p.Choices = left
	}
	return p
}

func (p Policy) named(ref string) (Workflow, bool) {
	at := slices.IndexFunc(p.Defined, func(w Workflow) bool { return w.Ref() == ref })
	if at < 0 {
		return Workflow{}, false
	}
	return p.Defined[at], true
}

func (p Policy) chosen(kind Kind, subject string) (string, bool) {
	at := slices.IndexFunc(p.Choices, func(c Choice) bool { return c.Kind == kind && c.Subject == subject })
	if at < 0 {
		return "", false
	}
	return p.Choices[at].Workflow, true
}
