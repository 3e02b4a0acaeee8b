package staff_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/staff"
)

var wang = staff.ID("https://id.example", "wang")

func by(org string, roles ...access.Role) access.Actor {
	return access.Actor{ID: "boss", Roles: roles, Scope: access.Scope{Org: org, Environment: "dev"}, Manages: []string{"test"}}
}

func granted(org string, role access.Role, environments ...environment.Name) staff.RoleGranted {
	return staff.RoleGranted{Person: wang, Org: org, Role: role, Environments: environments}
}

func given(events ...event.Event) (p staff.Person) {
	for _, e := range events {
		p = p.Apply(e)
	}
	return p
}

func TestWhoMayGiveWhat(t *testing.T) {
	t.Parallel()
	crowd := staff.Person{}
	for i := range staff.MaxGrants {
		crowd = crowd.Apply(granted("school/"+strings.Repeat("x", i+1), access.Author))
	}
	admin := by("school", access.Admin)
	key := admin
	key.Maker = "boss"
	elsewhere := given(granted("school", access.Author, "prod"))
	for name, c := range map[string]struct {
		person staff.Person
		by     access.Actor
		grant  staff.RoleGranted
		code   string
	}{
		"a key gives nobody anything":       {by: key, grant: granted("school", access.Author), code: "access.by_key"},
		"an environment of others":          {by: admin, grant: granted("school", access.Author, "prod", "test"), code: "access.not_yours_to_give"},
		"one of others that is held stays":  {person: elsewhere, by: admin, grant: granted("school", access.Author, "prod", "test")},
		"as it is, of others":               {person: elsewhere, by: admin, grant: granted("school", access.Author)},
		"held with another role":            {person: elsewhere, by: admin, grant: granted("school", access.Tutor, "prod"), code: "access.not_yours_to_give"},
		"an admin gives any role":           {by: admin, grant: granted("school", access.Releaser, "test")},
		"and below":                         {by: admin, grant: granted("school/math", access.Admin)},
		"others give what they have":        {by: by("school", access.Author), grant: granted("school/math", access.Author)},
		"and nothing else":                  {by: by("school", access.Author), grant: granted("school", access.Reviewer), code: "access.not_yours_to_give"},
		"above is not there":                {by: by("school/math", access.Admin), grant: granted("school", access.Author), code: "not_found"},
		"beside is not there":               {by: admin, grant: granted("schoolyard", access.Author), code: "not_found"},
		"nobody gives nothing":              {by: access.Actor{}, grant: granted("school", access.Author), code: "not_found"},
		"a role that there is not":          {by: admin, grant: granted("school", "king"), code: "access.role"},
		"an organisation that climbs":       {by: admin, grant: granted("school/../other", access.Author), code: "access.org"},
		"an organisation without a name":    {by: admin, grant: granted("", access.Author), code: "access.org"},
		"an environment that cannot be":     {by: admin, grant: granted("school", access.Author, "Prod!"), code: "environment.name"},
		"environments without end":          {by: admin, grant: granted("school", access.Author, make([]environment.Name, 21)...), code: "staff.too_many_environments"},
		"roles without end":                 {person: crowd, by: admin, grant: granted("school", access.Author), code: "staff.too_many_roles"},
		"one of the many for another place": {person: crowd, by: admin, grant: granted("school/x", access.Author, "dev")},
	} {
		events, err := c.person.Grant(c.by, c.grant)
		if c.code == "" && (err != nil || len(events) != 1) || c.code != "" && (!fault.Is(err, c.code) || events != nil) {
			t.Errorf("%s: %v, %v", name, events, err)
		}
	}
	held := given(granted("school", access.Author, "dev", "test"))
	if events, err := held.Grant(admin, granted("school", access.Author, "test", "dev", "test")); err != nil || events != nil {
		t.Errorf("the same again: %v, %v", events, err)
	}
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	admin := by("school", access.Admin)
	p := given(granted("school", access.Admin), granted("school", access.Author))
	off := func(org string, role access.Role, reason string) staff.RoleRevoked {
		return staff.RoleRevoked{Person: wang, Org: org, Role: role, Reason: reason}
	}
	for name, c := range map[string]struct {
		person staff.Person
		by     access.Actor
		revoke staff.RoleRevoked
		others bool
		code   string
	}{
		"the last one":               {person: p, by: admin, revoke: off("school", access.Admin, "x"), code: "staff.last_admin"},
		"one of two":                 {person: p, by: admin, revoke: off("school", access.Admin, "x"), others: true},
		"who is one higher up":       {person: p.Apply(granted("school/math", access.Admin)), by: admin, revoke: off("school/math", access.Admin, "x")},
		"who is one below only":      {person: p.Apply(granted("school/math", access.Admin)), by: admin, revoke: off("school", access.Admin, "x"), code: "staff.last_admin"},
		"another role":               {person: p, by: admin, revoke: off("school", access.Author, "left")},
		"without a reason":           {person: p, by: admin, revoke: off("school", access.Author, ""), code: "reason.missing"},
		"a role that is not held":    {person: p, by: admin, revoke: off("school", access.Tutor, "x"), code: "staff.no_such_role"},
		"from elsewhere":             {person: p, by: by("other", access.Admin), revoke: off("school", access.Author, "x"), code: "not_found"},
		"by who does not have it":    {person: p, by: by("school", access.Tutor), revoke: off("school", access.Author, "x"), code: "access.not_yours_to_give"},
		"an admin's, by an author":   {person: p, by: by("school", access.Author), revoke: off("school", access.Admin, "x"), others: true, code: "access.not_yours_to_give"},
		"with a reason of two lines": {person: p, by: admin, revoke: off("school", access.Author, "a\x00"), code: "note.invalid"},
	} {
		events, err := c.person.Revoke(c.by, c.revoke, c.others)
		if c.code == "" && (err != nil || len(events) != 1) || c.code != "" && (!fault.Is(err, c.code) || events != nil) {
			t.Errorf("%s: %v, %v", name, events, err)
		}
	}
}

func TestWhoSomebodyIsSomewhere(t *testing.T) {
	t.Parallel()
	g := given(granted("school", access.Author), granted("school/math", access.Releaser, "test", "staging"), granted("school/math", access.Tutor, "prod")).Grants
	for _, c := range []struct {
		org   string
		env   environment.Name
		roles []access.Role
		code  string
	}{
		{"", "", []access.Role{access.Author}, ""},
		{"school", "", []access.Role{access.Author}, ""},
		{"school/math", "", []access.Role{access.Author, access.Releaser, access.Tutor}, ""},
		{"school/math/senior", "test", []access.Role{access.Releaser}, ""},
		{"school/math", "prod", []access.Role{access.Tutor}, ""},
		{"school", "test", nil, "access.environment"},
		{"school/math", "dev", nil, "access.environment"},
		{"schoolyard", "", nil, "access.no_role"},
		{"other", "test", nil, "access.no_role"},
		{"school/../other", "", nil, "access.org"},
	} {
		actor, err := g.Scope("wang", c.org, c.env)
		if c.code != "" {
			if !fault.Is(err, c.code) {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		slices.Sort(actor.Roles)
		if err != nil || !slices.Equal(actor.Roles, c.roles) || actor.ID != "wang" || actor.Scope.Environment != string(c.env) {
			t.Errorf("%+v: %+v, %v", c, actor, err)
		}
	}
	boss := given(granted("school", access.Admin, "dev"), granted("school", access.Analyst, "prod"), granted("school/math", access.Admin, "test")).Grants
	for org, manages := range map[string][]string{"school": {"dev"}, "school/math": {"dev", "test"}} {
		if actor, err := boss.Scope("boss", org, ""); err != nil || !slices.Equal(actor.Manages, manages) || !slices.Contains(actor.Environments, "prod") {
			t.Errorf("in %s: %+v, %v", org, actor, err)
		}
	}
	if _, err := (staff.Grants{}).Scope("wang", "", ""); !fault.Is(err, "access.no_role") {
		t.Error(err)
	}
	if got := g.Environments("school/math"); !slices.Equal(got, []environment.Name{"prod", "staging", "test"}) {
		t.Errorf("environments %v", got)
	}
	if got := g.Orgs(); !slices.Equal(got, []string{"school", "school/math"}) {
		t.Errorf("organisations %v", got)
	}
}

// Whatever is granted and revoked by whom, nobody ends up with more than the givers had, there is never a role twice, and what was written
// down says the same.
func TestLaws(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(staff.Events)
	orgs := []string{"school", "school/math", "school/math/senior", "other", "schoolyard"}
	rapid.Check(t, func(t *rapid.T) {
		var p, read staff.Person
		had := map[string]bool{} // by organisation and role
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			giver := by(rapid.SampledFrom(orgs).Draw(t, "giver's organisation"), rapid.SampledFrom(access.Roles).Draw(t, "giver's role"))
			org, role := rapid.SampledFrom(orgs).Draw(t, "organisation"), rapid.SampledFrom(access.Roles).Draw(t, "role")
			var events []event.Event
			var err error
			if rapid.Bool().Draw(t, "grant") {
				environments := rapid.SliceOfN(rapid.SampledFrom([]environment.Name{"dev", "test", "prod"}), 0, 3).Draw(t, "environments")
				if events, err = p.Grant(giver, granted(org, role, environments...)); err == nil {
					if !access.Covers(giver.Scope.Org, org) || giver.Roles[0] != role && giver.Roles[0] != access.Admin {
						t.Fatalf("%+v gave %s in %s", giver, role, org)
					}
					had[org+" "+string(role)] = true
				}
			} else if events, err = p.Revoke(giver, staff.RoleRevoked{Person: wang, Org: org, Role: role, Reason: "x"}, false); err == nil {
				delete(had, org+" "+string(role))
			}
			for _, e := range events {
				name, version, data, err := codec.Encode(e)
				if err != nil {
					t.Fatal(err)
				}
				again, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				p, read = p.Apply(e), read.Apply(again)
			}
		}
		if !reflect.DeepEqual(p, read) {
			t.Fatalf("%+v was written, %+v is read", p, read)
		}
		if slices.ContainsFunc(p.Grants, func(g staff.Grant) bool { return slices.Contains(g.Environments, "prod") }) {
			t.Fatalf("nobody had prod to give: %+v", p.Grants)
		}
		if len(p.Grants) != len(had) {
			t.Fatalf("%d roles, %d were given and not taken: %+v", len(p.Grants), len(had), p.Grants)
		}
		for _, e := range p.Leave(wang, "erased") {
			p = p.Apply(e)
		}
		if len(p.Grants) != 0 {
			t.Fatalf("who left still has %+v", p.Grants)
		}
	})
}
