package staff_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/apikey"
	"qbank/domain/environment"
	"qbank/domain/event"
	domain "qbank/domain/staff"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/projections/staff"
)

var (
	events = append(slices.Clone(domain.Events), apikey.Events...)
	wang   = domain.ID("test", "wang")
	li     = domain.ID("test", "li")
)

func granted(person uuid.UUID, org string, role access.Role, environments ...environment.Name) projtest.Facts {
	return projtest.In("roles of "+person.String(), domain.RoleGranted{Person: person, Org: org, Role: role, Environments: environments})
}

func history() []projtest.Facts {
	return []projtest.Facts{
		granted(wang, "acme", access.Admin).By("boss"),
		granted(wang, "acme/math", access.Releaser, "dev"),
		granted(li, "acme/math", access.Author),
		granted(wang, "acme/math", access.Releaser, "dev", "test").By("li"),
		projtest.In("k1", apikey.Created{Prefix: "aaaaaaaa", Org: "acme/math", Title: "CRM", Roles: []access.Role{access.Support}, ExpiresAt: 7}).By("boss"),
		projtest.In("k2", apikey.Created{Prefix: "bbbbbbbb", Org: "acme", Title: "Reports", Roles: []access.Role{access.Analyst}, Networks: []string{"10.0.0.0/8"}}),
		projtest.In("k1", apikey.Revoked{Reason: "lost"}).By("li"),
	}
}

func TestWhoWorksHere(t *testing.T) {
	t.Parallel()
	reader := staff.NewReader(projtest.Given(t, events, staff.New(), history()...).Pool)
	for org, want := range map[string][]uuid.UUID{"acme": {wang, li}, "acme/math": {wang, li}, "acme/physics": nil, "other": nil, "acm": nil} {
		list, err := reader.People(t.Context(), org, read.Page{})
		var got []uuid.UUID
		for _, p := range list.Rows {
			got = append(got, p.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", org, got, err)
		}
	}
	roles, err := reader.Roles(t.Context(), "acme/math", []uuid.UUID{wang, li})
	if err != nil || len(roles[wang]) != 1 || len(roles[li]) != 1 {
		t.Fatalf("%+v, %v", roles, err)
	}
	if r := roles[wang][0]; r.Role != "releaser" || !slices.Equal(r.Environments, []string{"dev", "test"}) || r.GrantedBy != "li" || r.GrantedAt == 0 {
		t.Errorf("%+v", r)
	}
	page, err := reader.People(t.Context(), "acme", read.Page{First: 1})
	if err != nil || !page.More {
		t.Fatalf("%+v, %v", page, err)
	}
	if page, err = reader.People(t.Context(), "acme", read.Page{After: page.Cursors[0]}); err != nil || len(page.Rows) != 1 || page.Rows[0].ID != li {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestOtherAdmins(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, events, staff.New(), history()...)
	reader := staff.NewReader(log.Pool)
	for _, c := range []struct {
		org     string
		besides uuid.UUID
		want    bool
	}{{"acme", li, true}, {"acme/math", li, true}, {"acme", wang, false}, {"acmeandmore", li, false}, {"other", li, false}} {
		got, position, err := reader.OtherAdmins(t.Context(), c.org, c.besides)
		if err != nil || got != c.want || position != 7 {
			t.Errorf("%+v: %v at %d, %v", c, got, position, err)
		}
	}
	log.Append(projtest.In("roles of "+wang.String(), domain.RoleRevoked{Person: wang, Org: "acme", Role: access.Admin}))
	log.Run(staff.New())
	if got, position, err := reader.OtherAdmins(t.Context(), "acme", li); err != nil || got || position != 8 {
		t.Errorf("after the last one left: %v at %d, %v", got, position, err)
	}
}

func TestKeysAreListed(t *testing.T) {
	t.Parallel()
	reader := staff.NewReader(projtest.Given(t, events, staff.New(), history()...).Pool)
	all, err := reader.Keys(t.Context(), "acme", read.Page{})
	if err != nil || len(all.Rows) != 2 || all.Rows[0].Title != "Reports" || all.Rows[0].RevokedAt != 0 || all.Rows[1].RevokedBy != "li" || all.Rows[1].CreatedBy != "boss" {
		t.Errorf("%+v, %v", all.Rows, err)
	}
	if below, err := reader.Keys(t.Context(), "acme/math", read.Page{}); err != nil || len(below.Rows) != 1 || below.Rows[0].Reason != "lost" {
		t.Errorf("%+v, %v", below.Rows, err)
	}
	for org, want := range map[string]bool{"acme": true, "acme/math": true, "other": false} {
		if k, found, err := reader.Key(t.Context(), org, projtest.StreamID("k1")); err != nil || found != want || found && k.Prefix != "aaaaaaaa" {
			t.Errorf("%s: %+v, %v, %v", org, k, found, err)
		}
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	facts := history()
	for i, step := range rapid.SliceOfN(rapid.IntRange(0, 99), 80, 80).Example(3) {
		person, org, role := domain.ID("test", fmt.Sprint(step%5)), fmt.Sprint("acme/", step%3), access.Roles[step%4]
		stream := "roles of " + person.String()
		var e event.Event = domain.RoleGranted{Person: person, Org: org, Role: role}
		if i%3 == 2 {
			e = domain.RoleRevoked{Person: person, Org: org, Role: role}
		}
		facts = append(facts, projtest.In(stream, e))
	}
	projtest.Given(t, events, staff.New(), facts...).RebuildEquals(t, staff.New())
}
