package roster_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/reissue"
	domain "qbank/domain/roster"
	"qbank/projections/projtest"
	"qbank/projections/roster"
)

func TestAnAudienceIsEverybodyInItOnce(t *testing.T) {
	t.Parallel()
	reader := roster.NewReader(projtest.Given(t, all, roster.New(nil), append(tree(), runs()...)...).Pool)
	prod := access.Scope{Org: "acme", Environment: "prod"}
	one := func(name string) []uuid.UUID { return []uuid.UUID{projtest.StreamID(name)} }
	members := func(of reissue.Audience) []uuid.UUID {
		t.Helper()
		reached, err := reader.Audience(t.Context(), prod, of)
		if err != nil || len(reached.Unknown) != 0 || reached.Position == 0 {
			t.Fatalf("%+v, %v", reached, err)
		}
		var ids []uuid.UUID
		for _, m := range reached.Members {
			ids = append(ids, m.Student)
		}
		return sorted(ids)
	}
	class := members(reissue.Audience{Classes: one("c1")})
	if len(class) == 0 || slices.Contains(class, domain.PersonOf("late")) || slices.Contains(class, domain.PersonOf("gone")) || !slices.Contains(class, domain.PersonOf("now")) {
		t.Errorf("the class is %v", class)
	}
	if course := members(reissue.Audience{Courses: one("maths")}); !slices.Equal(course, class) {
		t.Errorf("the course of the class is %v, not %v", course, class)
	}
	both := members(reissue.Audience{Sessions: one("running"), Students: []uuid.UUID{domain.PersonOf("guest"), domain.PersonOf("nobody")}, Classes: one("c1")})
	if want := sorted(append(slices.Clone(class), domain.PersonOf("guest"), domain.PersonOf("nobody"))); !slices.Equal(both, want) {
		t.Errorf("all together are %v, not %v", both, want)
	}
	for name, c := range map[string]struct {
		scope access.Scope
		of    reissue.Audience
		want  string
	}{
		"no such class":        {prod, reissue.Audience{Classes: append(one("c1"), uuid.New())}, "/audience/classes/1"},
		"a term is no course":  {prod, reissue.Audience{Courses: one("term")}, "/audience/courses/0"},
		"another environment":  {prod, reissue.Audience{Sessions: one("elsewhere")}, "/audience/sessions/0"},
		"another organisation": {access.Scope{Org: "other", Environment: "prod"}, reissue.Audience{Classes: one("c1")}, "/audience/classes/0"},
		"a session of another": {access.Scope{Org: "other", Environment: "prod"}, reissue.Audience{Sessions: one("running")}, "/audience/sessions/0"},
		"a course of another":  {access.Scope{Org: "acme/math", Environment: "prod"}, reissue.Audience{Courses: one("maths")}, "/audience/courses/0"},
	} {
		reached, err := reader.Audience(t.Context(), c.scope, c.of)
		if err != nil || len(reached.Unknown) != 1 || reached.Unknown[0].Pointer != c.want || c.scope.Org == "other" && len(reached.Members) != 0 {
			t.Errorf("%s: %+v, %v", name, reached, err)
		}
	}
	other := uuid.New()
	for org, want := range map[string]int{"acme": 1, "acme/math": 1, "other": 2} {
		if missing, err := reader.Unknown(t.Context(), org, append(one("c1"), other)); err != nil || len(missing) != want || !slices.Contains(missing, other) {
			t.Errorf("%s does not know %v, %v", org, missing, err)
		}
	}
}
