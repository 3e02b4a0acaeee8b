package roster_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/erasure"
	domain "qbank/domain/roster"
	"qbank/domain/session"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/projections/roster"
)

// lost is a book of keys that has lost those of some people. What it deciphers stands behind "sealed:".
type lost []uuid.UUID

func (l lost) OpenAll(_ context.Context, people []uuid.UUID, sealed [][]byte) ([][]byte, error) {
	texts := make([][]byte, len(people))
	for i, person := range people {
		if !slices.Contains(l, person) {
			texts[i] = bytes.TrimPrefix(sealed[i], []byte("sealed:"))
		}
	}
	return texts, nil
}

func described(who, facts string) projtest.Facts {
	return projtest.In("student "+who, domain.StudentDescribed{Org: "acme/math", Student: domain.PersonOf(who), Sealed: []byte("sealed:" + facts), Digest: []byte(facts)})
}

// Who is erased is in no class and of no grade, and what a feed says again brings nothing back.
func TestNothingIsLeftOfWhoIsErased(t *testing.T) {
	t.Parallel()
	here := access.Scope{Org: "acme/math", Environment: "prod"}
	class, run := projtest.StreamID("c1"), projtest.StreamID("run")
	log := projtest.Given(t, all, roster.New(lost{}), append(history(), described("ann", `{"grade":"7","region":"north"}`), described("cy", `{"grade":"8"}`),
		projtest.In("run", session.Planned{Org: "acme/math", Environment: "prod", Code: "r", Plan: session.Plan{Title: "Run", Classes: []uuid.UUID{class}}},
			session.Admitted{Students: people("ann", "di")}))...)
	reader := roster.NewReader(log.Pool)
	enrolled := func(who string) domain.Enrolment {
		t.Helper()
		e, err := reader.Enrolment(t.Context(), here, who)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	if e := enrolled("ann"); e.Grade != "7" || e.Region != "north" || len(e.Classes) != 1 {
		t.Fatalf("before, ann is %+v", e)
	}

	feed := []projtest.Facts{
		described("ann", `{"grade":"9"}`), projtest.In("c1", domain.MembersJoined{Students: people("ann", "ed")}),
		projtest.In("c2", domain.MembersLeft{Students: people("ann")}, domain.MembersJoined{Students: people("ann")}), projtest.In("run", session.Admitted{Students: people("ann")}),
	}
	p := roster.New(lost{domain.PersonOf("ann")})
	for _, facts := range [][]projtest.Facts{{projtest.In("erasure", erasure.Begun{Org: "acme", Person: domain.PersonOf("ann")})}, feed, feed[:1]} {
		log.Append(facts...)
		log.Run(p)
		if e := enrolled("ann"); e.Grade+e.Region != "" || len(e.Classes)+len(e.Codes) != 0 {
			t.Errorf("ann is %+v", e)
		}
		described, memberships, admissions, err := reader.Erasable(t.Context(), domain.PersonOf("ann"))
		if err != nil || described+memberships+admissions != 0 {
			t.Errorf("of ann there are %d, %d, %d, %v", described, memberships, admissions, err)
		}
		if homes, err := reader.HomesOf(t.Context(), domain.PersonOf("ann")); err != nil || len(homes) != 0 {
			t.Errorf("ann is known to %v, %v", homes, err)
		}
	}
	if e := enrolled("cy"); e.Grade != "8" || len(e.Classes) != 1 {
		t.Errorf("cy is %+v", e)
	}
	classes, err := reader.Classes(t.Context(), "acme", roster.ClassFilter{}, read.Page{})
	if err != nil || len(classes.Rows) != 2 {
		t.Fatalf("%+v, %v", classes.Rows, err)
	}
	for _, c := range classes.Rows {
		if want := map[uuid.UUID]int{class: 2, projtest.StreamID("c2"): 0}[c.ID]; c.Members != want {
			t.Errorf("%s has %d members, want %d", c.Title, c.Members, want)
		}
	}
	if _, _, admissions, err := reader.Erasable(t.Context(), domain.PersonOf("di")); err != nil || admissions != 1 {
		t.Errorf("di is admitted to %d sessions of %s, %v", admissions, run, err)
	}
	log.RebuildEquals(t, p)
}
