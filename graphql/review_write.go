package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/graphql/engine"
)

func (s *schema) reviewMutations() []mutation {
	changed := payload("ReviewPayload", "What a change of a review came to.",
		load("review", s.review, "The review as it stands now; null where it is over.", func(c call, o *outcome) (any, error) { return c.review(o.ID), nil }),
		load("question", s.question, "The question, where it is one.", func(c call, o *outcome) (any, error) { return c.questions.Load(c.ctx, o.ID), nil }).
			needing(access.ReadQuestions),
		load("lesson", s.lesson, "The lesson, where it is one.", func(c call, o *outcome) (any, error) { return c.lessons.Load(c.ctx, o.ID), nil }))
	it := aLesson(changed)
	which := in(gql.String, "Id of the step; the one that waits where it is not given.")
	hash := must(gql.String, "Hash of the plan you saw: that of its review.")
	note := in(gql.String, "For those who read the history.")
	return []mutation{
		inReview(changed, "assignReview", "Says who is to review something, and by when.", inputs{"step": which, "persons": must(listIn(gql.String), "Opaque ids, at most 20."),
			"due": in(engine.Instant, "By when.")},
			func(r commands.Reviewed, a args) commands.AssignReview {
				return commands.AssignReview{Reviewed: r, Step: a.text("step"), Persons: a.texts("persons"), Due: a.instant("due")}
			}),
		inReview(changed, "unassignReview", "Takes a review from those it was given to.", inputs{"step": which, "persons": in(listIn(gql.String), "Opaque ids; everybody where it is not given.")},
			func(r commands.Reviewed, a args) commands.UnassignReview {
				return commands.UnassignReview{Reviewed: r, Step: a.text("step"), Persons: a.texts("persons")}
			}),
		inReview(changed, "claimReview", "Takes what waits from the queue. Of a lesson it needs lessons.review instead.", nil,
			func(r commands.Reviewed, _ args) commands.ClaimReview { return commands.ClaimReview{Reviewed: r} }),
		inReview(changed, "releaseReview", "Puts what the caller had taken back into the queue. Of a lesson it needs lessons.review instead.", nil,
			func(r commands.Reviewed, _ args) commands.ReleaseReview { return commands.ReleaseReview{Reviewed: r} }),
		step(it, "submitLesson", "Asks for review of a lesson's draft as it stands.", inputs{"note": note},
			func(_ call, id lesson.ID, revision int, a args) (commands.SubmitLesson, error) {
				return commands.SubmitLesson{Lesson: id, Revision: revision, Note: a.text("note")}, nil
			}),
		step(it, "approveLesson", "Agrees to exactly the plan you saw.", inputs{"hash": hash, "note": note},
			func(_ call, id lesson.ID, revision int, a args) (commands.ApproveLesson, error) {
				return commands.ApproveLesson{Lesson: id, Revision: revision, Hash: content.Hash(a.text("hash")), Note: a.text("note")}, nil
			}),
		step(it, "recallLesson", "Takes a lesson back from review: its approvals are gone, and it can be edited and submitted again.", inputs{"reason": in(gql.String, "Why.")},
			func(_ call, id lesson.ID, revision int, a args) (commands.RecallLesson, error) {
				return commands.RecallLesson{Lesson: id, Revision: revision, Reason: a.text("reason")}, nil
			}),
		step(it, "returnLesson", "Sends a lesson back to its author.", inputs{"hash": hash, "reason": must(gql.String, "Why.")},
			func(_ call, id lesson.ID, revision int, a args) (commands.ReturnLesson, error) {
				return commands.ReturnLesson{Lesson: id, Revision: revision, Hash: content.Hash(a.text("hash")), Reason: a.text("reason")}, nil
			}),
	}
}

// inReview is a step in the review of a question or a lesson.
func inReview[C commands.Command](of *gql.Object, name, about string, more inputs, command func(r commands.Reviewed, a args) C) mutation {
	var kind C
	item := inputs{"item": must(gql.ID, "Global id of a question or a lesson, or a code (题号)."), "revision": must(gql.Int, "The revision you saw.")}
	return mutation{name: name, about: about, of: of, needs: kind.Needs(), input: item.and(more), do: func(c call, a args) (*outcome, error) {
		r, err := c.reviewed(a)
		return c.carried(command(r, a), err)
	}}
}

// reviewed reads what an input is about: a question by its global id or code, or a lesson by its global id.
func (c call) reviewed(a args) (r commands.Reviewed, err error) {
	if r.Revision, err = a.revision(); err != nil {
		return r, err
	}
	r.Kind = workflow.Questions
	text := a.text("item")
	if question.LooksLikeCode(text) {
		r.ID, err = c.question(text)
		return r, err
	}
	typ, _, err := engine.ParseGlobalID(text)
	switch {
	case err != nil:
		return r, err
	case typ == lessonName:
		r.Kind = workflow.Lessons
	case typ != questionName:
		return r, fault.Refuse(fault.Invalid, "review.kind", fault.Say("a question or a lesson is reviewed", "审核对象应为题目或讲次"))
	}
	r.ID, err = parseID(text, typ)
	return r, err
}
