package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	people "qbank/domain/roster"
	"qbank/graphql/engine"
	"qbank/projections/read"
	"qbank/projections/roster"
)

// person is somebody known by an opaque id: the subject of a token, or the id the roster gave.
type person string

func (s *schema) rosterTypes() {
	s.person = object("Person", "Somebody, by an opaque id.", func() []member[person] {
		return []member[person]{
			show("id", required(gql.String), "The opaque id.", func(p person) any { return string(p) }),
			load("name", gql.String, "The display name, which is kept outside the log and may be erased.", func(c call, p person) (any, error) {
				return c.names.Then(c.ctx, people.PersonOf(string(p)), func(name string, _ bool) (any, error) { return filled(name), nil }), nil
			}).needing(access.ReadRoster),
		}
	})
	classMember := object("ClassMember", "A student in a class.", func() []member[*roster.Member] {
		return []member[*roster.Member]{
			show("student", required(s.person), "The student.", func(m *roster.Member) any { return person(m.Student.String()) }),
			show("joinedAt", required(engine.Instant), "When the student came in.", func(m *roster.Member) any { return m.JoinedAt }),
		}
	})
	s.class = object(className, "A class (班级).", func() []member[*roster.Class] {
		type k = *roster.Class
		return []member[k]{
			show("id", required(gql.ID), "Global id.", func(k k) any { return engine.GlobalID(className, k.ID.String()) }),
			show("org", required(gql.String), "The organisation it belongs to.", func(k k) any { return k.Org }),
			show("code", required(gql.String), "The organisation's own code.", func(k k) any { return k.Code }),
			show("title", required(gql.String), "Its title.", func(k k) any { return k.Title }),
			show("memberCount", required(gql.Int), "How many students are in it.", func(k k) any { return k.Members }),
			show("createdAt", required(engine.Instant), "When it was created.", func(k k) any { return k.CreatedAt }),
			show("updatedAt", required(engine.Instant), "When it was changed last.", func(k k) any { return k.UpdatedAt }),
			load("members", s.connection(classMember), "Its students, in the order of their ids.", func(c call, k k) (any, error) {
				return list(c, rosterModel, func(p read.Page) (read.Rows[roster.Member], error) {
					return c.Roster.Members(c.ctx, c.actor.Scope.Org, k.ID, p)
				}, same)
			}).with(pageArgs(nil)).needing(access.ReadRoster),
		}
	}, s.node)
}

func noClass() *fault.Fault {
	return fault.Refuse(fault.NotFound, "class.not_found", fault.Say("there is no such class", "没有这个班级"))
}

func (s *schema) rosterRoots() []root {
	return []root{
		{name: "class", of: s.class, needs: access.ReadRoster, about: "A class.",
			args: gql.FieldConfigArgument{"id": arg(gql.NewNonNull(gql.ID), "Global id or UUID.")},
			resolve: func(c call) (any, error) {
				id, err := c.args.id("id", className)
				if err != nil {
					return nil, err
				}
				return one(c, c.classes, id, noClass()), nil
			}},
		{name: "classes", of: s.connection(s.class), needs: access.ReadRoster, about: "The classes of the organisation and below, by title.",
			args: pageArgs(gql.FieldConfigArgument{"query": arg(gql.String, "A part of the title or the code, in any case.")}),
			resolve: func(c call) (any, error) {
				return list(c, rosterModel, func(p read.Page) (read.Rows[roster.Class], error) {
					return c.Roster.Classes(c.ctx, c.actor.Scope.Org, c.args.text("query"), p)
				}, same)
			}},
	}
}

func (s *schema) rosterMutations() []mutation {
	changed := payload("ClassPayload", "What a change of a class came to.",
		load("class", s.class, "The class as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.classes, o.ID, noClass()), nil }))
	student := inputObject("StudentInput", "A student as the organisation knows them.", inputs{
		"number": must(gql.String, "The organisation's own number (学号)."), "name": in(gql.String, "The display name, which is kept outside the log."),
	})
	code := must(gql.String, "The organisation's own code of the class.")
	return []mutation{
		{name: "keepClass", about: "Makes sure that a class exists with this title, and that these students are in it.", of: changed,
			needs: commands.KeepClass{}.Needs(), input: inputs{"code": code, "title": must(gql.String, "Its title."), "students": in(listIn(student), "Who is in it, beside those who are already.")},
			do: func(c call, a args) (*outcome, error) {
				command := commands.KeepClass{Code: a.text("code"), Title: a.text("title")}
				for _, s := range a.objects("students") {
					command.Students = append(command.Students, commands.Student{Number: s.text("number"), Name: s.text("name")})
				}
				if err := bounded(len(command.Students), "students"); err != nil {
					return nil, err
				}
				return c.carry(command)
			}},
		{name: "leaveClass", about: "Takes students out of a class.", of: changed, needs: commands.LeaveClass{}.Needs(),
			input: inputs{"code": code, "students": must(listIn(gql.String), "Their numbers (学号).")},
			do: func(c call, a args) (*outcome, error) {
				numbers := a.texts("students")
				if err := bounded(len(numbers), "students"); err != nil {
					return nil, err
				}
				return c.carry(commands.LeaveClass{Code: a.text("code"), Students: numbers})
			}},
	}
}

func bounded(n int, name string) error {
	if n <= people.MaxMembers {
		return nil
	}
	return fault.Refuse(fault.Limit, "class.full", fault.Say("a class has at most %d members", "一个班级最多 %d 人", people.MaxMembers),
		fault.Problem{Pointer: "/" + name, Code: "max_items", Message: fault.Say("at most %d", "最多 %d 个", people.MaxMembers)})
}

// classesOf looks classes up; those that are not the caller's to see are left out.
func (c call) classesOf(ids []uuid.UUID) func() (any, error) {
	waiting := make([]any, len(ids))
	for i, id := range ids {
		waiting[i] = c.classes.Load(c.ctx, id)
	}
	return present(waiting)
}
