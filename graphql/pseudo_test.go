package graphql_test

import (
	"strings"
	"testing"
	"time"

	"qbank/domain/access"
	"qbank/domain/roster"
)

const openTicket = `mutation($i: OpenPseudoLoginInput!) { openPseudoLogin(input: $i) {
	token expiresAt pseudoLogin { id open write approvedBy { id } staff { id } student { id name } environment reason tokens } } }`

func TestTicketsThroughTheDoor(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin, li, zhao := h.as(t, access.Admin), h.named(t, "li", access.Support), h.named(t, "zhao", access.Support)
	kept := admin.ask(`mutation { keepClass(input: {code: "c1", title: "One", students: [{number: "7", name: "Wang"}]}) { position } }`, nil)
	if err := h.Engine.Wait(t.Context(), "roster", int64(kept.number("keepClass.position"))); err != nil {
		t.Fatal(err)
	}
	student := roster.PersonID("school", "7").String()
	given := li.ask(openTicket, vars{"i": vars{"student": student, "reason": "no sound", "write": true}}).is(map[string]any{
		"openPseudoLogin.pseudoLogin.open": true, "openPseudoLogin.pseudoLogin.write": true, "openPseudoLogin.pseudoLogin.approvedBy": nil,
		"openPseudoLogin.pseudoLogin.staff.id": "li", "openPseudoLogin.pseudoLogin.student.name": "Wang", "openPseudoLogin.pseudoLogin.tokens": 1})
	ticket := given.text("openPseudoLogin.pseudoLogin.id")
	if strings.Count(given.text("openPseudoLogin.token"), ".") != 2 {
		t.Error(given.raw)
	}
	// The token opens nothing here.
	borrowed := li
	borrowed.token = given.text("openPseudoLogin.token")
	borrowed.say(`{ viewer { id } }`, nil).refused("token.invalid")

	say := func(c caller, field string, more vars) answer {
		input := vars{"pseudoLogin": ticket}
		for k, v := range more {
			input[k] = v
		}
		name := strings.ToUpper(field[:1]) + field[1:] + "Input!"
		return c.say(`mutation($i: `+name+`) { `+field+`(input: $i) { position pseudoLogin { open approvedBy { id } endedBy { id } endReason tokens } } }`, vars{"i": input})
	}
	say(zhao, "renewPseudoLogin", nil).refused("pseudo.not_found")
	say(zhao, "closePseudoLogin", nil).refused("pseudo.not_found")
	say(li, "approvePseudoLogin", nil).refused("access.denied")
	say(h.from(t, "other", "test", access.Admin), "revokePseudoLogin", vars{"reason": "r"}).refused("pseudo.not_found")
	away := li.actor
	away.Scope.Environment = "prod"
	say(h.calling(t, away), "renewPseudoLogin", nil).refused("pseudo.not_found")
	say(h.calling(t, away), "closePseudoLogin", nil).refused("pseudo.not_found")
	say(h.from(t, "school", "prod", access.Admin), "approvePseudoLogin", nil).refused("pseudo.not_found")
	say(h.from(t, "school", "prod", access.Admin), "revokePseudoLogin", vars{"reason": "r"}).refused("pseudo.not_found")
	nowhere := func(c caller) caller {
		actor := c.actor
		actor.Scope.Environment = ""
		return h.calling(t, actor)
	}
	for field, who := range map[string]caller{"renewPseudoLogin": li, "closePseudoLogin": li, "approvePseudoLogin": admin, "revokePseudoLogin": admin} {
		more := vars{}
		if field == "revokePseudoLogin" {
			more["reason"] = "r"
		}
		say(nowhere(who), field, more).refused("access.no_environment")
		if strings.Contains(nowhere(who).say(`{ pseudoLogins { nodes { id } } }`, nil).refused("access.no_environment").raw, ticket) {
			t.Error("who names no environment is told of tickets")
		}
	}
	say(admin, "approvePseudoLogin", nil).is(map[string]any{"approvePseudoLogin.pseudoLogin.approvedBy.id": "school-admin"})
	say(li, "renewPseudoLogin", nil).is(map[string]any{"renewPseudoLogin.pseudoLogin.tokens": 2})

	const listed = `query($s: String, $o: Boolean) { pseudoLogins(student: $s, open: $o) { nodes { staff { id } open } } }`
	for _, c := range []struct {
		who  caller
		args vars
		want int
	}{
		{li, nil, 1}, {zhao, nil, 0}, {admin, nil, 1}, {admin, vars{"s": student}, 1}, {admin, vars{"s": "another"}, 0}, {admin, vars{"o": true}, 1},
		{h.from(t, "other", "test", access.Admin), nil, 0}, {h.from(t, "school", "prod", access.Admin), nil, 0}, {h.from(t, "school/math", "test", access.Admin), nil, 0},
	} {
		if got := c.who.ask(listed, c.args).list("pseudoLogins.nodes"); len(got) != c.want {
			t.Errorf("%+v %v: %v", c.who.actor, c.args, got)
		}
	}
	h.as(t, access.Teacher).say(listed, nil).refused("access.denied")
	say(admin, "revokePseudoLogin", vars{"reason": "enough"}).is(map[string]any{"revokePseudoLogin.pseudoLogin.open": false,
		"revokePseudoLogin.pseudoLogin.endedBy.id": "school-admin", "revokePseudoLogin.pseudoLogin.endReason": "enough"})
	say(li, "renewPseudoLogin", nil).refused("pseudo.ended")
	li.say(openTicket, vars{"i": vars{"student": student, "reason": ""}}).refused("reason.missing")
	until, err := time.Parse(time.RFC3339, given.text("openPseudoLogin.expiresAt"))
	if err != nil || time.Until(until) > 15*time.Minute {
		t.Errorf("it lives until %v, %v", until, err)
	}
}
