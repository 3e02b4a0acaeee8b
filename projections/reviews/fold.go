package reviews

import (
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/projections"
)

// fold takes over what an event says of the review. Which states events lead to is the aggregates' business; here they are only
// told apart from waiting.
func (i *item) fold(e projections.Event) {
	switch payload := e.Payload.(type) {
	case question.Created:
		i.org, i.code, i.state = payload.Org, string(payload.Code), string(workflow.Draft)
		i.typ = payload.Type.ID
		i.filed(payload.Metadata)
	case question.Described:
		i.filed(payload.Metadata)
	case question.Edited:
		if payload.Type != nil {
			i.typ = payload.Type.ID
		}
		i.leave(workflow.Draft)
	case question.Submitted:
		i.submit(e, workflow.Read(payload.Review, payload.Workflow), payload)
	case question.Approved:
		i.approve(payload.Step, payload.By, payload.Waits)
	case question.Assigned:
		i.standing = i.standing.With(payload.Given)
	case question.Unassigned:
		i.standing = i.standing.Without(payload.Ended)
	case question.Returned, question.Reinstated:
		i.leave(workflow.Draft)
	case question.Published:
		i.publish()
	case question.Retired:
		i.leave(workflow.Retired)
	case question.Withdrawn:
		i.leave(workflow.Withdrawn)
	default:
		i.foldLesson(e)
	}
}

func (i *item) foldLesson(e projections.Event) {
	switch payload := e.Payload.(type) {
	case lesson.Created:
		i.org, i.title, i.state = payload.Org, payload.Plan.Title, string(workflow.Draft)
	case lesson.Edited:
		i.title = payload.Plan.Title
		if i.standing.Hash == "" || payload.Plan.Hash() != i.standing.Hash { // saved again as it was, a plan is still what reviewers see
			i.leave(workflow.Draft)
		}
	case lesson.Submitted:
		i.enter(e)
		i.standing = i.standing.Submit(workflow.Read(payload.Review, payload.Workflow), payload.Hash, payload.Authors)
	case lesson.Approved:
		i.approve(payload.Step, payload.By, payload.Waits)
	case lesson.Assigned:
		i.standing = i.standing.With(payload.Given)
	case lesson.Unassigned:
		i.standing = i.standing.Without(payload.Ended)
	case lesson.Returned, lesson.Recalled:
		i.leave(workflow.Draft)
	case lesson.Published:
		i.publish()
	case lesson.Retired:
		i.leave(workflow.Retired)
	}
}

func (i *item) filed(m question.Metadata) { i.title, i.subject = m.Title, m.Subject }

func (i *item) submit(e projections.Event, r workflow.Review, s question.Submitted) {
	i.enter(e)
	i.standing = i.standing.Submit(r, s.Hash, s.Authors)
}

func (i *item) enter(e projections.Event) {
	i.state, i.submittedBy, i.submittedAt = string(workflow.InReview), e.Meta.Actor, e.RecordedAt.UnixMicro()
}

func (i *item) approve(step, by, waits string) {
	i.standing = i.standing.Approved(step, by)
	if waits == "" {
		i.state = string(workflow.Approved)
	}
}

func (i *item) leave(to workflow.State) { i.state, i.standing = string(to), i.standing.Leave() }

func (i *item) publish() { i.state, i.standing = string(workflow.Published), workflow.Standing{} }
