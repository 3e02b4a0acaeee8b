package commands_test

import (
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/roster"
)

// What another organisation says of a person whose id it has computed stays with it.
func TestAPersonIsNobodyElses(t *testing.T) {
	t.Parallel()
	h := open(t)
	pupil := roster.PersonID("acme", "1")
	h.do(commands.KeepClass{Code: "7b", Title: "Seven B", Students: []commands.Person{{Number: "1", Name: "李雷"}}})
	called := func(org, want string) {
		t.Helper()
		if names, err := h.People.Names(t.Context(), org, []uuid.UUID{pupil}); err != nil || names[pupil] != want {
			t.Errorf("in %s: %q, %v; want %q", org, names[pupil], err, want)
		}
	}
	called("other", "")
	h.doAs(stranger, commands.KeepClass{Code: "7b", Title: "Ours", Students: []commands.Person{{Number: "1", Name: "X"}}}) // another person, of the same number
	h.doAs(stranger, commands.GrantRole{Person: pupil, Role: access.Author, DisplayName: "Y"})
	called("acme", "李雷")
	called("acme/math", "李雷")
	called("other", "Y")

	// Support still sees with the pupil's eyes, until the pupil works here.
	h.noted(pupil.String())
	look := commands.OpenPseudoLogin{Student: pupil.String(), Reason: "no sound", Show: func(commands.PseudoToken) {}}
	h.doAs(supporter, look)
	h.do(commands.GrantRole{Person: pupil, Role: access.Tutor})
	h.refused(supporter, look, "pseudo.staff")
}

// Erasing takes away what roles there are, whoever gave them, and keeps saying why.
func TestRolesGoWithThePerson(t *testing.T) {
	t.Parallel()
	h := open(t)
	pupil := roster.PersonID("acme", "1")
	h.noted(pupil.String())
	h.Commands.Traces = onlyDevices{h.Devices}
	h.doAs(stranger, commands.GrantRole{Person: pupil, Role: access.Admin, DisplayName: "Y"})
	h.refused(stranger, commands.ErasePerson{Person: pupil, Reason: "mine"}, "person.not_found")
	h.do(commands.ErasePerson{Person: pupil, Reason: "asked for it"})
	if roles, err := h.Commands.Roles(t.Context(), pupil); err != nil || len(roles) != 0 {
		t.Errorf("%+v, %v", roles, err)
	}
}
