package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/reissue"
	"qbank/domain/roster"
	"qbank/domain/takedown"
	"qbank/graphql/engine"
	"qbank/projections/read"
	"qbank/projections/reissues"
)

func (s *schema) reissueTypes() {
	s.reissueState = enum("ReissueState", "Where a reissue stands. Whether a granted one is active is a matter of the clock.",
		enumValue[reissue.State]{reissue.IsAsked, "Somebody has to grant it."}, enumValue[reissue.State]{reissue.IsGranted, "It is active in its window."},
		enumValue[reissue.State]{reissue.IsDeclined, "It was refused."}, enumValue[reissue.State]{reissue.IsRevoked, "It was ended before its time."})
	audience := object("ReissueAudience", "Whom a reissue is for.", func() []member[*reissue.Audience] {
		type a = *reissue.Audience
		return []member[a]{
			show("students", many(s.person), "Students who are named.", func(a a) any { return persons(a.Students) }),
			load("classes", many(s.class), "Classes.", func(c call, a a) (any, error) { return c.classesOf(a.Classes), nil }),
			show("sessions", many(gql.ID), "Global ids of class sessions.", func(a a) any { return globalIDs(sessionName, a.Sessions) }),
			show("courses", many(gql.ID), "Global ids of courses.", func(a a) any { return globalIDs(nodeName, a.Courses) }),
		}
	})
	pin := object("ReissuePin", "A version that students get instead of another.", func() []member[*reissue.Pin] {
		type p = *reissue.Pin
		return []member[p]{
			show("slot", gql.String, "Place in the lesson; null: wherever the question stands.", func(p p) any { return filled(p.Slot) }),
			load("question", s.question, "The question.", func(c call, p p) (any, error) { return c.questions.Load(c.ctx, p.Question), nil }).needing(access.ReadQuestions),
			show("version", required(gql.Int), "Its version.", func(p p) any { return p.Version }),
		}
	})
	s.ledgerTypes()
	s.reissue = object(reissueName, "A reissue (资源补发): one version for certain students, for a while, because of something.", func() []member[*reissues.Reissue] {
		type r = *reissues.Reissue
		return []member[r]{
			show("id", required(gql.ID), "Global id.", func(r r) any { return engine.GlobalID(reissueName, r.ID.String()) }),
			show("org", required(gql.String), "The organisation of who asked.", func(r r) any { return r.Org }),
			show("state", required(s.reissueState), "Where it stands.", func(r r) any { return r.State }),
			load("active", required(gql.Boolean), "Students get it now.", func(c call, r r) (any, error) { return r.Active(c.Commands.Now().UnixMicro()), nil }),
			load("question", s.question, "The question; null: a lesson.", func(c call, r r) (any, error) { return maybe(c, c.questions, r.Question) }).needing(access.ReadQuestions),
			load("lesson", s.lesson, "The lesson; null: a question.", func(c call, r r) (any, error) { return maybe(c, c.lessons, r.Lesson) }).needing(access.ReadLessons),
			show("version", required(gql.Int), "Version of the question or the lesson.", func(r r) any { return r.Version }),
			show("pins", many(pin), "What that came to when it was asked for. Errata that are published later take the place of what they correct.", func(r r) any { return pointers(r.Pins) }),
			show("audience", required(audience), "Whom it is for.", func(r r) any { return &r.Audience }),
			show("students", required(gql.Int), "How many these were when it was asked for, or granted.", func(r r) any { return r.Reach.Students }),
			show("digest", required(gql.String), "Digest of who they were.", func(r r) any { return string(r.Reach.Digest) }),
			show("from", engine.Instant, "When it begins; null: as soon as it is granted.", func(r r) any { return since(r.From) }),
			show("until", required(engine.Instant), "When it ends.", func(r r) any { return r.Until }),
			show("reason", required(gql.String), "Why.", func(r r) any { return r.Reason }),
			show("secondPerson", required(gql.Boolean), "Somebody else than who asked has to grant it.", func(r r) any { return r.Second }),
			show("askedBy", required(gql.String), "Opaque id of who asked.", func(r r) any { return r.AskedBy }),
			show("askedAt", required(engine.Instant), "When.", func(r r) any { return r.AskedAt }),
			show("grantedBy", gql.String, "Opaque id of who granted it.", func(r r) any { return filled(r.GrantedBy) }),
			show("grantedAt", engine.Instant, "When.", func(r r) any { return since(r.GrantedAt) }),
			show("note", gql.String, "What was said with it.", func(r r) any { return filled(r.Note) }),
			show("endedBy", gql.String, "Opaque id of who declined or revoked it.", func(r r) any { return filled(r.EndedBy) }),
			show("endedAt", engine.Instant, "When.", func(r r) any { return since(r.EndedAt) }),
			show("endedWhy", gql.String, "Why.", func(r r) any { return filled(r.EndedWhy) }),
			show("revision", required(gql.Int), "Number of its events.", func(r r) any { return r.Revision }),
			load("ledger", many(s.ledgerClass), "The ledger (补发台账), class by class, of whoever is in the audience now.", func(c call, r r) (any, error) {
				return c.ledger(r)
			}).needing(access.ReadRoster),
		}
	}, s.node)
	s.dryRunType(pin)
	s.takedownType()
}

func (s *schema) takedownType() {
	s.takedown = object("Takedown", "A takedown (下架): a version of a question, or all of them, nowhere.", func() []member[*reissues.Takedown] {
		type t = *reissues.Takedown
		return []member[t]{
			show("id", required(gql.ID), "Id.", func(t t) any { return t.ID.String() }),
			show("environment", gql.String, "Where; null: in every environment.", func(t t) any { return filled(t.Environment) }),
			load("question", s.question, "Of which question.", func(c call, t t) (any, error) { return c.questions.Load(c.ctx, t.Question), nil }).needing(access.ReadQuestions),
			show("version", gql.Int, "Which version; null: every one, those to come included.", func(t t) any { return positive(t.Version) }),
			show("reason", required(gql.String), "Why.", func(t t) any { return t.Reason }),
			show("imposedBy", required(gql.String), "Opaque id of who took it down.", func(t t) any { return t.ImposedBy }),
			show("imposedAt", required(engine.Instant), "When.", func(t t) any { return t.ImposedAt }),
			show("liftedBy", gql.String, "Opaque id of who lifted it.", func(t t) any { return filled(t.LiftedBy) }),
			show("liftedAt", engine.Instant, "When; null: it stands.", func(t t) any { return since(t.LiftedAt) }),
			show("liftedWhy", gql.String, "Why.", func(t t) any { return filled(t.LiftedWhy) }),
		}
	})
}

func (s *schema) reissueRoots() []root {
	return []root{
		byID("reissue", reissueName, "A reissue of the token's environment.", s.reissue, reissue.NotFound).scoped(),
		{name: "reissues", of: s.connection(s.reissue), needs: access.ReadReleases, about: "The reissues of the token's environment, of the organisation and below, the one asked for last first.",
			args: pageArgs(gql.FieldConfigArgument{"states": arg(listIn(s.reissueState), "Only those in one of these states."),
				"question": arg(gql.ID, "Only those that give this question: global id, UUID or code."), "active": arg(gql.Boolean, "Only those that students get now.")}),
			resolve: func(c call) (any, error) {
				scope, err := c.scope()
				if err != nil {
					return nil, err
				}
				filter := reissues.Filter{States: choices[reissue.State](c.args, "states")}
				if filter.Question, err = c.questionIn(c.args); err != nil {
					return nil, err
				}
				if c.args.yes("active") {
					filter.ActiveAt = c.Commands.Now().UnixMicro()
				}
				return list(c, reissuesModel, func(p read.Page) (read.Rows[reissues.Reissue], error) {
					return c.Reissues.List(c.ctx, scope, filter, p)
				}, same)
			}},
		{name: "takedowns", of: s.connection(s.takedown), needs: access.ReadReleases, about: "The takedowns that work in the token's environment, of questions of the organisation and below, the newest first.",
			args: pageArgs(gql.FieldConfigArgument{"standing": arg(gql.Boolean, "Only those that were not lifted.")}),
			resolve: func(c call) (any, error) {
				scope, err := c.scope()
				if err != nil {
					return nil, err
				}
				return list(c, reissuesModel, func(p read.Page) (read.Rows[reissues.Takedown], error) {
					return c.Reissues.Takedowns(c.ctx, scope, c.args.yes("standing"), p)
				}, same)
			}},
		s.dryRunRoot(),
	}
}

// wishInput is what somebody wants reissued.
func (s *schema) wishInput() inputs {
	return inputs{
		"question": in(gql.ID, "A question: global id, UUID or code; or"), "lesson": in(gql.ID, "a lesson: global id or UUID. Its questions go as the lesson names them, with the errata that followed; its stages, marks and tries stay those of what is live."),
		"version":  must(gql.Int, "Version of the question or the lesson."),
		"students": in(listIn(gql.String), "Students: their opaque ids, or what tokens call them."), "classes": in(listIn(gql.ID), "Classes: global ids or UUIDs."),
		"sessions": in(listIn(gql.ID), "Class sessions: global ids or UUIDs."), "courses": in(listIn(gql.ID), "Courses: global ids or UUIDs."),
		"from": in(engine.Instant, "When it begins; not given: as soon as it is granted."), "until": must(engine.Instant, "When it ends."),
		"reason": must(gql.String, "Why."),
	}
}

func (c call) wish(a args) (commands.Wish, error) {
	w := commands.Wish{Version: a.number("version"), From: a.instant("from"), Until: a.instant("until"), Reason: a.text("reason")}
	var err error
	if w.Question, err = c.questionIn(a); err != nil {
		return w, err
	}
	if w.Lesson, err = a.id("lesson", lessonName); err != nil {
		return w, err
	}
	for _, subject := range a.texts("students") {
		w.Audience.Students = append(w.Audience.Students, roster.PersonOf(subject))
	}
	for _, group := range []struct {
		list *[]uuid.UUID
		name string
		typ  string
	}{{&w.Audience.Classes, "classes", className}, {&w.Audience.Sessions, "sessions", sessionName}, {&w.Audience.Courses, "courses", nodeName}} {
		if *group.list, err = a.ids(group.name, group.typ); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (s *schema) reissueMutations() []mutation {
	changed := payload("ReissuePayload", "What a change of a reissue came to.",
		load("reissue", s.reissue, "The reissue as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.reissues, o.ID, reissue.NotFound()), nil }))
	taken := payload("TakedownPayload", "What a change of a takedown came to.",
		load("takedown", s.takedown, "The takedown as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.takedowns, o.ID, takedown.NotFound()), nil }))
	ask := s.wishInput()
	ask["grant"] = in(gql.Boolean, "Grant it at once, where you may and the audience is small.")
	it := thing{name: "reissue", typ: reissueName, about: "Global id or UUID of the reissue.", of: changed, scoped: true}
	why := inputs{"reason": must(gql.String, "Why.")}
	return []mutation{
		{name: "askReissue", about: "Asks that a version goes to certain students at once, in the token's environment. Of two that meet, the one granted later wins.", of: changed,
			needs: commands.AskReissue{}.Needs(), input: ask, do: func(c call, a args) (*outcome, error) {
				wish, err := c.wish(a)
				return c.carried(commands.AskReissue{Wish: wish, Grant: a.yes("grant")}, err)
			}},
		step(it, "grantReissue", "Lets a reissue happen, for whoever is in its audience by now. Not for who asked, where that one may not grant or the audience is large.",
			inputs{"digest": in(gql.String, "Of the audience that you saw; another one is refused."), "note": in(gql.String, "For those who read the history.")},
			func(_ call, id reissue.ID, n int, a args) (commands.GrantReissue, error) {
				return commands.GrantReissue{Reissue: id, Revision: n, Digest: a.text("digest"), Note: a.text("note")}, nil
			}),
		step(it, "declineReissue", "Refuses a reissue that was asked for.", why, func(_ call, id reissue.ID, n int, a args) (commands.DeclineReissue, error) {
			return commands.DeclineReissue{Reissue: id, Revision: n, Reason: a.text("reason")}, nil
		}),
		step(it, "revokeReissue", "Ends a reissue before its time: nobody begins with it any more. Open attempts keep what they have.", why,
			func(_ call, id reissue.ID, n int, a args) (commands.RevokeReissue, error) {
				return commands.RevokeReissue{Reissue: id, Revision: n, Reason: a.text("reason")}, nil
			}),
		{name: "takeDown", about: "Takes a version of a question, or all of them, down at once.", of: taken, needs: commands.TakeDown{}.Needs(),
			input: inputs{"question": must(gql.ID, "Global id, UUID or code."), "version": in(gql.Int, "Not given: every version, those to come included."),
				"everywhere": in(gql.Boolean, "In every environment, not the token's alone."), "reason": must(gql.String, "Why.")},
			do: func(c call, a args) (*outcome, error) {
				id, err := c.question(a.text("question"))
				return c.carried(commands.TakeDown{Question: id, Version: a.number("version"), Everywhere: a.yes("everywhere"), Reason: a.text("reason")}, err)
			}},
		{name: "liftTakedown", about: "Lets what was taken down be shown again.", of: taken, needs: commands.LiftTakedown{}.Needs(),
			input: inputs{"takedown": must(gql.ID, "Id of the takedown."), "question": must(gql.ID, "The question that it is of: global id, UUID or code."), "reason": must(gql.String, "Why.")},
			do: func(c call, a args) (*outcome, error) {
				id, err := a.id("takedown", "Takedown")
				if err != nil {
					return nil, err
				}
				question, err := c.question(a.text("question"))
				if err != nil {
					return nil, err
				}
				return c.carry(commands.LiftTakedown{Question: question, Takedown: id, Reason: a.text("reason")})
			}},
	}
}
