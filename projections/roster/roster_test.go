package roster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
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
	reader := roster.NewReader(projtest.Given(t, domain.Events, roster.New(), history()...).Pool)
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
	reader := roster.NewReader(projtest.Given(t, domain.Events, roster.New(), history()...).Pool)
	c1 := projtest.StreamID("c1")
	for _, c := range []struct{ org, text, want string }{
		{"acme", "", "Physics, 初一 2 班"}, {"acme/math", "", "初一 2 班"}, {"acme", "phys", "Physics"}, {"acme", "m-1", "初一 2 班"}, {"acme", "%", ""}, {"other", "", ""},
	} {
		list, err := reader.Classes(t.Context(), c.org, c.text, read.Page{})
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

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	facts := history()
	steps := rapid.SliceOfN(rapid.IntRange(0, 99), 80, 80).Example(5)
	for i, step := range steps {
		class := fmt.Sprint("class ", i%4)
		who := people(fmt.Sprint("s", step%5), fmt.Sprint("s", step%3))
		var e event.Event = domain.MembersJoined{Students: who}
		switch {
		case i < 4:
			e = domain.ClassCreated{Org: "acme", Code: class, Title: class}
		case step < 40:
			e = domain.MembersLeft{Students: who}
		case step > 90:
			e = domain.ClassRenamed{Title: fmt.Sprint("renamed ", i)}
		}
		facts = append(facts, projtest.In(class, e))
	}
	projtest.Given(t, domain.Events, roster.New(), facts...).RebuildEquals(t, roster.New())
}
