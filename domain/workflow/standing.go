package workflow

import (
	"slices"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
)

// Standing is how far a submission has come. It is folded from the events of a question or a lesson; the zero Standing is that of an
// item that was not submitted.
type Standing struct {
	Review    Review       `json:"review"`
	Hash      content.Hash `json:"hash,omitempty"`    // of what was submitted: approvals are of exactly that
	Authors   []string     `json:"authors,omitempty"` // who wrote it since the last publication, and who submitted it
	Approvals []Approval   `json:"approvals,omitempty"`
	Assigned  []Assignment `json:"assigned,omitempty"`
	Drawn     []string     `json:"drawn,omitempty"` // spot checks drawn since the last publication
}

// Approval is one person's agreement at one step.
type Approval struct {
	Step string `json:"step"`
	By   string `json:"by"`
}

// Submit begins a review.
func (s Standing) Submit(r Review, hash content.Hash, authors []string) Standing {
	drawn := slices.Compact(slices.Sorted(slices.Values(slices.Concat(s.Drawn, r.SpotChecks()))))
	return Standing{Review: r, Hash: hash, Authors: authors, Drawn: drawn}
}

// Leave ends the review without a publication: approvals and assignments are gone, what was drawn stays drawn.
func (s Standing) Leave() Standing { return Standing{Drawn: s.Drawn} }

// Waiting is the step that waits for an approval; none where all are done.
func (s Standing) Waiting() (Step, bool) {
	for _, step := range s.Review.Steps {
		if s.Given(step.ID) < step.Approvals {
			return step, true
		}
	}
	return Step{}, false
}

// Given counts the approvals of a step.
func (s Standing) Given(step string) (n int) {
	for _, a := range s.Approvals {
		if a.Step == step {
			n++
		}
	}
	return n
}

// Approve agrees to what was submitted, which the caller has compared with what the reviewer saw. It returns the approval and the step that
// waits afterwards, "" where all are done.
func (s Standing) Approve(actor access.Actor) (Approval, string, error) {
	if err := s.MayApprove(actor); err != nil {
		return Approval{}, "", err
	}
	step, _ := s.Waiting()
	a := Approval{Step: step.ID, By: actor.Person()}
	next, _ := s.approved(a).Waiting()
	return a, next.ID, nil
}

// MayApprove is nil where the actor may approve at the step that waits, else the fault that says why not.
func (s Standing) MayApprove(actor access.Actor) error {
	step, waits := s.Waiting()
	if !waits {
		return fault.Refuse(fault.Conflict, "review.not_waiting", fault.Say("nothing waits for an approval", "没有待审核的步骤"))
	}
	if err := s.eligible(actor, step); err != nil {
		return err
	}
	if step.AssignedOnly && !s.assignedTo(step.ID, actor.Person()) {
		return fault.Refuse(fault.Denied, "review.not_assigned",
			fault.Say("this step is for those whom it was assigned to", "该步骤仅限被指派的人审核")).With("step", step.ID)
	}
	return nil
}

// eligible refuses who may not approve at a step whether assigned or not.
func (s Standing) eligible(actor access.Actor, step Step) error {
	if !step.takes(actor) {
		f := fault.Refuse(fault.Denied, "review.role", fault.Say("this step is for others to approve", "该步骤应由其他角色审核")).With("step", step.ID)
		if step.Role != "" {
			return f.With("role", string(step.Role))
		}
		return f.With("permission", string(step.Permission))
	}
	return s.unbarred(actor.Person(), step.ID)
}

// unbarred refuses a person whose approval would not be another pair of eyes.
func (s Standing) unbarred(person, step string) error {
	if !s.Review.OwnWork && slices.Contains(s.Authors, person) {
		return fault.Refuse(fault.Denied, "review.own_work",
			fault.Say("one's own work is approved by somebody else", "不能审核自己的内容，请由他人审核")).With("person", person)
	}
	for _, a := range s.Approvals {
		if a.By == person && (a.Step == step || !s.Review.SamePerson) {
			return fault.Refuse(fault.Conflict, "review.same_person",
				fault.Say("each approval comes from another person", "每次通过须由不同的人作出")).With("person", person).With("step", a.Step)
		}
	}
	return nil
}

// Barred lists who may not approve at the step that waits, whatever their roles: authors, and who approved before.
func (s Standing) Barred() []string {
	step, _ := s.Waiting()
	var barred []string
	if !s.Review.OwnWork {
		barred = append(barred, s.Authors...)
	}
	for _, a := range s.Approvals {
		if a.Step == step.ID || !s.Review.SamePerson {
			barred = append(barred, a.By)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(barred)))
}

// Approved folds an approval. One that names no step was of the step that waited.
func (s Standing) Approved(step, by string) Standing {
	if step == "" {
		waiting, _ := s.Waiting()
		step = waiting.ID
	}
	return s.approved(Approval{Step: step, By: by})
}

func (s Standing) approved(a Approval) Standing {
	s.Approvals = append(slices.Clip(s.Approvals), a)
	return s
}
