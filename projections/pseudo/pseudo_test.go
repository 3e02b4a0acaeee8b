package pseudo_test

import (
	"testing"

	"github.com/google/uuid"

	"qbank/domain/access"
	domain "qbank/domain/pseudo"
	"qbank/domain/roster"
	"qbank/projections/projtest"
	"qbank/projections/pseudo"
	"qbank/projections/read"
)

func opened(ticket, org, env, staff, student string, at int64) projtest.Facts {
	return projtest.In(ticket, domain.Opened{Org: org, Environment: env, Staff: staff, Student: student, Person: roster.PersonOf(student), Reason: "no sound", Write: true, At: at, Until: at + 100},
		domain.Minted{At: at, Expires: at + 10})
}

func history() []projtest.Facts {
	return []projtest.Facts{
		opened("t1", "acme/math", "prod", "li", "wang", 1),
		opened("t2", "acme", "prod", "li", "zhou", 2),
		opened("t3", "acme", "test", "ann", "wang", 3),
		projtest.In("t1", domain.Approved{By: "boss"}, domain.Minted{At: 5, Expires: 15}),
		projtest.In("t2", domain.Closed{By: "boss", Reason: "enough", Revoked: true}),
	}
}

func TestTicketsAreListed(t *testing.T) {
	t.Parallel()
	reader := pseudo.NewReader(projtest.Given(t, domain.Events, pseudo.New(), history()...).Pool)
	id := projtest.StreamID
	for name, c := range map[string]struct {
		scope  access.Scope
		filter pseudo.Filter
		want   []uuid.UUID
	}{
		"of an environment":        {access.Scope{Org: "acme", Environment: "prod"}, pseudo.Filter{}, []uuid.UUID{id("t2"), id("t1")}},
		"of no environment":        {access.Scope{Org: "acme"}, pseudo.Filter{}, nil},
		"of what is below":         {access.Scope{Org: "acme/math", Environment: "prod"}, pseudo.Filter{}, []uuid.UUID{id("t1")}},
		"of another organisation":  {access.Scope{Org: "acm", Environment: "prod"}, pseudo.Filter{}, nil},
		"of a student":             {access.Scope{Org: "acme", Environment: "test"}, pseudo.Filter{Person: roster.PersonOf("wang")}, []uuid.UUID{id("t3")}},
		"of their holder":          {access.Scope{Org: "acme", Environment: "test"}, pseudo.Filter{Staff: "ann"}, []uuid.UUID{id("t3")}},
		"of another holder":        {access.Scope{Org: "acme", Environment: "test"}, pseudo.Filter{Staff: "li"}, nil},
		"that hold":                {access.Scope{Org: "acme", Environment: "test"}, pseudo.Filter{OpenAt: 102}, []uuid.UUID{id("t3")}},
		"that hold a little later": {access.Scope{Org: "acme", Environment: "test"}, pseudo.Filter{OpenAt: 103}, nil},
	} {
		list, err := reader.List(t.Context(), c.scope, c.filter, read.Page{})
		if err != nil || len(list.Rows) != len(c.want) {
			t.Errorf("%s: %+v, %v", name, list.Rows, err)
			continue
		}
		for i, row := range list.Rows {
			if row.ID != c.want[i] {
				t.Errorf("%s: %+v", name, list.Rows)
			}
		}
	}
	one, found, err := reader.Get(t.Context(), "acme", id("t1"))
	if err != nil || !found || one.ApprovedBy != "boss" || one.Tokens != 2 || one.ExpiresAt != 15 || !one.Open(100) || one.Open(101) || one.Reason != "no sound" {
		t.Errorf("%+v, %v", one, err)
	}
	if two, _, err := reader.Get(t.Context(), "acme", id("t2")); err != nil || two.EndedBy != "boss" || two.EndReason != "enough" || two.Open(3) {
		t.Errorf("%+v, %v", two, err)
	}
	if _, found, err := reader.Get(t.Context(), "other", id("t1")); err != nil || found {
		t.Errorf("found elsewhere: %v", err)
	}
	if looks, err := reader.Looks(t.Context(), "prod", roster.PersonOf("wang")); err != nil || len(looks) != 1 || looks[0].Staff != "li" {
		t.Errorf("%+v, %v", looks, err)
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	projtest.Given(t, domain.Events, pseudo.New(), history()...).RebuildEquals(t, pseudo.New())
}
