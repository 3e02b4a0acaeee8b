package delivery_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/internal/apikeys"
	"qbank/internal/ratelimit"
	"qbank/internal/signin"
	"qbank/internal/token"
)

// guarded is the node with a gate before its door, and limits.
func (n *node) guarded(limits map[ratelimit.Class]ratelimit.Limit, now func() time.Time) *node {
	n.t.Helper()
	l, err := ratelimit.New(ratelimit.Options{Limits: limits})
	if err != nil {
		n.t.Fatal(err)
	}
	keys, err := apikeys.New(n.Commands, n.Pool, apikeys.Options{Logger: quiet, Now: now})
	if err != nil {
		n.t.Fatal(err)
	}
	other := *n
	other.open = &delivery.Door{Bus: n.Commands, Tokens: n.open.Tokens, Views: n.Delivery, Limits: l, Seed: n.open.Seed, Now: time.Now, Logger: quiet}
	routes, err := other.open.Handler()
	if err != nil {
		n.t.Fatal(err)
	}
	other.door = (&signin.Gate{Keys: keys, Roles: n.Commands, Limits: l}).Students(routes)
	return &other
}

func (n *node) key(change ...func(*commands.CreateAPIKey)) string {
	n.t.Helper()
	return n.keyOf("boss", change...)
}

func (n *node) keyOf(maker string, change ...func(*commands.CreateAPIKey)) (key string) {
	n.t.Helper()
	c := commands.CreateAPIKey{Title: "a shell", Roles: []access.Role{access.Student}, Environments: []environment.Name{env}, Expires: time.Now().Add(time.Hour),
		Show: func(k string) { key = k }}
	for _, f := range change {
		f(&c)
	}
	admin := as(maker, access.Admin)
	admin.Manages = []string{"prod"}
	n.do(admin, c)
	return key
}

func TestAnAPIKeyAnswersLikeAToken(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	now := time.Now
	n := s.guarded(nil, func() time.Time { return now() })
	shell := client{n: n, t: t, token: s.key()}
	id := shell.start(s.lesson).ID
	shell.answer(id, "1", "q1", pick("b")).is(200)

	bound := s.key(func(c *commands.CreateAPIKey) { c.Networks = []string{"203.0.113.0/24"} })
	staff := s.key(func(c *commands.CreateAPIKey) { c.Roles = []access.Role{access.Author} })
	two := s.key(func(c *commands.CreateAPIKey) { c.Environments = []environment.Name{env, "prod"} })
	refused := func(key string, status int, code string, headers ...string) {
		t.Helper()
		for _, at := range tokened(id, s.lesson) {
			(client{n: n, t: t, token: key, headers: headers}).send(at[0], at[1], nil).refused(status, code)
		}
	}
	refused(shell.token[:13]+strings.Repeat("A", 43), 401, "api_key.refused")
	refused(bound, 403, "api_key.network")
	refused(shell.token, 403, "access.environment", "Qbank-Environment", "prod")
	refused(staff, 403, "access.denied")
	left, boss := uuid.New(), as("boss", access.Admin)
	orphan := s.keyOf(left.String())
	s.do(boss, commands.GrantRole{Person: left, Role: access.Author})
	s.do(boss, commands.RevokeRole{Person: left, Role: access.Author, Reason: "left"})
	refused(orphan, 401, "api_key.orphaned")
	refused(two, 403, "access.no_environment")
	(client{n: n, t: t, token: two, headers: []string{"Qbank-Environment", env}}).get(manifestPath(s.lesson)).is(200)
	now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	refused(shell.token, 401, "api_key.expired")
	(client{n: n, t: t, headers: []string{"Cookie", "qbank=x; __Host-qbank=x"}}).get(manifestPath(s.lesson)).refused(401, "access.no_token")
}

func TestTokensForOtherDoorsAreRefused(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, audience := range []string{token.Authors, token.Preview, token.Pseudo} {
		minted, err := s.signer.Mint(as("wang", access.Student), time.Now(), time.Hour, audience)
		if err != nil {
			t.Fatal(err)
		}
		(client{n: s.node, t: t, token: minted}).get(manifestPath(s.lesson)).refused(401, "token.invalid")
	}
}

func TestTooOften(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	id := s.student("wang").start(s.lesson).ID
	few := func(n int) ratelimit.Limit { return ratelimit.Limit{PerSecond: 0.001, Burst: n} }
	n := s.guarded(map[ratelimit.Class]ratelimit.Limit{ratelimit.Answers: few(1), ratelimit.Failed: few(3), ratelimit.Open: few(2)}, nil)
	wang := client{n: n, t: t, token: s.student("wang").token}
	wang.get(path(id, "")).is(200)
	for _, at := range tokened(id, s.lesson) {
		wang.send(at[0], at[1], nil).refused(429, "rate.limited")
	}
	for _, at := range []string{"/v1/time", "/v1/openapi.json"} {
		wang.get(at).is(200)
	}
	for _, at := range []string{"/v1/time", "/v1/openapi.json"} {
		if p := wang.get(at).refused(429, "rate.limited"); fmt.Sprint(p.Facts["retry_after"]) != "1000" {
			t.Errorf("%+v", p)
		}
	}
	stranger := client{n: n, t: t, token: "garbage"}
	for range 3 {
		stranger.get(path(id, "")).refused(401, "token.invalid")
	}
	stranger.get(path(id, "")).refused(429, "rate.limited")
	(client{n: n, t: t}).get(path(id, "")).refused(429, "rate.limited")
	// Sixty others at the same address are not hit by that.
	for i := range 60 {
		(client{n: n, t: t, token: s.student(fmt.Sprint("s", i)).token}).get(manifestPath(s.lesson)).is(http.StatusOK)
	}
}
