package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/workflow"
	"qbank/graphql/engine"
	"qbank/projections/read"
	"qbank/projections/reviews"
)

// standingStep is a step of a review with what was said there.
type standingStep struct {
	workflow.Step
	of      *reviews.Item
	waiting bool
}

func (s *schema) reviewTypes() {
	assignment := object("ReviewAssignment", "Who is to review.", func() []member[workflow.Assignment] {
		type a = workflow.Assignment
		return []member[a]{
			show("person", required(gql.String), "Opaque id.", func(a a) any { return a.Person }),
			show("due", engine.Instant, "By when.", func(a a) any { return since(a.Due) }),
		}
	})
	step := object("ReviewStep", "A step that a submission must pass.", func() []member[*standingStep] {
		type st = *standingStep
		return []member[st]{
			show("id", required(gql.String), "Names the step in its workflow.", func(s st) any { return s.ID }),
			titled[st](func(s st) fault.Text { return s.Title }),
			show("role", gql.String, "The role of those who may approve.", func(s st) any { return filled(s.Role) }),
			show("permission", gql.String, "Or the permission.", func(s st) any { return filled(s.Permission) }),
			show("spotCheck", required(gql.Boolean), "Drawn for a spot check.", func(s st) any { return s.Share > 0 }),
			show("assignedOnly", required(gql.Boolean), "Only who was assigned may approve.", func(s st) any { return s.AssignedOnly }),
			show("needed", required(gql.Int), "How many approvals it needs.", func(s st) any { return s.Approvals }),
			show("waiting", required(gql.Boolean), "It is the one that waits.", func(s st) any { return s.waiting }),
			show("approvedBy", many(gql.String), "Opaque ids of who has approved.", func(s st) any {
				by := []any{}
				for _, a := range s.of.Standing.Approvals {
					if a.Step == s.ID {
						by = append(by, a.By)
					}
				}
				return by
			}),
			show("assigned", many(assignment), "To whom it is assigned.", func(s st) any {
				list := []any{}
				for _, a := range s.of.Standing.Assigned {
					if a.Step == s.ID {
						list = append(list, a)
					}
				}
				return list
			}),
		}
	})
	event := reviewEventType()
	s.review = object("Review", "Where the review of a question or a lesson stands.", func() []member[*reviews.Item] {
		type i = *reviews.Item
		return []member[i]{
			show("kind", required(s.reviewed), "A question or a lesson.", func(i i) any { return i.Kind }),
			show("itemId", required(gql.ID), "Global id of the question or lesson.", func(i i) any { return reviewedID(i) }),
			load("question", s.question, "The question.", func(c call, i i) (any, error) {
				if i.Kind != workflow.Questions {
					return nil, nil
				}
				return c.questions.Load(c.ctx, i.ID), nil
			}).needing(access.ReadQuestions),
			load("lesson", s.lesson, "The lesson.", func(c call, i i) (any, error) {
				if i.Kind != workflow.Lessons {
					return nil, nil
				}
				return c.lessons.Load(c.ctx, i.ID), nil
			}).needing(access.ReadLessons),
			show("org", required(gql.String), "The organisation it belongs to.", func(i i) any { return i.Org }),
			show("code", gql.String, "题号, of a question.", func(i i) any { return filled(i.Code) }),
			show("title", gql.String, "Its title, for authors.", func(i i) any { return filled(i.Title) }),
			show("subject", gql.String, "学科", func(i i) any { return filled(i.Subject) }),
			show("revision", required(gql.Int), "Revision of the question or lesson.", func(i i) any { return i.Revision }),
			show("state", required(s.questionState), "Where it stands in its life cycle.", func(i i) any { return i.State }),
			show("workflow", required(gql.String), "Name and version of the workflow that was pinned.", func(i i) any { return i.Standing.Review.Workflow }),
			show("workflowHash", required(gql.String), "Hash of its document.", func(i i) any { return string(i.Standing.Review.Hash) }),
			show("fastLane", required(gql.Boolean), "It passes the fast lane of small corrections.", func(i i) any { return i.Standing.Review.Lane == workflow.ErrataLane }),
			show("spotCheck", required(gql.Boolean), "A spot check was drawn.", func(i i) any { return i.SpotCheck }),
			show("hash", required(gql.String), "Hash of what was submitted: approvals are of exactly that.", func(i i) any { return string(i.Standing.Hash) }),
			show("authors", many(gql.String), "Opaque ids of who wrote it since it was published last.", func(i i) any { return anys(i.Standing.Authors) }),
			show("submittedBy", required(gql.String), "Opaque id of who submitted it.", func(i i) any { return i.SubmittedBy }),
			show("submittedAt", required(engine.Instant), "When it was submitted.", func(i i) any { return i.SubmittedAt }),
			show("waitingSince", engine.Instant, "Since when the step that waits does.", func(i i) any {
				if !i.Waiting {
					return nil
				}
				return i.Since
			}),
			show("step", gql.String, "Id of the step that waits.", func(i i) any { return filled(i.Step) }),
			show("given", required(gql.Int), "Approvals that this step has.", func(i i) any { return i.Given }),
			show("needed", required(gql.Int), "And those it needs.", func(i i) any { return i.Needed }),
			show("assignedTo", many(gql.String), "Opaque ids of those whom this step is assigned to.", func(i i) any { return anys(i.Assigned) }),
			show("due", engine.Instant, "The earliest instant by which an assigned reviewer is to be done.", func(i i) any { return since(i.Due) }),
			show("steps", many(step), "What it must pass, in order.", func(i i) any {
				steps := make([]any, len(i.Standing.Review.Steps))
				for n, st := range i.Standing.Review.Steps {
					steps[n] = &standingStep{Step: st, of: i, waiting: i.Waiting && st.ID == i.Step}
				}
				return steps
			}),
			load("mayApprove", required(gql.Boolean), "The caller may approve at the step that waits.", func(c call, i i) (any, error) {
				return c.mayApprove(i) == nil, nil
			}),
			load("whyNot", gql.String, "Why the caller may not approve, in the language of the request.", func(c call, i i) (any, error) {
				if f := fault.Of(c.mayApprove(i)); f != nil {
					return f.Message.In(engine.Locale(c.ctx)), nil //nolint:nilerr // the refusal is what is asked for
				}
				return nil, nil
			}),
			load("history", s.connection(event), "What happened in its reviews, the latest first.", func(c call, i i) (any, error) {
				return list(c, reviewsModel, func(p read.Page) (read.Rows[reviews.Happened], error) {
					return c.Reviews.History(c.ctx, c.actor.Scope.Org, i.ID, p)
				}, same)
			}).with(pageArgs(nil)),
		}
	})
}

func reviewEventType() *gql.Object {
	return object("ReviewEvent", "Something that happened in a review.", func() []member[*reviews.Happened] {
		type h = *reviews.Happened
		return []member[h]{
			show("revision", required(gql.Int), "Revision of the question or lesson afterwards.", func(h h) any { return h.Revision }),
			show("action", required(gql.String), "submitted, approved, returned, assigned, unassigned or published.", func(h h) any { return h.Action }),
			show("step", gql.String, "At which step.", func(h h) any { return filled(h.Step) }),
			show("persons", many(gql.String), "Opaque ids of whom it was assigned to, or taken from.", func(h h) any { return anys(h.Persons) }),
			show("workflow", gql.String, "Under which workflow it was submitted or published.", func(h h) any { return filled(h.Workflow) }),
			show("hash", gql.String, "Hash of what it was about.", func(h h) any { return filled(h.Hash) }),
			show("note", gql.String, "What was said with it: a note or a reason.", func(h h) any { return filled(h.Note) }),
			show("by", required(gql.String), "Opaque id of who did it.", func(h h) any { return h.By }),
			show("at", required(engine.Instant), "When.", func(h h) any { return h.At }),
		}
	})
}

func reviewedID(i *reviews.Item) string {
	if i.Kind == workflow.Lessons {
		return engine.GlobalID(lessonName, i.ID.String())
	}
	return engine.GlobalID(questionName, i.ID.String())
}

// mayApprove is nil where the caller may approve what waits, as the command would decide.
func (c call) mayApprove(i *reviews.Item) error {
	needs := access.ReviewQuestions
	if i.Kind == workflow.Lessons {
		needs = access.ReviewLessons
	}
	if err := c.actor.Require(needs); err != nil {
		return err
	}
	return i.Standing.MayApprove(c.actor)
}

// review is where the review of a question or a lesson stands; null where it is not submitted.
func (c call) review(id uuid.UUID) func() (any, error) {
	return c.reviews.Then(c.ctx, id, func(i *reviews.Item, found bool) (any, error) {
		if !found || i.Standing.Hash == "" {
			return nil, nil
		}
		return i, nil
	})
}

// queueFilters are the arguments that say which part of the queue is meant.
func (s *schema) queueFilters() gql.FieldConfigArgument {
	return gql.FieldConfigArgument{
		"kind": arg(s.reviewed, "Questions or lessons alone."), "workflow": arg(gql.String, "Under this workflow: name and version."),
		"step": arg(gql.String, "At the step with this id."), "subject": arg(gql.String, "学科"), "type": arg(gql.String, "Id of the question type, such as single-choice."),
		"assignedTo": arg(gql.String, "Assigned to this person."), "mine": arg(gql.Boolean, "Assigned to the caller."),
		"open": arg(gql.Boolean, "What the caller may approve now."), "unassigned": arg(gql.Boolean, "What nobody was given or has taken."),
		"spotCheck": arg(gql.Boolean, "Of which a spot check was drawn."), "dueBefore": arg(engine.Instant, "To be done before this instant."),
	}
}

func (s *schema) reviewRoots() []root {
	filters := s.queueFilters()
	count := object("ReviewCount", "How many wait at a step.", func() []member[*reviews.Count] {
		type n = *reviews.Count
		return []member[n]{
			show("kind", required(s.reviewed), "Questions or lessons.", func(n n) any { return n.Kind }),
			show("workflow", required(gql.String), "Name and version.", func(n n) any { return n.Workflow }),
			show("step", required(gql.String), "Id of the step.", func(n n) any { return n.Step }),
			show("waiting", required(gql.Int), "How many wait.", func(n n) any { return n.Waiting }),
			show("unassigned", required(gql.Int), "Of those, how many nobody was given or has taken.", func(n n) any { return n.Unassigned }),
			show("overdue", required(gql.Int), "And how many should have been done by now.", func(n n) any { return n.Overdue }),
			show("oldest", required(engine.Instant), "Since when the longest waits.", func(n n) any { return n.Oldest }),
		}
	})
	return []root{
		{name: "reviewQueue", of: s.connection(s.review), needs: access.ReviewQuestions, about: "What waits for an approval, the longest waiting first.",
			args: pageArgs(filters), resolve: func(c call) (any, error) {
				filter := c.reviewFilter()
				return countedList(c, reviewsModel, func(p read.Page) (read.Rows[reviews.Item], error) {
					return c.Reviews.Queue(c.ctx, c.actor.Scope.Org, filter, p)
				}, func() (int, bool, error) { return c.Reviews.QueueLength(c.ctx, c.actor.Scope.Org, filter) }, same)
			}},
		{name: "reviewCounts", of: many(count), needs: access.ReviewQuestions, about: "How many wait at each step.", args: filters, resolve: func(c call) (any, error) {
			if err := c.reads(c.ctx, reviewsModel); err != nil {
				return nil, err
			}
			found, err := c.Reviews.Counts(c.ctx, c.actor.Scope.Org, c.reviewFilter(), c.Commands.Now().UnixMicro())
			return pointers(found), err
		}},
	}
}

func (c call) reviewFilter() reviews.Filter {
	f := reviews.Filter{Kind: choice(c.args, "kind", workflow.Kind("")), Workflow: c.args.text("workflow"), Step: c.args.text("step"), Subject: c.args.text("subject"),
		Type: c.args.text("type"), AssignedTo: c.args.text("assignedTo"), Unassigned: c.args.yes("unassigned"), SpotCheck: c.args.yes("spotCheck"), DueBefore: c.args.instant("dueBefore")}
	if c.args.yes("mine") {
		f.AssignedTo = c.actor.Person()
	}
	if c.args.yes("open") {
		f.For = &c.actor
	}
	return f
}
