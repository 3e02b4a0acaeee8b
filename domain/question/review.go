package question

import (
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
	"qbank/domain/workflow"
)

// Submission is how somebody asks for review.
type Submission struct {
	Of       ID                // the question: spot checks are drawn by it
	Workflow workflow.Applying // what it must pass
	Kind     Kind              // Erratum asks for the fast lane; "" and Revision do not
	Authors  []string          // who wrote the draft since the last publication, and who submits it; sorted, each once
	Note     string
}

// Submit asks for review of the draft as it stands, which must be valid. It pins what the draft must pass.
func (q Question) Submit(rules Rules, s Submission) ([]event.Event, error) {
	if err := q.allow(workflow.Submit); err != nil {
		return nil, err
	}
	if err := q.valid(rules); err != nil {
		return nil, err
	}
	if err := text.CheckNote("/note", s.Note); err != nil {
		return nil, err
	}
	if s.Kind != "" && s.Kind != Erratum && s.Kind != Revision {
		return nil, unknownKind()
	}
	if q.Latest > 0 && q.Draft.Hash == q.Published && q.Draft.Type == q.written {
		return nil, fault.Refuse(fault.Conflict, "question.unchanged",
			fault.Say("the draft is what was published last", "草稿与已发布的版本相同"))
	}
	review := s.Workflow.Pin(q.asked(rules, s))
	return []event.Event{Submitted{Type: q.Draft.Type, Content: content.Canonical(q.Draft.Content), Hash: q.Draft.Hash,
		Workflow: review.Workflow, Review: review.Pinned(), Kind: s.Kind, Authors: s.Authors, Note: s.Note}}, nil
}

// asked is the submission as workflows see it. Nothing is a small correction that moves to another type version.
func (q Question) asked(rules Rules, s Submission) workflow.Submission {
	asked := workflow.Submission{Of: s.Of, Hash: q.Draft.Hash, Drawn: q.Standing.Drawn}
	if s.Kind == Erratum && q.Latest > 0 && q.Draft.Type == q.written {
		asked.Erratum, asked.Changes, asked.Rescores = true, content.Diff(q.live, q.Draft.Content), rules.Rescores(q.live, q.Draft.Content)
	}
	return asked
}

// Approve agrees to one content, by its hash: what the reviewer saw. It is of the step that waits; the content is approved with the last one.
func (q Question) Approve(seen content.Hash, by access.Actor, note string) ([]event.Event, error) {
	if err := q.reviewable(workflow.Approve, seen); err != nil {
		return nil, err
	}
	if err := text.CheckNote("/note", note); err != nil {
		return nil, err
	}
	approval, waits, err := q.Standing.Approve(by)
	if err != nil {
		return nil, err
	}
	return []event.Event{Approved{Hash: seen, By: approval.By, Step: approval.Step, Waits: waits, Note: note}}, nil
}

// Return sends the submission back with a reason. All its approvals are gone.
func (q Question) Return(seen content.Hash, by, reason string) ([]event.Event, error) {
	if err := q.reviewable(workflow.Return, seen); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	return []event.Event{Returned{Hash: seen, By: by, Reason: reason}}, nil
}

// Assign gives a step of the review to persons, with their roles in the question's organisation; "" is the step that waits. due is in
// microseconds since 1970 UTC; 0: whenever.
func (q Question) Assign(step string, persons []access.Actor, due int64) ([]event.Event, error) {
	return q.assigned(func() ([]workflow.Assignment, error) { return q.Standing.Assign(step, persons, due) })
}

// Claim lets a reviewer take the step that waits.
func (q Question) Claim(by access.Actor) ([]event.Event, error) {
	return q.assigned(func() ([]workflow.Assignment, error) { return q.Standing.Claim(by) })
}

func (q Question) assigned(give func() ([]workflow.Assignment, error)) ([]event.Event, error) {
	if err := q.allow(workflow.Approve); err != nil {
		return nil, err
	}
	given, err := give()
	if err != nil || len(given) == 0 {
		return nil, err
	}
	return []event.Event{Assigned{Given: given}}, nil
}

// Unassign takes a step of the review from persons; nobody named takes it from everybody.
func (q Question) Unassign(step string, persons []string) ([]event.Event, error) {
	if err := q.allow(workflow.Approve); err != nil {
		return nil, err
	}
	ended, err := q.Standing.Unassign(step, persons)
	if err != nil || len(ended) == 0 {
		return nil, err
	}
	return []event.Event{Unassigned{Ended: ended}}, nil
}

func (q Question) reviewable(action workflow.Action, seen content.Hash) error {
	if err := q.allow(action); err != nil {
		return err
	}
	if seen != q.Draft.Hash {
		return fault.Refuse(fault.Conflict, "question.content_changed",
			fault.Say("the content is no longer the one you saw; review it again", "内容已不是您所看到的，请重新审核")).
			With("hash", string(q.Draft.Hash)).With("revision", q.Revision)
	}
	return nil
}

func unknownKind() error {
	return fault.Refuse(fault.Invalid, "question.kind", fault.Say("a version is an erratum or a revision", "版本类型应为勘误或改版"))
}

// Subject is the one whose reviewers answer for the question: that under which its newest version was published, or before the first its own. Whoever
// writes a question chooses its subject, and does not choose thereby who approves a change of what is published.
func (q Question) Subject() string {
	if q.Latest > 0 {
		return q.subject
	}
	return q.Metadata.Subject
}
