package commands

import (
	"context"

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
// that were seen; those that its draws may give to a student are among them. The lesson's refusal ends it. Each question is refused for itself: one
// that changed since, whether it waits or not, one that others are to approve, and as "review.not_seen" one that waits and was not named. What does not
// wait and is as it was seen is left out. The first outcome is the lesson's.
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
	parts, unseen, err := b.toSignOff(ctx, actor, s, outcomes[0].Done.Revision)
	if err != nil {
		return nil, err
	}
	for _, q := range unseen {
		outcomes = append(outcomes, Outcome{Of: q, Err: fault.Refuse(fault.Conflict, "review.not_seen",
			fault.Say("it waits for review and was not among what you saw", "该题目待审核，但不在您所审阅的内容中"))})
	}
	if len(parts) == 0 {
		return outcomes, nil
	}
	questions, err := b.Bulk(ctx, actor, id, parts)
	return append(outcomes, questions...), err
}

// toSignOff goes through the questions of a lesson as it stood at a revision, in their order: which are to be approved, and which wait and were not seen.
func (b *Bus) toSignOff(ctx context.Context, actor access.Actor, s SignOff, revision int) (parts []Part, unseen []question.ID, err error) {
	w := &Work{Bus: b, Actor: actor}
	l, _, err := load[lesson.Lesson](ctx, w, s.Lesson, revision)
	if err != nil {
		return nil, nil, err
	}
	ids := l.Plan.Questions()
	states, err := b.States(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	looked := make(map[question.ID]bool, len(ids))
	for _, id := range ids {
		q := states[id]
		if looked[id] || w.mayKnow(q) != nil {
			continue
		}
		looked[id] = true
		hash, named := s.Questions[id]
		waits := q.State == workflow.InReview
		switch {
		case named && (waits || q.Draft.Hash != hash): // what does not wait is refused, and says why
			parts = append(parts, Part{Of: id, Command: ApproveQuestion{Question: id, Revision: Anything, Hash: hash, Note: s.Note}})
		case !named && waits:
			unseen = append(unseen, id)
		}
	}
	return parts, unseen, nil
}
