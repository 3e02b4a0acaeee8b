package workflow

import "strings"

// Policies are those of an organisation and of every one above it, its own first.
type Policies []Policy

// maxAncestors bounds how far up an organisation looks.
const maxAncestors = 16

// Lineage lists an organisation and those above it, in the order in which they are asked.
func Lineage(org string) []string {
	line := []string{org}
	for len(line) < maxAncestors {
		cut := strings.LastIndexByte(org, '/')
		if cut < 0 {
			break
		}
		org = org[:cut]
		line = append(line, org)
	}
	return line
}

// Named finds a workflow that the organisation may use, and the organisation that defined it: "" is built in.
func (p Policies) Named(ref string) (w Workflow, org string, known bool) {
	if w, known = ByName(ref); known {
		return w, "", true
	}
	for _, policy := range p {
		if w, known = policy.named(ref); known {
			return w, policy.Org, true
		}
	}
	return w, "", false
}

// Applying is the workflow that applies to things of a kind and subject. The nearest organisation that has chosen decides, and there the choice for the very
// subject before that for all. Where nobody has, questions have four eyes, and lessons need no review: needed is false.
func (p Policies) Applying(kind Kind, subject string) (a Applying) {
	for i, policy := range p {
		for _, s := range []string{subject, ""} {
			if ref, chosen := policy.chosen(kind, s); chosen {
				if w, org, known := p[i:].Named(ref); known { // as whoever chose it knew it
					return Applying{Workflow: w, Org: org, Choice: policy.Revision, Needed: true}
				}
			}
		}
	}
	return Applying{Workflow: FourEyes, Needed: kind == Questions}
}

// Applying is a workflow and why it applies.
type Applying struct {
	Workflow
	Org    string // the organisation that defined it; "" is built in
	Choice int    // revision of the policy that chose it; 0: nobody has
	Needed bool   // nothing is published without
}

// Pin makes the review of a submission and says where its workflow came from.
func (a Applying) Pin(s Submission) Review {
	r := a.Workflow.Pin(s)
	r.Org, r.Choice = a.Org, a.Choice
	return r
}
