package graphql

import (
	"maps"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
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
	revision := must(gql.Int, "The revision you saw.")

	// on is a step in the review of a question or a lesson.
	on := func(name, about string, more inputs, needs access.Permission, command func(r commands.Reviewed, a args) commands.Command) mutation {
		fields := inputs{"item": must(gql.ID, "Global id of a question or a lesson, or a code (题号)."), "revision": revision}
		maps.Copy(fields, more)
		return mutation{name: name, about: about, of: changed, needs: needs, input: fields, do: func(c call, a args) (*outcome, error) {
			r, err := c.reviewed(a)
			if err != nil {
				return nil, err
			}
			return c.carry(command(r, a))
		}}
	}
	// of is a step in the review of a lesson.
	of := func(name, about string, more inputs, command func(id uuid.UUID, revision int, a args) commands.Command) mutation {
		fields := inputs{"lesson": must(gql.ID, "Global id or UUID of the lesson."), "revision": revision}
		maps.Copy(fields, more)
		return mutation{name: name, about: about, of: changed, needs: command(uuid.Nil, 0, nil).Needs(), input: fields, do: func(c call, a args) (*outcome, error) {
			id, err := a.id("lesson", lessonName)
			if err != nil {
				return nil, err
			}
			revision, err := a.revision("revision")
			if err != nil {
				return nil, err
			}
			return c.carry(command(id, revision, a))
		}}
	}
	step := in(gql.String, "Id of the step; the one that waits where it is not given.")
	hash := must(gql.String, "Hash of the plan you saw: that of its review.")
	note := in(gql.String, "For those who read the history.")
	return []mutation{
		on("assignReview", "Says who is to review something, and by when.", inputs{"step": step, "persons": must(listIn(gql.String), "Opaque ids, at most 20."),
			"due": in(engine.Instant, "By when.")}, commands.AssignReview{}.Needs(), func(r commands.Reviewed, a args) commands.Command {
			return commands.AssignReview{Reviewed: r, Step: a.text("step"), Persons: a.texts("persons"), Due: a.instant("due")}
		}),
		on("unassignReview", "Takes a review from those it was given to.", inputs{"step": step, "persons": in(listIn(gql.String), "Opaque ids; everybody where it is not given.")},
			commands.UnassignReview{}.Needs(), func(r commands.Reviewed, a args) commands.Command {
				return commands.UnassignReview{Reviewed: r, Step: a.text("step"), Persons: a.texts("persons")}
			}),
		on("claimReview", "Takes what waits from the queue. Of a lesson it needs lessons.review instead.", nil, commands.ClaimReview{}.Needs(),
			func(r commands.Reviewed, _ args) commands.Command { return commands.ClaimReview{Reviewed: r} }),
		on("releaseReview", "Puts what the caller had taken back into the queue. Of a lesson it needs lessons.review instead.", nil, commands.ReleaseReview{}.Needs(),
			func(r commands.Reviewed, _ args) commands.Command { return commands.ReleaseReview{Reviewed: r} }),
		of("submitLesson", "Asks for review of a lesson's draft as it stands.", inputs{"note": note}, func(id uuid.UUID, revision int, a args) commands.Command {
			return commands.SubmitLesson{Lesson: id, Revision: revision, Note: a.text("note")}
		}),
		of("approveLesson", "Agrees to exactly the plan you saw.", inputs{"hash": hash, "note": note}, func(id uuid.UUID, revision int, a args) commands.Command {
			return commands.ApproveLesson{Lesson: id, Revision: revision, Hash: content.Hash(a.text("hash")), Note: a.text("note")}
		}),
		of("returnLesson", "Sends a lesson back to its author.", inputs{"hash": hash, "reason": must(gql.String, "Why.")},
			func(id uuid.UUID, revision int, a args) commands.Command {
				return commands.ReturnLesson{Lesson: id, Revision: revision, Hash: content.Hash(a.text("hash")), Reason: a.text("reason")}
			}),
	}
}

// reviewed reads what an input is about: a question by its global id or code, or a lesson by its global id.
func (c call) reviewed(a args) (r commands.Reviewed, err error) {
	if r.Revision, err = a.revision("revision"); err != nil {
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
