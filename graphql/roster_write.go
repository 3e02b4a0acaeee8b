package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/fault"
	people "qbank/domain/roster"
	"qbank/graphql/engine"
)

// numbers reads people by their numbers, within the bounds of a class.
func (a args) numbers(name string) ([]string, error) {
	list := a.texts(name)
	return list, bounded(len(list), name)
}

// people reads people with their names, within the bounds of a class; nil where they are not given.
func (a args) people(name string) ([]commands.Person, error) {
	if !a.has(name) {
		return nil, nil
	}
	list := []commands.Person{}
	for _, p := range a.objects(name) {
		list = append(list, commands.Person{Number: p.text("number"), Name: p.text("name")})
	}
	return list, bounded(len(list), name)
}

func (a args) window() people.Window {
	return people.Window{From: a.instant("from"), Until: a.instant("until")}
}

func (s *schema) rosterMutations() []mutation {
	changed := payload("ClassPayload", "What a change of a class came to.",
		load("class", s.class, "The class as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.classes, o.ID, noClass()), nil }))
	kept := payload("RosterNodePayload", "What a change of the roster came to.",
		load("node", s.rosterNode, "The node as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.nodes, o.ID, noNode()), nil }))
	described := payload("StudentPayload", "What a change of what is known of a student came to.")
	student := inputObject("StudentInput", "A student as the organisation knows them.", inputs{
		"number": must(gql.String, "The organisation's own number (学号)."), "name": in(gql.String, "The display name, which is kept outside the log."),
	})
	staff := inputObject("StaffInput", "A teacher or tutor as the organisation knows them.", inputs{
		"number": must(gql.String, "The organisation's own number (工号)."), "name": in(gql.String, "The display name, which is kept outside the log."),
	})
	code := must(gql.String, "The organisation's own code of the class.")
	from, until := in(engine.Instant, "When it begins; without beginning where it is not given."), in(engine.Instant, "When it ends; without end where it is not given.")
	return []mutation{
		{name: "keepRosterNode", about: "Makes sure that a business line, term, course or lesson of a course is in the roster, and says all there is to be said of it.", of: kept,
			needs: commands.KeepNode{}.Needs(), input: inputs{"kind": must(s.rosterKind, "Its level."), "code": must(gql.String, "The organisation's own code."),
				"title": must(gql.String, "Its title."), "parent": in(gql.String, "Code of the node it stands below; none for a business line."),
				"lesson": in(gql.ID, "Of a lesson of a course: what authors arrange for it, global id or UUID."), "from": from, "until": until},
			do: func(c call, a args) (*outcome, error) {
				lesson, err := a.id("lesson", lessonName)
				if err != nil {
					return nil, err
				}
				return c.carry(commands.KeepNode{Kind: choice(a, "kind", people.Line), Code: a.text("code"), Title: a.text("title"), Parent: a.text("parent"),
					Lesson: lesson, Window: a.window()})
			}},
		{name: "keepClass", about: "Makes sure that a class exists with this title, and that these students are in it.", of: changed,
			needs: commands.KeepClass{}.Needs(), input: inputs{"code": code, "title": must(gql.String, "Its title."),
				"course":   in(gql.String, "Code of its course; as it is where it is not given."),
				"teachers": in(listIn(staff), "Who teaches it, and nobody else; as it is where it is not given."),
				"tutors":   in(listIn(staff), "Who looks after its students, and nobody else; as it is where it is not given."),
				"students": in(listIn(student), "Who is in it, beside those who are already.")},
			do: func(c call, a args) (*outcome, error) {
				command := commands.KeepClass{Code: a.text("code"), Title: a.text("title"), Course: a.text("course")}
				for field, list := range map[string]*[]commands.Person{"students": &command.Students, "teachers": &command.Teachers, "tutors": &command.Tutors} {
					var err error
					if *list, err = a.people(field); err != nil {
						return nil, err
					}
				}
				return c.carry(command)
			}},
		{name: "joinClass", about: "Puts students into a class that is there, for a while or without end.", of: changed, needs: commands.JoinClass{}.Needs(),
			input: inputs{"code": code, "students": must(listIn(student), "Who joins."), "from": from, "until": until},
			do: func(c call, a args) (*outcome, error) {
				students, err := a.people("students")
				if err != nil {
					return nil, err
				}
				return c.carry(commands.JoinClass{Code: a.text("code"), Students: students, Window: a.window()})
			}},
		{name: "leaveClass", about: "Takes students out of a class.", of: changed, needs: commands.LeaveClass{}.Needs(),
			input: inputs{"code": code, "students": must(listIn(gql.String), "Their numbers (学号).")},
			do: func(c call, a args) (*outcome, error) {
				numbers, err := a.numbers("students")
				if err != nil {
					return nil, err
				}
				return c.carry(commands.LeaveClass{Code: a.text("code"), Students: numbers})
			}},
		{name: "transferStudents", about: "Moves students from one class into another (调班); returns the class they are in then.", of: changed,
			needs: commands.TransferStudents{}.Needs(), input: inputs{"from": must(gql.String, "Code of the class they leave."),
				"to": must(gql.String, "Code of the class they join."), "students": must(listIn(gql.String), "Their numbers (学号).")},
			do: func(c call, a args) (*outcome, error) {
				numbers, err := a.numbers("students")
				if err != nil {
					return nil, err
				}
				return c.carry(commands.TransferStudents{From: a.text("from"), To: a.text("to"), Students: numbers})
			}},
		{name: "describeStudent", about: "Says what rules may ask about a student, all of it at once.", of: described, needs: commands.DescribeStudent{}.Needs(),
			input: inputs{"student": must(student, "The student."), "grade": in(gql.String, "The grade; none where it is not given."),
				"region": in(gql.String, "The region; none where it is not given.")},
			do: func(c call, a args) (*outcome, error) {
				who := a.object("student")
				return c.carry(commands.DescribeStudent{Student: commands.Person{Number: who.text("number"), Name: who.text("name")},
					StudentFacts: people.StudentFacts{Grade: a.text("grade"), Region: a.text("region")}})
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
