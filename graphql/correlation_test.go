package graphql_test

import (
	"testing"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/staff"
)

func TestWhatARequestDecidesSaysWhichRequestAndWhichSignIn(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, person, cookie := h.signed(t, "wang", staff.Grant{Org: "school", Role: access.Author, Environments: []environment.Name{"dev"}})
	sessions, err := h.sessions.List(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	const create = `mutation { createQuestion(input: {type: "single-choice@1.0.0"}) { position } }`
	nobody := caller{house: h, t: t}
	signed := nobody.say(create, nil, "Cookie", cookie, "X-Request-Id", "console-1")
	token := h.as(t, access.Author).say(create, nil)
	for _, c := range []struct {
		a             answer
		actor, signIn string
		wantID        string
	}{
		{a: signed, actor: person.String(), signIn: "session:" + sessions[0].ID.String(), wantID: "console-1"},
		{a: token, actor: "school-author", wantID: token.header.Get("X-Request-Id")},
	} {
		var actor, signIn, correlation string
		err := h.Pool.QueryRow(t.Context(), `select meta->>'actor', coalesce(meta->>'sign_in', ''), meta->>'correlation' from events where position = $1`,
			c.a.number("createQuestion.position")).Scan(&actor, &signIn, &correlation)
		if err != nil || actor != c.actor || signIn != c.signIn || correlation != c.wantID || correlation == "" || c.a.header.Get("X-Request-Id") != c.wantID {
			t.Errorf("%s by %s of request %s, %v; want %+v", actor, signIn, correlation, err, c)
		}
	}
	if id := token.header.Get("X-Request-Id"); len(id) != 32 {
		t.Errorf("%q", id)
	}
}
