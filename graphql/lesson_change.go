package graphql

import (
	"slices"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/graphql/engine"
	"qbank/projections/lessons"
	"qbank/projections/read"
)

// standingMembers say of what a lesson is a copy, what is a copy of it, and whether it is locked.
func (s *schema) standingMembers() []member[*lessons.Lesson] {
	type l = *lessons.Lesson
	copied := object("LessonMaster", "Of what a lesson is a copy.", func() []member[*lessons.Copy] {
		type m = *lessons.Copy
		return []member[m]{
			load("lesson", s.lesson, "The master.", func(c call, m m) (any, error) { return c.lessons.Load(c.ctx, m.Master), nil }),
			show("term", gql.String, "What the copy is for, such as a term.", func(m m) any { return filled(m.Term) }),
			show("version", required(gql.Int), "Version of the master that the copy has.", func(m m) any { return m.Version }),
			show("behind", required(gql.Int), "How many versions the master has that the copy has not.", func(m m) any { return max(0, m.MasterLatest-m.Version) }),
		}
	})
	lock := object("LessonLock", "Keeps a version as it is before class (锁课).", func() []member[*lesson.Lock] {
		type k = *lesson.Lock
		return []member[k]{
			show("environment", required(gql.String), "For whose use.", func(k k) any { return string(k.Environment) }),
			show("version", required(gql.Int), "What is kept.", func(k k) any { return k.Version }),
		}
	})
	return []member[l]{
		show("master", copied, "Of what it is a copy; null: of nothing.", func(l l) any { return l.Copy }),
		load("copies", s.connection(s.lesson), "Its copies, the latest change first.", func(c call, l l) (any, error) {
			copies := lessons.Filter{Master: l.ID}
			return countedList(c, lessonsModel, func(p read.Page) (read.Rows[lessons.Lesson], error) {
				return c.Lessons.List(c.ctx, c.actor.Scope.Org, copies, p)
			}, func() (int, bool, error) { return c.Lessons.Count(c.ctx, c.actor.Scope.Org, copies) }, same)
		}).with(pageArgs(nil)),
		show("locks", many(lock), "While there is one, the lesson changes by approved requests alone.", func(l l) any { return pointers(l.Locks) }),
		load("downloaded", gql.Int, "Manifests of its locked version that devices have in the token's environment; null where nobody counts.", func(c call, l l) (any, error) {
			here := slices.DeleteFunc(slices.Clone(l.Locks), func(k lesson.Lock) bool { return string(k.Environment) != c.actor.Scope.Environment })
			n, err := c.Commands.Downloaded(c.ctx, l.ID, l.Org, here)
			if n == nil {
				return nil, err
			}
			return *n, err
		}),
		load("changes", s.connection(s.lessonChange), "What was asked of it while it was locked, the latest request first.", func(c call, l l) (any, error) {
			state := choice(c.args, "state", lessons.State(""))
			return list(c, lessonsModel, func(p read.Page) (read.Rows[lessons.Change], error) {
				return c.Lessons.Changes(c.ctx, c.actor.Scope.Org, l.ID, state, p)
			}, same)
		}).with(pageArgs(gql.FieldConfigArgument{"state": arg(s.changeState, "Only those of which this became.")})),
	}
}

func (s *schema) changeTypes() {
	s.changeState = enum("LessonChangeState", "What became of a request.", enumValue[lessons.State]{lessons.Open, "Nobody has decided yet."},
		enumValue[lessons.State]{lessons.Approved, "It is made and published."}, enumValue[lessons.State]{lessons.Declined, "It is not made."},
		enumValue[lessons.State]{lessons.Lapsed, "The lesson was unlocked first."})
	s.lessonChange = object("LessonChange", "A request for a change of a locked lesson (临调).", func() []member[*lessons.Change] {
		type q = *lessons.Change
		return []member[q]{
			show("id", required(gql.ID), "For the decision.", func(q q) any { return q.ID.String() }),
			show("revision", required(gql.Int), "Revision of the lesson that the plan was made from.", func(q q) any { return q.Revision }),
			show("plan", required(engine.JSON), "What the lesson is to say.", func(q q) any { return q.Plan }),
			show("reason", required(gql.String), "Why.", func(q q) any { return q.Reason }),
			show("requestedBy", required(gql.String), "Opaque id of who asked.", func(q q) any { return q.RequestedBy }),
			show("requestedAt", required(engine.Instant), "When.", func(q q) any { return q.RequestedAt }),
			show("state", required(s.changeState), "What became of it.", func(q q) any { return q.State }),
			show("decidedBy", gql.String, "Opaque id of who decided.", func(q q) any { return filled(q.DecidedBy) }),
			show("decidedAt", engine.Instant, "When.", func(q q) any { return since(q.DecidedAt) }),
			show("note", gql.String, "What was said with the decision.", func(q q) any { return filled(q.Note) }),
			show("downloaded", gql.Int, "Manifests that devices had by the approval; null where nobody counted.", func(q q) any { return given(q.Downloaded) }),
		}
	})
}

func (s *schema) lessonChangeMutations() []mutation {
	side := enum("MergeSide", "Whose side of a conflict stays.", enumValue[lesson.Side]{lesson.Ours, "What stands in the draft."}, enumValue[lesson.Side]{lesson.Theirs, "What comes from the master."})
	choices := inputObject("MergeChoiceInput", "What to do about one conflict.", inputs{
		"pointer": must(gql.String, "Where, as the refusal lesson.merge_conflict says, or by the names of the input: /max_attempts, or /maxAttempts."), "side": must(side, "Whose side stays."),
	})
	reason, note := must(gql.String, "Why."), in(gql.String, "For those who read the history.")
	change := must(gql.ID, "Id of the request.")
	it, master := aLesson(s.lessonPayload), aLesson(s.lessonPayload)
	master.about = "Global id or UUID of the master, which may be a copy itself."
	return []mutation{
		act(master, "copyLesson", "Starts a lesson with what a published version of another says. It goes its own way and pulls what that master changes.", inputs{
			"version": in(gql.Int, "Version of the master; the newest where it is not given."),
			"term":    in(gql.String, "What the copy is for, such as a term."), "title": in(gql.String, "Its title; the master's where it is not given."),
		}, func(_ call, id lesson.ID, a args) (commands.CopyLesson, error) {
			return commands.CopyLesson{Master: id, Version: a.number("version"), Term: a.text("term"), Title: a.text("title")}, nil
		}),
		step(it, "pullLesson", "Brings into a copy's draft what its master changed. Where both changed the same, the refusal lesson.merge_conflict shows both in its "+
			"details; choices decide them.", inputs{"version": in(gql.Int, "Of the master; the newest where it is not given."), "choices": in(listIn(choices), "Whose side stays where.")},
			func(_ call, id lesson.ID, revision int, a args) (commands.PullLesson, error) {
				taken, plan := lesson.Choices{}, fieldsOf(s.planInput)
				for _, o := range a.objects("choices") {
					taken[plan.stored(o.text("pointer"))] = choice(o, "side", lesson.Side(""))
				}
				return commands.PullLesson{Lesson: id, Revision: revision, Version: a.number("version"), Choices: taken}, nil
			}),
		step(it, "lockLesson", "Keeps the newest version as it is before class (锁课), for the token's environment. The lesson then changes by approved requests alone, and "+
			"the locked version is the only one that may be released there.",
			inputs{"version": in(gql.Int, "The newest, where you want to be sure that it is."), "note": note},
			func(c call, id lesson.ID, revision int, a args) (commands.LockLesson, error) {
				scope, err := c.scope()
				return commands.LockLesson{Lesson: id, Revision: revision, Environment: environment.Name(scope.Environment), Version: a.number("version"), Note: a.text("note")}, err
			}),
		step(it, "unlockLesson", "Lets a lesson change again, as far as the token's environment goes.", inputs{"reason": reason},
			func(c call, id lesson.ID, revision int, a args) (commands.UnlockLesson, error) {
				scope, err := c.scope()
				return commands.UnlockLesson{Lesson: id, Revision: revision, Environment: environment.Name(scope.Environment), Reason: a.text("reason")}, err
			}),
		step(it, "requestLessonChange", "Asks for a change of a locked lesson (临调).", inputs{"plan": must(s.planInput, "What it is to say."), "reason": reason},
			func(c call, id lesson.ID, revision int, a args) (commands.RequestLessonChange, error) {
				plan, err := c.plan(a.object("plan"))
				return commands.RequestLessonChange{Lesson: id, Revision: revision, Plan: plan, Reason: a.text("reason")}, err
			}),
		s.approveLessonChange(inputs{"change": change, "note": note}),
		step(it, "declineLessonChange", "Closes a request without a change.", inputs{"change": change, "reason": reason},
			func(_ call, id lesson.ID, revision int, a args) (commands.DeclineLessonChange, error) {
				request, err := requestID(a)
				return commands.DeclineLessonChange{Lesson: id, Revision: revision, Change: request, Reason: a.text("reason")}, err
			}),
	}
}

// approveLessonChange tells what is live with it, and what is left to do.
func (s *schema) approveLessonChange(more inputs) mutation {
	it := aLesson(payload("ApproveLessonChangePayload", "What an approved change came to.",
		load("lesson", s.lesson, "The lesson as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.lessons, o.ID, noLesson()), nil }),
		show("liveVersion", gql.Int, "Version that everybody gets now in the token's environment; null: none, or the token names no environment.",
			func(o *outcome) any { return positive(o.late.Live) }),
		show("left", many(gql.String), "Environments for which the lesson is locked and where the new version is not live by this: releaseLesson is left to do there.",
			func(o *outcome) any { return anys(o.late.Left) })))
	return it.onSeen("approveLessonChange", "Makes a change that somebody else asked for, and publishes the lesson with it. In the token's environment the new version is live at "+
		"once where the locked one was.", commands.ApproveLessonChange{}.Needs(), more, func(c call, id lesson.ID, revision int, a args) (*outcome, error) {
		request, err := requestID(a)
		if err != nil {
			return nil, err
		}
		var came commands.LateChange
		o, err := c.carry(commands.ApproveLessonChange{Lesson: id, Revision: revision, Change: request, Note: a.text("note"), See: func(l commands.LateChange) { came = l }})
		o.late = came
		return o, err
	})
}

func requestID(a args) (uuid.UUID, error) {
	id, err := uuid.Parse(a.text("change"))
	if err != nil {
		return id, fault.Refuse(fault.NotFound, "lesson.change_unknown", fault.Say("there is no such open request", "没有这个待处理的临调申请"))
	}
	return id, nil
}
