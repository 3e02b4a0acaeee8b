package graphql_test

import (
	"fmt"
	"testing"
	"time"

	"qbank/domain/access"
	"qbank/domain/roster"
)

func (c caller) mutate(name, fields string, input vars) answer {
	c.t.Helper()
	return c.say(fmt.Sprintf(`mutation($i: %s%sInput!) { %s(input: $i) { position %s } }`, string(name[0]-'a'+'A'), name[1:], name, fields), vars{"i": input})
}

func TestStudentsComeAndGo(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.as(t, access.Admin)
	for _, code := range []string{"7a", "7b"} {
		admin.mutate("keepClass", "", vars{"code": code, "title": code})
	}
	joined := admin.mutate("joinClass", `class { memberCount members { nodes { student { id name } from until } } }`, vars{"code": "7a", "from": "2020-01-01T00:00:00Z",
		"until": "2100-01-01T00:00:00Z", "students": []any{vars{"number": "1", "name": "Li Lei"}}})
	id := roster.PersonID("school", "1").String()
	joined.is(map[string]any{"joinClass.class.memberCount": 1, "joinClass.class.members.nodes.0.student.id": id, "joinClass.class.members.nodes.0.student.name": "Li Lei",
		"joinClass.class.members.nodes.0.from": "2020-01-01T00:00:00.000000Z", "joinClass.class.members.nodes.0.until": "2100-01-01T00:00:00.000000Z"})
	move := vars{"from": "7a", "to": "7b", "students": []string{"1"}}
	admin.mutate("transferStudents", `class { code memberCount }`, move).is(map[string]any{"transferStudents.class.code": "7b", "transferStudents.class.memberCount": 1})
	admin.mutate("transferStudents", "", move).is(map[string]any{"transferStudents.position": 0})
	admin.mutate("transferStudents", "", vars{"from": "7a", "to": "7b", "students": []string{"2"}}).refused("class.not_a_member")
	admin.mutate("joinClass", "", vars{"code": "nowhere", "students": []any{}}).refused("roster.unknown")
	admin.mutate("joinClass", "", vars{"code": "7a", "students": []any{vars{"number": "1"}}, "from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}).refused("class.window")
	described := admin.mutate("describeStudent", "", vars{"student": vars{"number": "1"}, "grade": "7", "region": "cn-bj"}).number("describeStudent.position")
	ask := `query($s: String!, $at: Long) { enrolment(student: $s, at: $at) { grade region classes { code } courses { code } teachers { id } } }`
	h.as(t, access.Tutor).ask(ask, vars{"s": id, "at": described}).is(map[string]any{"enrolment.grade": "7", "enrolment.region": "cn-bj",
		"enrolment.classes.0.code": "7b", "enrolment.courses": []any{}, "enrolment.teachers": []any{}})
	h.from(t, "school/math", "test", access.Tutor).ask(ask, vars{"s": id}).is(map[string]any{"enrolment.grade": nil, "enrolment.classes": []any{}})
	admin.mutate("leaveClass", `class { memberCount }`, vars{"code": "7b", "students": []string{"1"}}).is(map[string]any{"leaveClass.class.memberCount": 0})
}

func TestTheTreeIsWalked(t *testing.T) {
	t.Parallel()
	h := teach(t)
	tutor := h.as(t, access.Tutor)
	walked := tutor.ask(`{ rosterNodes(kind: LINE, first: 5) { nodes { code parent { code } children(first: 5) { nodes { kind code until children(first: 5) { nodes { code
		children(first: 5) { nodes { kind code lesson { id } } } classes(first: 5) { nodes { code } } } } } } } } }`, nil)
	walked.is(map[string]any{"rosterNodes.nodes.0.code": "k12", "rosterNodes.nodes.0.parent": nil, "rosterNodes.nodes.0.children.nodes.0.code": "2026a",
		"rosterNodes.nodes.0.children.nodes.0.until":                                       "2030-01-01T00:00:00.000000Z",
		"rosterNodes.nodes.0.children.nodes.0.children.nodes.0.children.nodes.0.code":      "m7-1",
		"rosterNodes.nodes.0.children.nodes.0.children.nodes.0.children.nodes.0.lesson.id": h.lesson,
		"rosterNodes.nodes.0.children.nodes.0.children.nodes.0.classes.nodes.0.code":       "c1",
		"rosterNodes.nodes.0.children.nodes.0.children.nodes.0.children.nodes.0.kind":      "LESSON"})
	tutor.ask(`query($p: ID!) { rosterNodes(parent: $p, query: "M7") { nodes { code } } classes(course: $p) { nodes { code } } }`, vars{"p": h.course}).
		is(map[string]any{"rosterNodes.nodes.0.code": "m7-1", "classes.nodes.0.code": "c1"})
	tutor.ask(`query($t: String!) { classes(staff: $t) { nodes { code } } sessions(teacher: $t) { nodes { code } } }`, vars{"t": roster.PersonID("school", "t1").String()}).
		is(map[string]any{"classes.nodes.0.code": "c1", "sessions.nodes.0.code": "s1"})
	admin := h.as(t, access.Admin)
	admin.mutate("keepRosterNode", "", vars{"kind": "TERM", "code": "x", "title": "x", "parent": "nowhere"}).refused("roster.unknown")
	admin.mutate("keepRosterNode", "", vars{"kind": "LINE", "code": "k12", "title": mark + " line"}).is(map[string]any{"keepRosterNode.position": 0})
}

func TestASessionIsRun(t *testing.T) {
	t.Parallel()
	h := teach(t)
	admin, teacher, elsewhere := h.as(t, access.Admin), h.as(t, access.Teacher), h.from(t, "school", "prod", access.Admin)
	plan := vars{"code": "s2", "lesson": h.lesson, "teacher": "t1", "classes": []string{"c1"}, "start": time.Now().Add(time.Hour), "end": time.Now().Add(2 * time.Hour)}
	planned := admin.mutate("planSession", "session { id start startedAt pins { version } }", plan)
	id := planned.is(map[string]any{"planSession.session.startedAt": nil, "planSession.session.pins": nil}).text("planSession.session.id")
	admin.mutate("planSession", "", plan).is(map[string]any{"planSession.position": 0})
	teacher.mutate("endSession", "", vars{"session": id}).refused("session.not_running")
	elsewhere.mutate("cancelSession", "", vars{"session": id}).refused("session.not_found")
	h.from(t, "school", "", access.Admin).mutate("cancelSession", "", vars{"session": id}).refused("access.no_environment")
	h.from(t, "school", "", access.Admin).say(`{ sessions { nodes { id } } }`, nil).refused("access.no_environment")
	admin.mutate("cancelSession", "session { state reason cancelledAt }", vars{"session": id, "reason": "snow"}).
		is(map[string]any{"cancelSession.session.state": "CANCELLED", "cancelSession.session.reason": "snow"})
	teacher.mutate("startSession", "", vars{"session": id}).refused("session.cancelled")
	teacher.ask(`query($c: ID, $l: ID) { sessions(class: $c, lesson: $l, state: RUNNING) { nodes { code guests { nodes { student { id } } } } } }`, vars{"c": h.class, "l": h.lesson}).
		is(map[string]any{"sessions.nodes.0.code": "s1", "sessions.nodes.0.guests.nodes.0.student.id": roster.PersonID("school", "n2").String()})
	teacher.ask(`query($c: ID!) { class(id: $c) { sessions { nodes { code } } } }`, vars{"c": h.class}).is(map[string]any{"class.sessions.nodes.0.code": "s2", "class.sessions.nodes.1.code": "s1"})
	teacher.mutate("endSession", "session { state endedAt }", vars{"session": h.session}).is(map[string]any{"endSession.session.state": "ENDED"})
	teacher.mutate("admitGuests", "", vars{"session": h.session, "students": []string{"n3"}}).refused("session.ended")
}
