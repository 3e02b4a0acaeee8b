package traces_test

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/erasure"
	"qbank/domain/fault"
	domain "qbank/domain/roster"
	"qbank/domain/session"
	"qbank/domain/staff"
	"qbank/internal/devices"
	"qbank/internal/people"
	"qbank/internal/traces"
	"qbank/projections/gradebook"
	"qbank/projections/projtest"
	"qbank/projections/roster"
)

// open is a school in which ann and bo are known: by a class, by their devices, ann by a role besides, cy by a device, a role and no class, and ms.dong,
// who teaches.
func open(t *testing.T) *traces.Traces {
	t.Helper()
	log := projtest.Given(t, slices.Concat(domain.Events, session.Events, erasure.Events, attempt.Events), roster.New(nil), projtest.In("c1", domain.ClassCreated{Org: "acme/math", Code: "7b", Title: "Seven"},
		domain.MembersJoined{Students: []uuid.UUID{domain.PersonOf("ann"), domain.PersonOf("bo")}},
		domain.ClassStaffed{Role: domain.Teacher, People: []uuid.UUID{domain.PersonOf("ms.dong")}}),
		projtest.In("ann", domain.StudentDescribed{Org: "acme/math", Student: domain.PersonOf("ann"), StudentFacts: domain.StudentFacts{Grade: "7"}}),
		projtest.In("class", session.Admitted{Students: []uuid.UUID{domain.PersonOf("bo")}}))
	for _, student := range []string{"ann", "bo"} {
		log.Append(projtest.In("attempt of "+student, attempt.Started{Student: student, Items: []attempt.Item{{Slot: "q1"}, {Slot: "q2"}}},
			attempt.Answered{Key: "1", Slot: "q1"}, attempt.Answered{Key: "2", Slot: "q2"},
			attempt.Graded{Slot: "q1", Key: "1", Sealed: []byte("sealed")}, attempt.Graded{Slot: "q2", Key: "2"}))
	}
	log.Run(gradebook.New())
	book, err := people.New(log.Pool)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := devices.New(log.Pool, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for student, orgs := range map[string][]string{"ann": {"acme/art", "other"}, "bo": {"acme", "other"}, "cy": {"acme/art"}} {
		for _, org := range orgs {
			seen.Note(access.Actor{ID: student, Roles: []access.Role{access.Student}, Scope: access.Scope{Org: org, Environment: "prod"}}, time.Now())
		}
	}
	if err := seen.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	roles := func(_ context.Context, person uuid.UUID) (staff.Grants, error) {
		if person == domain.PersonOf("bo") {
			return nil, nil
		}
		return staff.Grants{{Org: "acme/art", Role: access.Tutor}, {Org: "acme/office", Role: access.Support}}, nil
	}
	return &traces.Traces{Pool: log.Pool, People: book, Devices: seen, Roster: roster.NewReader(log.Pool), Gradebook: gradebook.NewReader(log.Pool), Roles: roles}
}

// Nobody can make a person of a roster their own by a role or a device elsewhere.
func TestWhereAPersonIsAtHome(t *testing.T) {
	t.Parallel()
	all := open(t)
	for name, want := range map[string][]string{"ann": {"acme/math"}, "bo": {"acme", "acme/math"}, "ms.dong": {"acme/math"},
		"cy": {"acme/art", "acme/office"}, "di": {"acme/art", "acme/office"}} {
		if got, err := all.HomesOf(t.Context(), domain.PersonOf(name)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
}

func TestWhatGoesByItselfIsCounted(t *testing.T) {
	t.Parallel()
	all := open(t)
	for name, want := range map[string]map[string]int{
		"ann": {"descriptions": 1, "memberships": 1, "admissions": 0}, "bo": {"descriptions": 0, "memberships": 1, "admissions": 1},
		"cy": {"descriptions": 0, "memberships": 0, "admissions": 0},
	} {
		if got, err := all.Standing(t.Context(), domain.PersonOf(name)); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
}

func TestErasingCountsWhatThereWasAndLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	all, ann, bo := open(t), domain.PersonOf("ann"), domain.PersonOf("bo")
	sealed := map[uuid.UUID][]byte{}
	for _, person := range []uuid.UUID{ann, bo} {
		if err := all.People.KeepNames(t.Context(), map[uuid.UUID]string{person: "somebody"}, "acme/math", "other"); err != nil {
			t.Fatal(err)
		}
		text, _, err := all.People.Seal(t.Context(), person, []byte("my own words"))
		if err != nil {
			t.Fatal(err)
		}
		sealed[person] = text
		for _, row := range []string{
			`insert into sign_ins (id, hash, person, issuer, expires_at) values (gen_random_uuid(), uuid_send($1) || uuid_send($1), $1, 'i', now())`,
			`insert into exposures (environment, lesson, release, person, org, version, first_at, served_at) values ('prod', gen_random_uuid(), gen_random_uuid(), $1, 'acme', 1, 1, 1)`,
			`insert into reports (environment, person, id, lesson, release, kind, cause, took, platform, app_version, at, received_at)
				values ('prod', $1, 'r', gen_random_uuid(), gen_random_uuid(), 'ready', '', 1, 'ios', '1', 1, 1)`,
			`insert into reissue_ledger (reissue, student) values (gen_random_uuid(), $1)`,
		} {
			if _, err := all.Pool.Exec(t.Context(), row, person); err != nil {
				t.Fatal(err)
			}
		}
	}
	every := map[string]int{"devices": 2, "sign_ins": 1, "exposures": 1, "reports": 1, "ledger": 1, "names": 2, "keys": 1, "notes": 1}
	nothing := map[string]int{}
	for what := range every {
		nothing[what] = 0
	}
	for _, want := range []map[string]int{every, nothing} { // again, there is nothing left
		if got, err := all.Erase(t.Context(), ann); err != nil || !maps.Equal(got, want) {
			t.Errorf("erased %v, %v; want %v", got, err, want)
		}
	}
	if _, err := all.People.Open(t.Context(), ann, sealed[ann]); !fault.Is(err, "person.erased") {
		t.Errorf("what ann wrote: %v", err)
	}
	if text, err := all.People.Open(t.Context(), bo, sealed[bo]); err != nil || string(text) != "my own words" {
		t.Errorf("what bo wrote: %q, %v", text, err)
	}
	if erased, err := all.People.Erased(t.Context(), []uuid.UUID{ann, bo}); err != nil || !maps.Equal(erased, map[uuid.UUID]bool{ann: true}) {
		t.Errorf("erased are %v, %v", erased, err)
	}
	if got, err := all.Erase(t.Context(), bo); err != nil || !maps.Equal(got, every) {
		t.Errorf("of bo there was %v, %v", got, err)
	}
}
