package workflow

import (
	"strconv"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
)

// Whole is a share of one: shares are counted in millionths.
const Whole = 1_000_000

// Workflow is what an item must pass between its submission and its publication. It is immutable under its name and version.
type Workflow struct {
	Name       string     `json:"name"`                  // a-z, 0-9 and -, a letter first, at most 40
	Version    int        `json:"version"`               // 1, 2, 3 …
	Title      fault.Text `json:"title"`                 // in both languages
	Steps      []Step     `json:"steps"`                 // in order: one begins when the one before is done
	OwnWork    bool       `json:"own_work,omitempty"`    // authors may approve what they wrote
	SamePerson bool       `json:"same_person,omitempty"` // one person may approve at several steps
	Errata     *Errata    `json:"errata,omitempty"`      // a fast lane for small corrections
	Bans       Bans       `json:"bans,omitempty"`        // what is taken away in review and once approved
}

// Step is one review.
type Step struct {
	ID           string            `json:"id"`                      // a-z, 0-9 and -, unique in the workflow
	Title        fault.Text        `json:"title"`                   // in both languages
	Role         access.Role       `json:"role,omitempty"`          // who may approve: those of this role …
	Permission   access.Permission `json:"permission,omitempty"`    // … or those with this permission; one of the two is given
	Approvals    int               `json:"approvals"`               // how many, each by another person
	AssignedOnly bool              `json:"assigned_only,omitempty"` // of those, only who was assigned
	Share        int               `json:"share,omitempty"`         // spot check: how many of 1,000,000 submissions; 0 is every one
}

// Errata is the fast lane: a small correction of a published question passes some of the steps, and is published as an erratum.
type Errata struct {
	Steps      []string `json:"steps"`             // ids of those that remain
	MaxChanges int      `json:"max_changes"`       // values that differ from the version that it corrects
	Keeps      []string `json:"keeps,omitempty"`   // JSON Pointers: a correction of these places, or below them, is no small one
	Secrets    bool     `json:"secrets,omitempty"` // also corrections of what answers are scored by, such as the key
}

// Ref is the name and version: "four-eyes@1".
func (w Workflow) Ref() string { return w.Name + "@" + strconv.Itoa(w.Version) }

// Hash identifies the document.
func (w Workflow) Hash() content.Hash { return content.HashOf(document(w)) }

// The workflows that are built in.
var (
	// SingleReview is how questions were reviewed before there were workflows: one approval by anybody who may review.
	SingleReview = builtIn("single-review", 1, fault.Say("One approval, own work included", "单人审核（可审自己的内容）"), true)
	// FourEyes is the default: one approval by somebody who did not write it.
	FourEyes = builtIn("single-review", 2, fault.Say("One approval by somebody else", "单人审核（不可审自己的内容）"), false)
	// Solo is for organisations of one person, who choose it knowingly.
	Solo = builtIn("solo", 1, fault.Say("Approving one's own work", "自写自审"), true)
)

// BuiltIn lists the workflows that every organisation has.
var BuiltIn = []Workflow{FourEyes, Solo, SingleReview}

func builtIn(name string, version int, title fault.Text, ownWork bool) Workflow {
	return Workflow{Name: name, Version: version, Title: title, OwnWork: ownWork, Steps: []Step{
		{ID: "review", Title: fault.Say("Review", "审核"), Permission: access.ReviewQuestions, Approvals: 1},
	}}
}

// ByName returns a built-in workflow. They are append-only.
func ByName(ref string) (Workflow, bool) {
	for _, w := range BuiltIn {
		if w.Ref() == ref {
			return w, true
		}
	}
	return Workflow{}, false
}

// plain is the review of a submission under each built-in workflow. They have neither lanes nor spot checks, so the name says it all.
var plain = func() map[string]Review {
	all := map[string]Review{}
	for _, w := range BuiltIn {
		all[w.Ref()] = w.Pin(Submission{})
	}
	return all
}()
