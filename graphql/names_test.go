package graphql_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/roster"
	"qbank/domain/staff"
)

const (
	grantWho = `mutation($i: GrantRoleInput!) { grantRole(input: $i) { position person { id name } } }`
	erase    = `mutation($i: ErasePersonInput!) { erasePerson(input: $i) { position } }`
)

// pupil is one of the school's, Wang by name, whose id another organisation computes.
func (h *house) pupil(t *testing.T) string {
	t.Helper()
	kept := h.as(t, access.Admin).ask(`mutation { keepClass(input: {code: "c1", title: "One", students: [{number: "7", name: "Wang"}]}) { position } }`, nil)
	if err := h.Engine.Wait(t.Context(), "roster", int64(kept.number("keepClass.position"))); err != nil {
		t.Fatal(err)
	}
	return roster.PersonID("school", "7").String()
}

// callsPupil is what somebody reads as the name of the only pupil.
func (c caller) callsPupil() string {
	c.t.Helper()
	return c.ask(`{ classes { nodes { members { nodes { student { name } } } } } }`, nil).text("classes.nodes.0.members.nodes.0.student.name")
}

func TestAReissueTellsNoNamesOfOthers(t *testing.T) {
	t.Parallel()
	h := open(t)
	pupil := h.pupil(t)
	q := h.publish(t, "other", h.from(t, "other", "test", access.Author).create(single("2+2?", 1), vars{}), "REVISION")
	tutor := h.from(t, "other", "test", access.Tutor)
	asked := tutor.ask(`mutation($i: AskReissueInput!) { askReissue(input: $i) { reissue { audience { students { id name } } ledger { missing { student { id name } } lines { student { name } } } } } }`,
		vars{"i": vars{"question": q.id, "version": 1, "students": []string{pupil}, "until": time.Now().Add(time.Hour), "reason": "x"}})
	asked.is(map[string]any{"askReissue.reissue.audience.students.0.id": pupil, "askReissue.reissue.audience.students.0.name": nil})
	for _, list := range []string{"missing", "lines"} {
		for _, line := range asked.list("askReissue.reissue.ledger.0." + list) {
			if name := line.(map[string]any)["student"].(map[string]any)["name"]; name != nil {
				t.Errorf("%s: %v", list, name)
			}
		}
	}
	if got := h.as(t, access.Tutor).callsPupil(); got != "Wang" {
		t.Errorf("at home: %q", got)
	}
}

func TestARoleElsewhereTellsAndChangesNoName(t *testing.T) {
	t.Parallel()
	h := open(t)
	pupil := h.pupil(t)
	stranger := h.from(t, "other", "test", access.Admin)
	give := vars{"person": pupil, "role": "AUTHOR", "org": "other"}
	stranger.ask(grantWho, vars{"i": give}).is(map[string]any{"grantRole.person.id": pupil, "grantRole.person.name": nil})
	give["name"] = "X"
	stranger.ask(grantWho, vars{"i": give}).is(map[string]any{"grantRole.person.name": "X"})
	for _, role := range []access.Role{access.Tutor, access.Teacher} {
		if got := h.as(t, role).callsPupil(); got != "Wang" {
			t.Errorf("%s: %q", role, got)
		}
	}
	// Nor does it keep the school from helping the pupil, and from forgetting.
	h.as(t, access.Support).ask(openTicket, vars{"i": vars{"student": pupil, "reason": "no sound"}}).
		is(map[string]any{"openPseudoLogin.pseudoLogin.student.name": "Wang"})
	stranger.say(erase, vars{"i": vars{"person": pupil, "reason": "x"}}).refused("person.not_found")
	h.as(t, access.Admin).ask(erase, vars{"i": vars{"person": pupil, "reason": "asked for it"}})
	var names int
	if err := h.Pool.QueryRow(t.Context(), `select count(*) from people where id = $1`, pupil).Scan(&names); err != nil || names != 0 {
		t.Errorf("%d names are left, %v", names, err)
	}
	if roles, err := h.Commands.Roles(t.Context(), uuid.MustParse(pupil)); err != nil || len(roles) != 0 {
		t.Errorf("who was erased has the roles %+v, %v", roles, err)
	}
}

// A role in an organisation around the student's makes staff of the student: nobody looks through their eyes.
func TestARoleAroundIsStaff(t *testing.T) {
	t.Parallel()
	for org, code := range map[string]string{"school": "pseudo.staff", "school/math": "pseudo.staff", "schoolyard": "", "other": ""} {
		t.Run(org, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			pupil := h.pupil(t)
			h.from(t, org, "test", access.Admin).ask(grantWho, vars{"i": vars{"person": pupil, "role": "AUTHOR"}})
			got := h.as(t, access.Support).say(openTicket, vars{"i": vars{"student": pupil, "reason": "no sound"}})
			if code != "" {
				got.refused(code)
			} else {
				got.is(map[string]any{"openPseudoLogin.pseudoLogin.open": true})
			}
		})
	}
}

// Who is on no roster belongs to all organisations that gave a role: each of them has to agree.
func TestStaffBelongToThoseWhoGaveTheRoles(t *testing.T) {
	t.Parallel()
	h := open(t)
	colleague := staff.ID("https://id.example", "wang").String()
	for _, org := range []string{"school", "other"} {
		h.from(t, org, "test", access.Admin).ask(grantWho, vars{"i": vars{"person": colleague, "role": "AUTHOR", "name": "Wang of " + org}}).
			is(map[string]any{"grantRole.person.name": "Wang of " + org})
	}
	h.as(t, access.Admin).say(erase, vars{"i": vars{"person": colleague, "reason": "x"}}).refused("person.elsewhere")
}
