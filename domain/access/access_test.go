package access_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/fault"
)

var update = flag.Bool("update", false, "write the golden file anew")

// The table is the whole of what roles mean. Whoever changes it shows it to a reviewer.
func TestWhatRolesMayDo(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	fmt.Fprintf(&table, "%-22s", "")
	for _, r := range access.Roles {
		fmt.Fprintf(&table, " %-8s", r)
	}
	for _, p := range access.Permissions() {
		fmt.Fprintf(&table, "\n%-22s", p)
		for _, r := range access.Roles {
			mark := "."
			if (access.Actor{ID: "x", Roles: []access.Role{r}}).Can(p) {
				mark = "yes"
			}
			fmt.Fprintf(&table, " %-8s", mark)
		}
	}
	lines := strings.Split(table.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got := strings.Join(lines, "\n") + "\n"
	const golden = "testdata/roles.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("roles may do other things (-update if that is meant):\n%s", got)
	}
}

func TestARefusalSaysWhetherToSignInOrToAskForMore(t *testing.T) {
	t.Parallel()
	if err := (access.Actor{}).Require(access.ReadLessons); !fault.Is(err, "access.no_token") || fault.Of(err).Kind != fault.Unauthenticated {
		t.Errorf("nobody: got %v", err)
	}
	err := access.Actor{ID: "s-1", Roles: []access.Role{access.Student}}.Require(access.ReadLessons)
	if !fault.Is(err, "access.denied") || fault.Of(err).Details["permission"] != "lessons.read" {
		t.Errorf("a student: got %v", err)
	}
	if err := (access.Actor{ID: "a", Roles: []access.Role{access.Student, access.Author}}).Require(access.ReadLessons); err != nil {
		t.Errorf("one of two roles is enough: got %v", err)
	}
}

func TestRolesAreThoseThereAre(t *testing.T) {
	t.Parallel()
	for _, r := range access.Roles {
		if err := access.CheckRole(r); err != nil {
			t.Error(err)
		}
	}
	if err := access.CheckRole("king"); !fault.Is(err, "access.role") {
		t.Errorf("got %v", err)
	}
}

func TestAnOrganisationCoversItselfAndWhatIsBelow(t *testing.T) {
	t.Parallel()
	path := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab"}), 1, 4), func(parts []string) string { return strings.Join(parts, "/") })
	rapid.Check(t, func(t *rapid.T) {
		one, other, third := path.Draw(t, "one"), path.Draw(t, "other"), path.Draw(t, "third")
		if !access.Covers(one, one) || !access.Covers(one, one+"/"+other) {
			t.Fatalf("%s does not cover itself or %s below it", one, other)
		}
		if access.Covers(one, one+other) || access.Covers(one+"/"+other, one) {
			t.Fatalf("%s covers what only begins alike, or what is above", one)
		}
		if access.Covers(one, other) && access.Covers(other, one) && one != other {
			t.Fatalf("%s and %s cover each other", one, other)
		}
		if access.Covers(one, other) && access.Covers(other, third) && !access.Covers(one, third) {
			t.Fatalf("%s covers %s, which covers %s", one, other, third)
		}
		in := access.Actor{Scope: access.Scope{Org: one}}.Within(other)
		if (in == nil) != access.Covers(one, other) || (in != nil && !fault.Is(in, "not_found")) {
			t.Fatalf("%s is within %s: %v", other, one, in)
		}
	})
}

func TestNothingIsWithinNoOrganisation(t *testing.T) {
	t.Parallel()
	for _, org := range []string{"", "acme", "/"} {
		if err := (access.Actor{ID: "x"}).Within(org); err == nil {
			t.Errorf("%q is within no organisation", org)
		}
	}
}

func TestOrganisationsArePaths(t *testing.T) {
	t.Parallel()
	for _, org := range []string{"school", "school/math/senior", "学校/数学"} {
		if err := access.CheckOrg(org); err != nil {
			t.Error(err)
		}
	}
	for _, org := range []string{"", "/", "school/", "/school", "a//b", "a/../b", ".", "a\nb", "a\x00", "\xff", strings.Repeat("x", access.MaxOrg+1)} {
		if err := access.CheckOrg(org); !fault.Is(err, "access.org") {
			t.Errorf("%q: %v", org, err)
		}
	}
}
