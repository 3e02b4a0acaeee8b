package lesson

import (
	"reflect"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
	"qbank/domain/workflow"
)

// Submitted asks for review of the plan as it stands.
type Submitted struct {
	Hash     content.Hash     `json:"hash"`             // of the plan
	Workflow string           `json:"workflow"`         // name and version, pinned here
	Review   *workflow.Review `json:"review,omitempty"` // what it must pass; nil: the built-in workflow of that name says it
	Authors  []string         `json:"authors,omitempty"`
	Note     string           `json:"note,omitempty"`
}

// Approved agrees to one plan.
type Approved struct {
	Hash  content.Hash `json:"hash"`
	By    string       `json:"by"`
	Step  string       `json:"step"`
	Waits string       `json:"waits,omitempty"` // the step that waits for the next approval; "": the plan is approved
	Note  string       `json:"note,omitempty"`
}

// Returned sends a submission back to its author.
type Returned struct {
	Hash   content.Hash `json:"hash"`
	By     string       `json:"by"`
	Reason string       `json:"reason"`
}

// Recalled takes a submission back before it is published, by those who write the lesson.
type Recalled struct {
	Hash   content.Hash `json:"hash"`
	Reason string       `json:"reason,omitempty"`
}

// Assigned gives steps of a review to persons.
type Assigned struct {
	Given []workflow.Assignment `json:"given"`
}

// Unassigned takes steps of a review from persons.
type Unassigned struct {
	Ended []workflow.Assignment `json:"ended"`
}

// Name returns the event's type.
func (Submitted) Name() string { return "lesson.submitted" }

// Name returns the event's type.
func (Approved) Name() string { return "lesson.approved" }

// Name returns the event's type.
func (Returned) Name() string { return "lesson.returned" }

// Name returns the event's type.
func (Recalled) Name() string { return "lesson.recalled" }

// Name returns the event's type.
func (Assigned) Name() string { return "lesson.assigned" }

// Name returns the event's type.
func (Unassigned) Name() string { return "lesson.unassigned" }

// ReviewEvents defines the events of a lesson's review.
var ReviewEvents = []event.Definition{
	event.Define[Submitted](), event.Define[Approved](), event.Define[Returned](), event.Define[Assigned](), event.Define[Unassigned](),
	event.Define[Recalled](),
}

// Submission is how somebody asks for review of a lesson.
type Submission struct {
	Of       ID // the lesson: spot checks are drawn by it
	Workflow workflow.Applying
	Authors  []string // who wrote the plan since the last publication, and who submits it; sorted, each once
	Note     string
}

// Submit asks for review of the plan as it stands.
func (l Lesson) Submit(s Submission) ([]event.Event, error) {
	if err := l.alive(); err != nil {
		return nil, err
	}
	if l.Standing.Hash != "" {
		return nil, fault.Refuse(fault.Conflict, "lesson.state", fault.Say("the plan is submitted already", "讲次已提交审核"))
	}
	if err := text.CheckNote("/note", s.Note); err != nil {
		return nil, err
	}
	hash := l.Plan.Hash()
	review := s.Workflow.Pin(workflow.Submission{Of: s.Of, Hash: hash, Drawn: l.Standing.Drawn})
	return []event.Event{Submitted{Hash: hash, Workflow: review.Workflow, Review: review.Pinned(), Authors: s.Authors, Note: s.Note}}, nil
}

// Approve agrees to one plan, by its hash: what the reviewer saw.
func (l Lesson) Approve(seen content.Hash, by access.Actor, note string) ([]event.Event, error) {
	if err := l.reviewable(); err != nil {
		return nil, err
	}
	if err := l.unchanged(seen); err != nil {
		return nil, err
	}
	if err := text.CheckNote("/note", note); err != nil {
		return nil, err
	}
	approval, waits, err := l.Standing.Approve(by)
	if err != nil {
		return nil, err
	}
	return []event.Event{Approved{Hash: seen, By: approval.By, Step: approval.Step, Waits: waits, Note: note}}, nil
}

// Return sends the submission back with a reason. All its approvals are gone.
func (l Lesson) Return(seen content.Hash, by, reason string) ([]event.Event, error) {
	if err := l.reviewable(); err != nil {
		return nil, err
	}
	if err := l.unchanged(seen); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	return []event.Event{Returned{Hash: seen, By: by, Reason: reason}}, nil
}

// Recall takes the submission back. All its approvals are gone, and it is published only when it was submitted and agreed to again.
func (l Lesson) Recall(reason string) ([]event.Event, error) {
	if err := l.reviewable(); err != nil {
		return nil, err
	}
	if err := text.CheckNote("/reason", reason); err != nil {
		return nil, err
	}
	return []event.Event{Recalled{Hash: l.Standing.Hash, Reason: reason}}, nil
}

// Assign gives a step of the review to persons, with their roles in the lesson's organisation; "" is the step that waits.
func (l Lesson) Assign(step string, persons []access.Actor, due int64) ([]event.Event, error) {
	return l.assigned(func() ([]workflow.Assignment, error) { return l.Standing.Assign(step, persons, due) })
}

// Claim lets a reviewer take the step that waits.
func (l Lesson) Claim(by access.Actor) ([]event.Event, error) {
	return l.assigned(func() ([]workflow.Assignment, error) { return l.Standing.Claim(by) })
}

func (l Lesson) assigned(give func() ([]workflow.Assignment, error)) ([]event.Event, error) {
	if err := l.reviewable(); err != nil {
		return nil, err
	}
	given, err := give()
	if err != nil || len(given) == 0 {
		return nil, err
	}
	return []event.Event{Assigned{Given: given}}, nil
}

// Unassign takes a step of the review from persons; nobody named takes it from everybody.
func (l Lesson) Unassign(step string, persons []string) ([]event.Event, error) {
	if err := l.reviewable(); err != nil {
		return nil, err
	}
	ended, err := l.Standing.Unassign(step, persons)
	if err != nil || len(ended) == 0 {
		return nil, err
	}
	return []event.Event{Unassigned{Ended: ended}}, nil
}

// Agreed refuses a plan that its reviewers have not agreed to, where the policy demands a review before publication or somebody has asked for one:
// what waits for review, was returned, or was edited after it was submitted does not go out past its reviewers.
func (l Lesson) Agreed(demanded bool) error {
	if !demanded && !l.submitted {
		return nil
	}
	if _, waits := l.Standing.Waiting(); l.Standing.Hash == "" || waits {
		return fault.Refuse(fault.Conflict, "lesson.not_approved",
			fault.Say("publishing needs an approval of exactly this plan", "发布需要对当前讲次内容的审核通过"))
	}
	return nil
}

func (l Lesson) reviewable() error {
	if err := l.alive(); err != nil {
		return err
	}
	if l.Standing.Hash == "" {
		return fault.Refuse(fault.Conflict, "lesson.state", fault.Say("the plan is not submitted for review", "讲次未提交审核"))
	}
	return nil
}

func (l Lesson) unchanged(seen content.Hash) error {
	if seen == l.Standing.Hash {
		return nil
	}
	return fault.Refuse(fault.Conflict, "lesson.content_changed",
		fault.Say("the plan is no longer the one you saw; review it again", "讲次已不是您所看到的，请重新审核")).
		With("hash", string(l.Standing.Hash)).With("revision", l.Revision)
}

// reviewed folds what an event means for the review. Whatever changes the plan ends it, and so does publishing.
func (l Lesson) reviewed(e event.Event) Lesson {
	switch e := e.(type) {
	case Submitted:
		l.Standing, l.asked = l.Standing.Submit(workflow.Read(e.Review, e.Workflow), e.Hash, e.Authors), l.Plan
		l.submitted = true
	case Approved:
		l.Standing = l.Standing.Approved(e.Step, e.By)
	case Assigned:
		l.Standing = l.Standing.With(e.Given)
	case Unassigned:
		l.Standing = l.Standing.Without(e.Ended)
	case Published:
		l.Standing, l.asked, l.submitted = workflow.Standing{}, Plan{}, false
	case Returned, Recalled:
		l.Standing, l.asked = l.Standing.Leave(), Plan{}
	default:
		if l.Standing.Hash != "" && (l.Retired || !reflect.DeepEqual(l.Plan, l.asked)) {
			l.Standing, l.asked = l.Standing.Leave(), Plan{}
		}
	}
	return l
}
