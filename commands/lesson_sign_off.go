package commands

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/workflow"
)

// SignOff is a reviewer's agreement to a whole lesson as it was read: the plan, and the contents of its questions.
type SignOff struct {
	Lesson    lesson.ID
	Revision  int                          // what the reviewer saw
	Hash      content.Hash                 // of the plan the reviewer saw
	Questions map[question.ID]content.Hash // of the drafts the reviewer saw
	Note      string
}

// SignOffLesson approves a lesson and then each of its questions that waits for review and that the reviewer has seen, by the hashes
// that were seen. The lesson's refusal ends it. Each question is refused for itself: one that changed since, one that others are to
// approve. What does not wait, or was not seen, is left out: a question of the lesson that waits and that the reviewer did not name is the
// outcome "review.not_seen". The first outcome is the lesson's.
func (b *Bus) SignOffLesson(ctx context.Context, actor access.Actor, id uuid.UUID, s SignOff) ([]Outcome, error) {
	if len(s.Questions) > lesson.MaxItems {
		return nil, fault.Refuse(fault.Limit, "bulk.size", fault.Say("1 to %d things at once", "一次可操作 1 到 %d 项", lesson.MaxItems)).With("max", lesson.MaxItems)
	}
	approve := Part{Of: s.Lesson, Command: ApproveLesson{Lesson: s.Lesson, Revision: s.Revision, Hash: s.Hash, Note: s.Note}}
	outcomes, err := b.Bulk(ctx, actor, id, []Part{approve})
	if err != nil {
		return nil, err
	}
	if outcomes[0].Err != nil {
		return nil, outcomes[0].Err
	}
	waiting, err := b.waitingIn(ctx, actor, s.Lesson, outcomes[0].Done.Revision)
	if err != nil {
		return nil, err
	}
	var parts []Part
	for _, q := range waiting {
		hash, seen := s.Questions[q]
		if !seen {
			outcomes = append(outcomes, Outcome{Of: q, Err: fault.Refuse(fault.Conflict, "review.not_seen",
				fault.Say("it waits for review and was not among what you saw", "该题目待审核，但不在您所审阅的内容中"))})
			continue
		}
		parts = append(parts, Part{Of: q, Command: ApproveQuestion{Question: q, Revision: Anything, Hash: hash, Note: s.Note}})
	}
	if len(parts) == 0 {
		return outcomes, nil
	}
	questions, err := b.Bulk(ctx, actor, id, parts)
	return append(outcomes, questions...), err
}

// waitingIn lists the questions of a lesson, as it stood at a revision, that wait for review, in their order.
func (b *Bus) waitingIn(ctx context.Context, actor access.Actor, id lesson.ID, revision int) ([]question.ID, error) {
	w := &Work{Bus: b, Actor: actor}
	l, _, err := load[lesson.Lesson](ctx, w, id, revision)
	if err != nil {
		return nil, err
	}
	var ids []question.ID
	for _, item := range l.Plan.Items {
		if !slices.Contains(ids, item.Question) {
			ids = append(ids, item.Question)
		}
	}
	states, err := b.States(ctx, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(ids, func(id question.ID) bool {
		q := states[id]
		return q.State != workflow.InReview || w.mayKnow(q) != nil
	}), nil
}
