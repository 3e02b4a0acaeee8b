package graphql

import (
	"encoding/json"
	"slices"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/discussion"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/graphql/engine"
	"qbank/projections/delivery"
	"qbank/projections/gradebook"
	"qbank/projections/lessons"
	"qbank/projections/read"
)

func (s *schema) lessonTypes() {
	s.reveal = enum("Reveal", "When solutions may be seen.",
		enumValue[lesson.Reveal]{lesson.AfterFinish, "By each student, once the own attempt is finished, also while there are more attempts to come."},
		enumValue[lesson.Reveal]{lesson.AfterLast, "By each student, once the last attempt that maxAttempts allows is finished. Earlier ones say no marks until then."}, enumValue[lesson.Reveal]{lesson.Never, "Never."})
	s.lessonItem = s.lessonItemType()
	s.arrangementTypes()
	s.changeTypes()
	version := object("LessonVersion", "An immutable, published version of a lesson.", func() []member[*lessons.Version] {
		type v = *lessons.Version
		return append([]member[v]{
			show("version", required(gql.Int), "1, 2, 3 …", func(v v) any { return v.Version }),
			show("publishedBy", required(gql.String), "Opaque id of who published it.", func(v v) any { return v.PublishedBy }),
			show("publishedAt", required(engine.Instant), "When it was published.", func(v v) any { return v.PublishedAt }),
		}, part(func(v v) *planned { return &planned{lessons.Key{Lesson: v.Lesson, Version: v.Version}, v.Title} }, s.planMembers())...)
	})
	classResult := s.classResultType()
	difference := s.lessonDiffType()
	s.lesson = object(lessonName, "A lesson (讲次): an arrangement of questions.", func() []member[*lessons.Lesson] {
		type l = *lessons.Lesson
		return slices.Concat([]member[l]{
			show("id", required(gql.ID), "Global id.", func(l l) any { return engine.GlobalID(lessonName, l.ID.String()) }),
			show("org", required(gql.String), "The organisation it belongs to.", func(l l) any { return l.Org }),
			show("revision", required(gql.Int), "Number of its events.", func(l l) any { return l.Revision }),
			show("latestVersion", gql.Int, "Number of the newest version; null before the first.", func(l l) any { return positive(l.Latest) }),
			show("retired", required(gql.Boolean), "Whether it is out of use.", func(l l) any { return l.Retired }),
			show("createdBy", required(gql.String), "Opaque id of who created it.", func(l l) any { return l.CreatedBy }),
			show("createdAt", required(engine.Instant), "When it was created.", func(l l) any { return l.CreatedAt }),
			show("updatedBy", required(gql.String), "Opaque id of who changed it last.", func(l l) any { return l.UpdatedBy }),
			show("updatedAt", required(engine.Instant), "When it was changed last.", func(l l) any { return l.UpdatedAt }),
			load("versions", s.connection(version), "Its published versions, the newest first.", func(c call, l l) (any, error) {
				return list(c, lessonsModel, func(p read.Page) (read.Rows[lessons.Version], error) {
					return c.Lessons.Versions(c.ctx, c.actor.Scope.Org, l.ID, p)
				}, same)
			}).with(pageArgs(nil)),
			load("review", s.review, "Where its review stands; null where its plan is not submitted.", func(c call, l l) (any, error) {
				return c.review(l.ID), nil
			}),
			load("diff", required(difference), "What changed between two points of its history.", lessonDiffOf).with(gql.FieldConfigArgument{
				"from": arg(gql.NewNonNull(s.lessonWhen), "The earlier point."), "to": arg(s.lessonWhen, "The later point; now where it is not given."),
			}),
			load("threads", s.connection(s.thread), "What is said about it, the latest thread first.", func(c call, l l) (any, error) {
				return c.threadsOf(discussion.Subject{Kind: discussion.Lesson, ID: l.ID})
			}).with(pageArgs(s.threadFilter())),
			load("openThreads", required(gql.Int), "How many threads about it are open.", func(c call, l l) (any, error) { return c.openThreads(l.ID), nil }),
			load("attempts", s.connection(s.attempt), "The attempts at it, the newest first.", func(c call, l l) (any, error) {
				return c.attempts(gradebook.Filter{Lesson: l.ID})
			}).with(pageArgs(nil)).needing(access.ReadResults),
			load("classResults", many(classResult), "How each class did.", func(c call, l l) (any, error) { return c.classResults(l.ID) }).needing(access.ReadResults),
			load("statistics", s.lessonFigures, "What finished attempts say about a version.", func(c call, l l) (any, error) {
				version := c.args.number("version")
				if version == 0 {
					version = l.Latest
				}
				return c.lessonFigures(l.ID, version)
			}).with(s.figureArgs()).needing(access.ReadStatistics),
		}, part(func(l l) *planned { return &planned{lessons.Key{Lesson: l.ID}, l.Title} }, s.planMembers()), s.standingMembers())
	}, s.node)
	s.lessonPayload = payload("LessonPayload", "What a change of a lesson came to.", s.lessonNow())
	s.planInputs()
	s.live = object("LiveLesson", "A lesson as it is live in the environment.", func() []member[*delivery.Live] {
		type l = *delivery.Live
		return []member[l]{
			load("lesson", s.lesson, "The lesson.", func(c call, l l) (any, error) { return c.lessons.Load(c.ctx, l.Lesson), nil }),
			show("release", required(gql.ID), "Id of the release.", func(l l) any { return l.Release.String() }),
			show("version", required(gql.Int), "Version of the lesson.", func(l l) any { return l.Version }),
			show("title", required(gql.String), "Title of that version.", func(l l) any { return l.Title }),
			show("questions", required(gql.Int), "How many questions it has.", func(l l) any { return l.Questions }),
			show("releasedAt", required(engine.Instant), "When it was released.", func(l l) any { return l.ReleasedAt }),
			show("note", gql.String, "What was said with the release.", func(l l) any { return filled(l.Note) }),
		}
	})
}

func noLesson() *fault.Fault {
	return fault.Refuse(fault.NotFound, "lesson.not_found", fault.Say("there is no such lesson", "没有这个讲次"))
}

func (s *schema) lessonRoots() []root {
	return []root{
		{name: "lesson", of: s.lesson, needs: access.ReadLessons, about: "A lesson.",
			args: gql.FieldConfigArgument{"id": arg(gql.NewNonNull(gql.ID), "Global id or UUID.")},
			resolve: func(c call) (any, error) {
				id, err := c.args.id("id", lessonName)
				if err != nil {
					return nil, err
				}
				return one(c, c.lessons, id, noLesson()), nil
			}},
		{name: "lessons", of: s.connection(s.lesson), needs: access.ReadLessons, about: "The lessons of the organisation and below, the latest change first.",
			args: pageArgs(gql.FieldConfigArgument{"title": arg(gql.String, "A part of the title, in any case."),
				"retired": arg(gql.Boolean, "Only those out of use, or only the others."), "locked": arg(gql.Boolean, "Only those that are locked, or only the others."),
				"waiting": arg(gql.Boolean, "Only those for which a change is asked for, or only the others.")}),
			resolve: func(c call) (any, error) {
				filter := lessons.Filter{Title: c.args.text("title"), Retired: c.args.flag("retired"), Locked: c.args.flag("locked"), Waiting: c.args.flag("waiting")}
				return countedList(c, lessonsModel, func(p read.Page) (read.Rows[lessons.Lesson], error) {
					return c.Lessons.List(c.ctx, c.actor.Scope.Org, filter, p)
				}, func() (int, bool, error) { return c.Lessons.Count(c.ctx, c.actor.Scope.Org, filter) }, same)
			}},
		{name: "liveLessons", of: s.connection(s.live), needs: access.ReadLessons, about: "What is live in the token's environment, the latest release first.",
			args: pageArgs(nil), resolve: func(c call) (any, error) {
				scope, err := c.scope()
				if err != nil {
					return nil, err
				}
				return list(c, deliveryModel, func(p read.Page) (read.Rows[delivery.Live], error) {
					return c.Delivery.ListLive(c.ctx, scope, p)
				}, same)
			}},
	}
}

func (s *schema) lessonMutations() []mutation {
	it := aLesson(s.lessonPayload)
	return []mutation{
		{name: "createLesson", about: "Starts a lesson.", of: s.lessonPayload, needs: commands.CreateLesson{}.Needs(), input: inputs{"plan": must(s.planInput, "What it says.")},
			do: func(c call, a args) (*outcome, error) {
				plan, err := c.plan(a.object("plan"))
				return c.carried(commands.CreateLesson{Plan: plan}, err)
			}},
		step(it, "editLesson", "Makes a whole plan the draft, merged with what others changed since the revision you saw. "+
			"Where both changed the same, the refusal lesson.merge_conflict shows both in its details.", inputs{"plan": must(s.planInput, "What it says.")},
			func(c call, id lesson.ID, revision int, a args) (commands.EditLesson, error) {
				plan, err := c.plan(a.object("plan"))
				return commands.EditLesson{Lesson: id, Revision: revision, Plan: plan}, err
			}),
		step(it, "publishLesson", "Makes the draft the next version, with exact versions of its questions. What was submitted needs an approval first.", nil,
			func(_ call, id lesson.ID, revision int, _ args) (commands.PublishLesson, error) {
				return commands.PublishLesson{Lesson: id, Revision: revision}, nil
			}),
		step(it, "retireLesson", "Takes a lesson out of use.", inputs{"reason": must(gql.String, "Why.")},
			func(_ call, id lesson.ID, revision int, a args) (commands.RetireLesson, error) {
				return commands.RetireLesson{Lesson: id, Revision: revision, Reason: a.text("reason")}, nil
			}),
		live(it, "releaseLesson", "Makes a published version live in the token's environment, wholly, with the errata of its questions. While the lesson is locked there, only the locked version.",
			inputs{"version": in(gql.Int, "Version of the lesson; the newest where it is not given."), "note": in(gql.String, "For those who read the history.")},
			func(env environment.Name, id lesson.ID, a args) commands.ReleaseLesson {
				return commands.ReleaseLesson{Environment: env, Lesson: id, Version: a.number("version"), Note: a.text("note")}
			}),
		live(it, "withdrawLesson", "Takes a lesson off the token's environment, unless it is locked there; attempts under way go on.", inputs{"reason": must(gql.String, "Why.")},
			func(env environment.Name, id lesson.ID, a args) commands.WithdrawLesson {
				return commands.WithdrawLesson{Environment: env, Lesson: id, Reason: a.text("reason")}
			}),
	}
}

// aLesson is how mutations name a lesson.
func aLesson(of *gql.Object) thing {
	return thing{name: "lesson", typ: lessonName, about: "Global id or UUID of the lesson.", of: of}
}

// lessonNow is the member of payloads that tells of the lesson.
func (s *schema) lessonNow() member[*outcome] {
	return load("lesson", s.lesson, "The lesson as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.lessons, o.ID, noLesson()), nil })
}

// live is a mutation of what is live of a lesson in the token's environment.
func live[C commands.Command](it thing, name, about string, more inputs, command func(env environment.Name, id lesson.ID, a args) C) mutation {
	it.scoped = true
	var kind C
	return it.on(name, about, kind.Needs(), more, func(c call, id uuid.UUID, a args) (*outcome, error) {
		o, err := c.carry(command(environment.Name(c.actor.Scope.Environment), id, a))
		o.ID = id // not that of the environment, whose event it is
		return o, err
	})
}

// view is what students see of a published version. Versions never change, so the judges that score answers have it at hand.
func (c call) view(question uuid.UUID, version int) (any, error) {
	judge, err := c.Commands.Judges.Judge(c.ctx, question, version)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(content.Canonical(judge.Public)), nil
}
