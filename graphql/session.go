package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	people "qbank/domain/roster"
	"qbank/domain/session"
	"qbank/graphql/engine"
	"qbank/projections/read"
	"qbank/projections/roster"
)

func (s *schema) sessionTypes() {
	s.sessionState = enum("SessionState", "How far a session has come.", enumValue[session.State]{session.Waiting, "It has not started."},
		enumValue[session.State]{session.Running, "Students may begin in it."}, enumValue[session.State]{session.Over, "Nobody begins in it any more."},
		enumValue[session.State]{session.Off, "It does not take place."})
	guest := object("SessionGuest", "A student of another class in a session (补课).", func() []member[*roster.Guest] {
		return []member[*roster.Guest]{
			show("student", required(s.person), "The student.", func(g *roster.Guest) any { return person(g.Student.String()) }),
			show("admittedAt", required(engine.Instant), "When the student was let in.", func(g *roster.Guest) any { return g.AdmittedAt }),
		}
	})
	pins := s.pinsType()
	s.session = object(sessionName, "A class session (场次): one run of a lesson.", func() []member[*roster.Session] {
		type v = *roster.Session
		return []member[v]{
			show("id", required(gql.ID), "Global id.", func(v v) any { return engine.GlobalID(sessionName, v.ID.String()) }),
			show("org", required(gql.String), "The organisation it belongs to.", func(v v) any { return v.Org }),
			show("environment", required(gql.String), "Where it takes place.", func(v v) any { return v.Environment }),
			show("code", required(gql.String), "The organisation's own code.", func(v v) any { return v.Code }),
			show("title", required(gql.String), "Its title; it may have none.", func(v v) any { return v.Title }),
			show("state", required(s.sessionState), "How far it has come.", func(v v) any { return v.State }),
			load("lesson", s.lesson, "The lesson.", func(c call, v v) (any, error) { return c.lessons.Load(c.ctx, v.Lesson), nil }).needing(access.ReadLessons),
			show("teacher", required(s.person), "Who teaches it.", func(v v) any { return person(v.Teacher.String()) }),
			load("classes", many(s.class), "The classes it is for.", func(c call, v v) (any, error) { return c.classesOf(v.Classes), nil }),
			show("start", required(engine.Instant), "When it is planned to start.", func(v v) any { return v.Start }),
			show("end", required(engine.Instant), "When it is planned to end.", func(v v) any { return v.End }),
			show("startedAt", engine.Instant, "When it started.", func(v v) any { return since(v.StartedAt) }),
			show("endedAt", engine.Instant, "When it ended.", func(v v) any { return since(v.EndedAt) }),
			show("cancelledAt", engine.Instant, "When it was cancelled.", func(v v) any { return since(v.CancelledAt) }),
			show("reason", gql.String, "Why it was cancelled.", func(v v) any { return filled(v.Reason) }),
			load("guests", s.connection(guest), "Students of other classes who attend it.", func(c call, v v) (any, error) {
				return list(c, rosterModel, func(p read.Page) (read.Rows[roster.Guest], error) {
					return c.Roster.Guests(c.ctx, c.actor.Scope, v.ID, p)
				}, same)
			}).with(pageArgs(nil)),
			load("pins", pins, "What it pinned at its start; null before.", func(c call, v v) (any, error) {
				if v.StartedAt == 0 {
					return nil, nil
				}
				return c.Roster.Pins(c.ctx, c.actor.Scope, v.ID)
			}).needing(access.ReadLessons),
		}
	}, s.node)
}

func (s *schema) pinsType() *gql.Object {
	pin := object("SessionPin", "The version of one question that everybody in a session gets.", func() []member[*session.Pin] {
		type p = *session.Pin
		return []member[p]{
			show("slot", required(gql.String), "Name of the place in the lesson.", func(p p) any { return string(p.Slot) }),
			load("question", s.question, "The question.", func(c call, p p) (any, error) { return c.questions.Load(c.ctx, p.Question), nil }),
			show("version", required(gql.Int), "Its version.", func(p p) any { return p.Version }),
			show("reason", required(gql.String), "Why it was this version when the session started.", func(p p) any { return string(p.Reason) }),
		}
	})
	return object("SessionPins", "What a session fixed at its start.", func() []member[*session.Pins] {
		type p = *session.Pins
		return []member[p]{
			show("version", required(gql.Int), "Version of the lesson.", func(p p) any { return p.Version }),
			show("release", required(gql.ID), "Id of the release.", func(p p) any { return p.Release.String() }),
			show("snapshot", required(engine.Long), "Position of the log that it was resolved from.", func(p p) any { return p.Snapshot }),
			show("items", many(pin), "Its questions, in order.", func(p p) any { return pointers(p.Items) }),
		}
	})
}

// sessionList lists sessions of the token's environment.
func (c call) sessionList(filter roster.SessionFilter) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	return list(c, rosterModel, func(p read.Page) (read.Rows[roster.Session], error) {
		return c.Roster.Sessions(c.ctx, scope, filter, p)
	}, same)
}

func (s *schema) sessionRoots() []root {
	return []root{
		byID("session", sessionName, "A class session of the token's environment.", s.session, session.NotFound),
		{name: "sessions", of: s.connection(s.session), needs: access.ReadRoster,
			about: "The class sessions of the token's environment, the latest planned start first.",
			args: pageArgs(gql.FieldConfigArgument{"lesson": arg(gql.ID, "Of this lesson: global id or UUID."), "class": arg(gql.ID, "Of this class: global id or UUID."),
				"teacher": arg(gql.String, "Of this teacher: opaque id."), "state": arg(s.sessionState, "In this state."),
				"from": arg(engine.Instant, "Planned to end after this."), "until": arg(engine.Instant, "Planned to start before this.")}),
			resolve: func(c call) (any, error) {
				filter := roster.SessionFilter{State: choice(c.args, "state", session.State("")), From: c.args.instant("from"), Until: c.args.instant("until")}
				if teacher := c.args.text("teacher"); teacher != "" {
					filter.Teacher = people.PersonOf(teacher)
				}
				var err error
				if filter.Lesson, err = c.args.id("lesson", lessonName); err != nil {
					return nil, err
				}
				if filter.Class, err = c.args.id("class", className); err != nil {
					return nil, err
				}
				return c.sessionList(filter)
			}},
	}
}

func (s *schema) sessionMutations() []mutation {
	changed := payload("SessionPayload", "What a change of a session came to.",
		load("session", s.session, "The session as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.sessions, o.ID, session.NotFound()), nil }))
	it := thing{name: "session", typ: sessionName, about: "Global id or UUID of the session.", of: changed, scoped: true}
	return []mutation{
		{name: "planSession", about: "Makes sure that a session is planned in the token's environment, and says all there is to be said of it.", of: changed,
			needs: commands.PlanSession{}.Needs(), input: inputs{"code": must(gql.String, "The organisation's own code."), "title": in(gql.String, "Its title."),
				"lesson":   in(gql.ID, "The lesson: global id or UUID."),
				"lessonOf": in(gql.String, "Instead: code of a lesson of a course, which refers to the lesson."),
				"teacher":  must(gql.String, "Number (工号) of who teaches it."), "classes": must(listIn(gql.String), "Codes of the classes it is for."),
				"start": must(engine.Instant, "When it is to start."), "end": must(engine.Instant, "When it is to end.")},
			do: func(c call, a args) (*outcome, error) {
				lesson, err := a.id("lesson", lessonName)
				return c.carried(commands.PlanSession{Code: a.text("code"), Title: a.text("title"), Lesson: lesson, LessonOf: a.text("lessonOf"),
					Teacher: commands.Person{Number: a.text("teacher")}, Classes: a.texts("classes"), Start: a.instant("start"), End: a.instant("end")}, err)
			}},
		act(it, "startSession", "Opens a session to its students and pins what is live of its lesson.", nil,
			func(_ call, id uuid.UUID, _ args) (commands.StartSession, error) {
				return commands.StartSession{Session: id}, nil
			}),
		act(it, "endSession", "Closes a session: nobody begins in it any more.", nil,
			func(_ call, id uuid.UUID, _ args) (commands.EndSession, error) {
				return commands.EndSession{Session: id}, nil
			}),
		act(it, "cancelSession", "Calls off a session that has not started.", inputs{"reason": in(gql.String, "Why.")},
			func(_ call, id uuid.UUID, a args) (commands.CancelSession, error) {
				return commands.CancelSession{Session: id, Reason: a.text("reason")}, nil
			}),
		act(it, "admitGuests", "Lets students of other classes attend a session (补课); they stay in their own.",
			inputs{"students": must(listIn(gql.String), "Their numbers (学号).")},
			func(_ call, id uuid.UUID, a args) (commands.AdmitGuests, error) {
				numbers, err := a.numbers("students")
				return commands.AdmitGuests{Session: id, Students: numbers}, err
			}),
	}
}
