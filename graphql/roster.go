package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/fault"
	people "qbank/domain/roster"
	"qbank/graphql/engine"
	"qbank/projections/read"
	"qbank/projections/roster"
)

// person is somebody known by an opaque id: the subject of a token, or the id the roster gave.
type person string

// persons are people by their opaque ids.
func persons(ids []uuid.UUID) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = person(id.String())
	}
	return list
}

// windowMembers are from when until when something holds.
func windowMembers[T any](of func(T) people.Window) []member[T] {
	return []member[T]{
		show("from", engine.Instant, "When it begins; null is without beginning.", func(t T) any { return since(of(t).From) }),
		show("until", engine.Instant, "When it ends; null is without end.", func(t T) any { return since(of(t).Until) }),
	}
}

func (s *schema) rosterTypes() {
	s.rosterKind = enum("RosterKind", "A level of the roster.", enumValue[people.Kind]{people.Line, "Business line (业务线)."},
		enumValue[people.Kind]{people.Term, "Term (期次)."}, enumValue[people.Kind]{people.Course, "Course (课程)."},
		enumValue[people.Kind]{people.Lesson, "Lesson of a course (讲次)."})
	s.person = object("Person", "Somebody, by an opaque id.", func() []member[person] {
		return []member[person]{
			show("id", required(gql.String), "The opaque id.", func(p person) any { return string(p) }),
			load("name", gql.String, "What the caller's organisation calls the person, or the nearest one above or below it that names the person. Names are kept outside the log and may be erased.", func(c call, p person) (any, error) {
				return c.names.Then(c.ctx, people.PersonOf(string(p)), func(name string, _ bool) (any, error) { return filled(name), nil }), nil
			}).needing(access.ReadRoster),
			load("erased", required(gql.Boolean), "What was known of the person was erased.", func(c call, p person) (any, error) {
				return c.erased.Then(c.ctx, people.PersonOf(string(p)), func(erased, _ bool) (any, error) { return erased, nil }), nil
			}).needing(access.ReadRoster),
		}
	})
	s.nodeType()
	s.classType()
}

func (s *schema) nodeType() {
	s.rosterNode = object(nodeName, "A business line (业务线), a term (期次), a course (课程) or a lesson of a course (讲次).", func() []member[*roster.Node] {
		type n = *roster.Node
		return append([]member[n]{
			show("id", required(gql.ID), "Global id.", func(n n) any { return engine.GlobalID(nodeName, n.ID.String()) }),
			show("org", required(gql.String), "The organisation it belongs to.", func(n n) any { return n.Org }),
			show("kind", required(s.rosterKind), "Its level.", func(n n) any { return n.Kind }),
			show("code", required(gql.String), "The organisation's own code.", func(n n) any { return n.Code }),
			show("title", required(gql.String), "Its title.", func(n n) any { return n.Title }),
			load("parent", s.rosterNode, "What it stands below; null for a business line.", func(c call, n n) (any, error) { return maybe(c, c.nodes, n.Parent) }),
			load("lesson", s.lesson, "Of a lesson of a course: what authors arrange for it.", func(c call, n n) (any, error) { return maybe(c, c.lessons, n.Lesson) }).needing(access.ReadLessons),
			load("children", s.connection(s.rosterNode), "What stands below it, by title; the classes of a course apart.", func(c call, n n) (any, error) {
				return c.rosterNodes(roster.NodeFilter{Parent: n.ID})
			}).with(pageArgs(nil)),
			load("classes", s.connection(s.class), "The classes of a course, by title.", func(c call, n n) (any, error) {
				return c.classList(roster.ClassFilter{Course: n.ID})
			}).with(pageArgs(nil)),
			show("createdAt", required(engine.Instant), "When it was created.", func(n n) any { return n.CreatedAt }),
			show("updatedAt", required(engine.Instant), "When it was changed last.", func(n n) any { return n.UpdatedAt }),
		}, windowMembers(func(n n) people.Window { return n.Window })...)
	}, s.node)
}

func (s *schema) classType() {
	classMember := object("ClassMember", "A student in a class.", func() []member[*roster.Member] {
		return append([]member[*roster.Member]{
			show("student", required(s.person), "The student.", func(m *roster.Member) any { return person(m.Student.String()) }),
			show("joinedAt", required(engine.Instant), "When the student came in.", func(m *roster.Member) any { return m.JoinedAt }),
		}, windowMembers(func(m *roster.Member) people.Window { return m.Window })...)
	})
	staff := func(role people.Role) func(call, *roster.Class) (any, error) {
		return func(c call, k *roster.Class) (any, error) {
			return c.staff.Then(c.ctx, k.ID, func(staff roster.Staff, _ bool) (any, error) { return persons(staff[role]), nil }), nil
		}
	}
	s.class = object(className, "A class (班级).", func() []member[*roster.Class] {
		type k = *roster.Class
		return []member[k]{
			show("id", required(gql.ID), "Global id.", func(k k) any { return engine.GlobalID(className, k.ID.String()) }),
			show("org", required(gql.String), "The organisation it belongs to.", func(k k) any { return k.Org }),
			show("code", required(gql.String), "The organisation's own code.", func(k k) any { return k.Code }),
			show("title", required(gql.String), "Its title.", func(k k) any { return k.Title }),
			load("course", s.rosterNode, "The course it belongs to, if to any.", func(c call, k k) (any, error) { return maybe(c, c.nodes, k.Course) }).needing(access.ReadRoster),
			load("teachers", many(s.person), "Who teaches it.", staff(people.Teacher)).needing(access.ReadRoster),
			load("tutors", many(s.person), "Who looks after its students.", staff(people.Tutor)).needing(access.ReadRoster),
			show("memberCount", required(gql.Int), "How many students are in it.", func(k k) any { return k.Members }),
			show("createdAt", required(engine.Instant), "When it was created.", func(k k) any { return k.CreatedAt }),
			show("updatedAt", required(engine.Instant), "When it was changed last.", func(k k) any { return k.UpdatedAt }),
			load("members", s.connection(classMember), "Its students, in the order of their ids.", func(c call, k k) (any, error) {
				return list(c, rosterModel, func(p read.Page) (read.Rows[roster.Member], error) {
					return c.Roster.Members(c.ctx, c.actor.Scope.Org, k.ID, p)
				}, same)
			}).with(pageArgs(nil)).needing(access.ReadRoster),
			load("sessions", s.connection(s.session), "Its sessions in the token's environment, the latest planned start first.", func(c call, k k) (any, error) {
				return c.sessionList(roster.SessionFilter{Class: k.ID})
			}).with(pageArgs(nil)).needing(access.ReadRoster),
		}
	}, s.node)
}

func (c call) rosterNodes(filter roster.NodeFilter) (any, error) {
	return list(c, rosterModel, func(p read.Page) (read.Rows[roster.Node], error) {
		return c.Roster.Nodes(c.ctx, c.actor.Scope.Org, filter, p)
	}, same)
}

func (c call) classList(filter roster.ClassFilter) (any, error) {
	return list(c, rosterModel, func(p read.Page) (read.Rows[roster.Class], error) {
		return c.Roster.Classes(c.ctx, c.actor.Scope.Org, filter, p)
	}, same)
}

func noClass() *fault.Fault {
	return fault.Refuse(fault.NotFound, "class.not_found", fault.Say("there is no such class", "没有这个班级"))
}

func noNode() *fault.Fault {
	return fault.Refuse(fault.NotFound, "roster.not_found", fault.Say("there is no such node in the roster", "花名册中没有这个节点"))
}

func (s *schema) rosterRoots() []root {
	enrolment := s.enrolmentType()
	return []root{
		byID("class", className, "A class.", s.class, noClass),
		{name: "classes", of: s.connection(s.class), needs: access.ReadRoster, about: "The classes of the organisation and below, by title.",
			args: pageArgs(gql.FieldConfigArgument{"query": arg(gql.String, "A part of the title or the code, in any case."),
				"course": arg(gql.ID, "Of this course: global id or UUID."), "staff": arg(gql.String, "Of this teacher or tutor: opaque id.")}),
			resolve: func(c call) (any, error) {
				filter := roster.ClassFilter{Text: c.args.text("query")}
				if staff := c.args.text("staff"); staff != "" {
					filter.Staff = people.PersonOf(staff)
				}
				var err error
				if filter.Course, err = c.args.id("course", nodeName); err != nil {
					return nil, err
				}
				return c.classList(filter)
			}},
		byID("rosterNode", nodeName, "A business line, a term, a course or a lesson of a course.", s.rosterNode, noNode),
		{name: "rosterNodes", of: s.connection(s.rosterNode), needs: access.ReadRoster, about: "Business lines, terms, courses and lessons of courses of the organisation and below, by title.",
			args: pageArgs(gql.FieldConfigArgument{"kind": arg(s.rosterKind, "Of this level."), "parent": arg(gql.ID, "Directly below this node: global id or UUID."),
				"query": arg(gql.String, "A part of the title or the code, in any case.")}),
			resolve: func(c call) (any, error) {
				filter := roster.NodeFilter{Kind: choice(c.args, "kind", people.Kind("")), Text: c.args.text("query")}
				var err error
				if filter.Parent, err = c.args.id("parent", nodeName); err != nil {
					return nil, err
				}
				return c.rosterNodes(filter)
			}},
		{name: "enrolment", of: enrolment, needs: access.ReadRoster, about: "All that the roster knows of a student now.",
			args: gql.FieldConfigArgument{"student": arg(gql.NewNonNull(gql.String), "Opaque id of the student.")},
			resolve: func(c call) (any, error) {
				if err := read.CheckText("/student", c.args.text("student")); err != nil {
					return nil, err
				}
				if err := c.reads(c.ctx, rosterModel); err != nil {
					return nil, err
				}
				e, err := c.Roster.EnrolmentWithin(c.ctx, c.actor.Scope.Org, c.args.text("student"))
				return &e, err
			}},
	}
}

func (s *schema) enrolmentType() *gql.Object {
	return object("Enrolment", "What the roster knows of a student.", func() []member[*people.Enrolment] {
		type e = *people.Enrolment
		nodes := func(of func(e) []uuid.UUID) func(call, e) (any, error) {
			return func(c call, e e) (any, error) {
				waiting := make([]any, len(of(e)))
				for i, id := range of(e) {
					waiting[i] = c.nodes.Load(c.ctx, id)
				}
				return present(waiting), nil
			}
		}
		return []member[e]{
			load("classes", many(s.class), "The classes the student is in now.", func(c call, e e) (any, error) { return c.classesOf(e.Classes), nil }),
			load("courses", many(s.rosterNode), "The courses of these classes.", nodes(func(e e) []uuid.UUID { return e.Courses })),
			load("terms", many(s.rosterNode), "The terms of these courses.", nodes(func(e e) []uuid.UUID { return e.Terms })),
			load("lines", many(s.rosterNode), "The business lines of these terms.", nodes(func(e e) []uuid.UUID { return e.Lines })),
			show("teachers", many(s.person), "The teachers of these classes.", func(e e) any { return persons(e.Teachers) }),
			show("tutors", many(s.person), "The tutors of these classes.", func(e e) any { return persons(e.Tutors) }),
			show("grade", gql.String, "The student's grade.", func(e e) any { return filled(e.Grade) }),
			show("region", gql.String, "The student's region.", func(e e) any { return filled(e.Region) }),
		}
	})
}

// classesOf looks classes up; those that are not the caller's to see are left out.
func (c call) classesOf(ids []uuid.UUID) func() (any, error) {
	waiting := make([]any, len(ids))
	for i, id := range ids {
		waiting[i] = c.classes.Load(c.ctx, id)
	}
	return present(waiting)
}
