package roster_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/erasure"
	"qbank/domain/event"
	domain "qbank/domain/roster"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/projections/roster"
)

// people are students as tokens name them.
func people(names ...string) []uuid.UUID {
	ids := make([]uuid.UUID, len(names))
	for i, name := range names {
		ids[i] = domain.PersonOf(name)
	}
	return ids
}

func history() []projtest.Facts {
	return []projtest.Facts{
		projtest.In("c1", domain.ClassCreated{Org: "acme/math", Code: "M-1", Title: "初一 1 班"}, domain.MembersJoined{Students: people("ann", "bo", "cy")}),
		projtest.In("c2", domain.ClassCreated{Org: "acme/physics", Code: "P-1", Title: "Physics"}, domain.MembersJoined{Students: people("ann")}),
		projtest.In("c1", domain.MembersLeft{Students: people("bo")}, domain.ClassRenamed{Title: "初一 2 班"}),
	}
}

func TestAStudentIsInClasses(t *testing.T) {
	t.Parallel()
	reader := roster.NewReader(projtest.Given(t, all, roster.New(nil), history()...).Pool)
	both := []uuid.UUID{projtest.StreamID("c1"), projtest.StreamID("c2")}
	slices.SortFunc(both, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
	for _, c := range []struct {
		org, student string
		want         []uuid.UUID
	}{
		{"acme", "ann", both},
		{"acme", domain.PersonOf("ann").String(), both},
		{"acme/math", "ann", []uuid.UUID{projtest.StreamID("c1")}},
		{"acme/math/senior", "ann", []uuid.UUID{projtest.StreamID("c1")}},
		{"acme", "bo", nil},
		{"acme", "nobody", nil},
		{"other", "ann", nil},
	} {
		got, err := reader.ClassesOf(t.Context(), access.Scope{Org: c.org, Environment: "prod"}, c.student)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s in %s: got %v, %v; want %v", c.student, c.org, got, err, c.want)
		}
	}
}

func TestClassesAndMembersAreListed(t *testing.T) {
	t.Parallel()
	reader := roster.NewReader(projtest.Given(t, all, roster.New(nil), history()...).Pool)
	c1 := projtest.StreamID("c1")
	for _, c := range []struct{ org, text, want string }{
		{"acme", "", "Physics, 初一 2 班"}, {"acme/math", "", "初一 2 班"}, {"acme", "phys", "Physics"}, {"acme", "m-1", "初一 2 班"}, {"acme", "%", ""}, {"other", "", ""},
	} {
		list, err := reader.Classes(t.Context(), c.org, roster.ClassFilter{Text: c.text}, read.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, class := range list.Rows {
			titles = append(titles, class.Title)
		}
		if got := strings.Join(titles, ", "); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
	found, err := reader.Get(t.Context(), "acme/math", []uuid.UUID{c1, projtest.StreamID("c2")})
	if err != nil || len(found) != 1 || found[c1].Members != 2 || found[c1].Code != "M-1" || found[c1].UpdatedAt <= found[c1].CreatedAt {
		t.Errorf("got %+v, %v", found, err)
	}
	var members []uuid.UUID
	page := read.Page{First: 1}
	for {
		list, err := reader.Members(t.Context(), "acme", c1, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list.Rows {
			members = append(members, m.Student)
		}
		if !list.More {
			break
		}
		page.After = list.Cursors[0]
	}
	want := people("ann", "cy")
	slices.SortFunc(want, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
	if !slices.Equal(members, want) {
		t.Errorf("members %v, want %v", members, want)
	}
	if list, err := reader.Members(t.Context(), "acme/physics", c1, read.Page{}); err != nil || len(list.Rows) != 0 {
		t.Errorf("others see members: %v, %v", list.Rows, err)
	}
}

// tree is a line with a term, a course and a lesson of it, to which the classes of history belong.
func tree() []projtest.Facts {
	node := func(name string, kind domain.Kind, code, title, parent string) projtest.Facts {
		facts := domain.NodeFacts{Title: title}
		if parent != "" {
			facts.Parent = projtest.StreamID(parent)
		}
		return projtest.In(name, domain.NodeCreated{Org: "acme", Kind: kind, Code: code, NodeFacts: facts})
	}
	return append(history(),
		node("line", domain.Line, "k12", "K12", ""), node("term", domain.Term, "2026a", "Autumn", "line"),
		node("maths", domain.Course, "m7", "Maths", "term"), node("other term", domain.Term, "2026b", "Spring", "line"),
		node("lesson", domain.Lesson, "m7-1", "Sums", "maths"),
		projtest.In("c1", domain.ClassPlaced{Course: projtest.StreamID("maths")},
			domain.ClassStaffed{Role: domain.Teacher, People: people("li")}, domain.ClassStaffed{Role: domain.Tutor, People: people("wu", "xu")}),
		projtest.In("c2", domain.ClassStaffed{Role: domain.Teacher, People: people("li")}),
		projtest.In("ann", domain.StudentDescribed{Org: "acme", Student: domain.PersonOf("ann"), StudentFacts: domain.StudentFacts{Grade: "7", Region: "cn-bj"}}),
		projtest.In("term", domain.NodeChanged{NodeFacts: domain.NodeFacts{Title: "Autumn 2026", Parent: projtest.StreamID("line"), Window: domain.Window{From: 5, Until: 9}}}),
		projtest.In("c1", domain.MembersJoined{Students: people("late"), Window: domain.Window{From: 1 << 60}},
			domain.MembersJoined{Students: people("gone"), Window: domain.Window{Until: 1}}, domain.MembersJoined{Students: people("now"), Window: domain.Window{From: 1, Until: 1 << 60}}),
	)
}

func ids(names ...string) []uuid.UUID {
	var list []uuid.UUID
	for _, name := range names {
		list = append(list, projtest.StreamID(name))
	}
	return sorted(list)
}

func sorted(list []uuid.UUID) []uuid.UUID {
	slices.SortFunc(list, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return list
}

func TestAnEnrolmentIsAllThatIsKnownOfAStudent(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, all, roster.New(nil), tree()...)
	reader := roster.NewReader(log.Pool)
	head, err := log.Store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	codes := func(of map[string]string) map[uuid.UUID]string {
		out := map[uuid.UUID]string{}
		for name, code := range of {
			out[projtest.StreamID(name)] = code
		}
		return out
	}
	maths := domain.Enrolment{Classes: ids("c1"), Courses: ids("maths"), Terms: ids("term"), Lines: ids("line"), Teachers: people("li"),
		Tutors: sorted(people("wu", "xu")), Codes: codes(map[string]string{"c1": "M-1", "maths": "m7", "term": "2026a", "line": "k12"}), Position: head}
	ann := maths
	ann.Classes, ann.StudentFacts = ids("c1", "c2"), domain.StudentFacts{Grade: "7", Region: "cn-bj"}
	ann.Codes = codes(map[string]string{"c1": "M-1", "c2": "P-1", "maths": "m7", "term": "2026a", "line": "k12"})
	annHere := ann
	annHere.Classes, annHere.Codes = maths.Classes, maths.Codes
	nobody := domain.Enrolment{Codes: map[uuid.UUID]string{}, Position: head}
	for _, c := range []struct {
		org, student string
		want         domain.Enrolment
	}{
		{"acme", "ann", ann}, {"acme/math", "ann", annHere}, {"acme/math/senior", "cy", maths}, {"acme", "now", maths},
		{"acme", "late", nobody}, {"acme", "gone", nobody}, {"acme", "bo", nobody}, {"other", "ann", nobody}, {"acm", "ann", nobody}, {"", "ann", nobody},
	} {
		scope := access.Scope{Org: c.org, Environment: "prod"}
		got, err := reader.Enrolment(t.Context(), scope, c.student)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s in %q: got %+v, %v; want %+v", c.student, c.org, got, err, c.want)
		}
		classes, err := reader.ClassesOf(t.Context(), scope, c.student)
		if err != nil || !slices.Equal(classes, c.want.Classes) {
			t.Errorf("%s in %q: classes %v, %v", c.student, c.org, classes, err)
		}
	}
}

func TestTheTreeIsListed(t *testing.T) {
	t.Parallel()
	reader := roster.NewReader(projtest.Given(t, all, roster.New(nil), tree()...).Pool)
	for _, c := range []struct {
		org    string
		filter roster.NodeFilter
		want   string
	}{
		{"acme", roster.NodeFilter{Kind: domain.Term}, "Autumn 2026, Spring"}, {"acme", roster.NodeFilter{Parent: projtest.StreamID("maths")}, "Sums"},
		{"acme", roster.NodeFilter{Text: "2026B"}, "Spring"}, {"acme", roster.NodeFilter{}, "Autumn 2026, K12, Maths, Spring, Sums"}, {"acme/math", roster.NodeFilter{}, ""},
	} {
		list, err := reader.Nodes(t.Context(), c.org, c.filter, read.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, n := range list.Rows {
			titles = append(titles, n.Title)
		}
		if got := strings.Join(titles, ", "); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
	found, err := reader.GetNodes(t.Context(), "acme", ids("term", "c1"))
	if term := found[projtest.StreamID("term")]; err != nil || len(found) != 1 || term.Code != "2026a" || term.Until != 9 || term.UpdatedAt <= term.CreatedAt {
		t.Errorf("got %+v, %v", found, err)
	}
	staff, err := reader.StaffOf(t.Context(), "acme/math", ids("c1", "c2"))
	want := map[uuid.UUID]roster.Staff{projtest.StreamID("c1"): {domain.Teacher: people("li"), domain.Tutor: sorted(people("wu", "xu"))}}
	if err != nil || !reflect.DeepEqual(staff, want) {
		t.Errorf("got %v, %v", staff, err)
	}
	for filter, want := range map[roster.ClassFilter]int{{Staff: domain.PersonOf("li")}: 2, {Staff: domain.PersonOf("xu")}: 1, {Course: projtest.StreamID("maths")}: 1} {
		if list, err := reader.Classes(t.Context(), "acme", filter, read.Page{}); err != nil || len(list.Rows) != want {
			t.Errorf("%+v: %+v, %v", filter, list.Rows, err)
		}
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	facts := append(tree(), runs()...)
	steps := rapid.SliceOfN(rapid.IntRange(0, 99), 120, 120).Example(5)
	for i, step := range steps {
		class := fmt.Sprint("class ", i%4)
		who := people(fmt.Sprint("s", step%5), fmt.Sprint("s", step%3))
		var e event.Event = domain.MembersJoined{Students: who, Window: domain.Window{From: int64(step % 2)}}
		switch {
		case i < 4:
			e = domain.ClassCreated{Org: "acme", Code: class, Title: class}
		case step < 40:
			e = domain.MembersLeft{Students: who}
		case step > 95:
			e = domain.ClassRenamed{Title: fmt.Sprint("renamed ", i)}
		case step > 90:
			e = domain.ClassPlaced{Course: projtest.StreamID(fmt.Sprint("course ", step))}
		case step > 88:
			facts = append(facts, projtest.In("erasure of "+fmt.Sprint(step), erasure.Begun{Person: people(fmt.Sprint("s", step%3))[0]}))
			e = domain.StudentDescribed{Org: "acme", Student: people(fmt.Sprint("s", i%5))[0], StudentFacts: domain.StudentFacts{Grade: fmt.Sprint(i)}}
		case step > 80:
			e = domain.ClassStaffed{Role: domain.Tutor, People: sorted(people(fmt.Sprint("t", step%4), "t9"))}
		}
		facts = append(facts, projtest.In(class, e))
	}
	projtest.Given(t, all, roster.New(nil), facts...).RebuildEquals(t, roster.New(nil))
}
