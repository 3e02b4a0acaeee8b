package delivery_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/hotconfig"
	"qbank/domain/targeting"
	"qbank/internal/stack"
)

// configKey makes a configuration key of an organisation: a number, 1 where no rule says otherwise.
func (n *node) configKey(actor access.Actor, name hotconfig.Key, change ...func(*hotconfig.Spec)) uuid.UUID {
	n.t.Helper()
	spec := hotconfig.Spec{Schema: json.RawMessage(`{"type": "number"}`), Default: json.RawMessage(`1`), Owner: "player", Description: fault.Say("A number", "数字")}
	for _, f := range change {
		f(&spec)
	}
	return n.do(actor, commands.DescribeConfig{Key: name, Spec: spec, Reason: "new"}).ID
}

// settled waits until nodes have noticed what was done.
func (n *node) settled(done commands.Done) {
	n.t.Helper()
	n.eventually(func() bool {
		position, err := n.Engine.Position(n.t.Context(), "configs")
		return err == nil && position >= done.Position
	})
	time.Sleep(stack.Trusted + 20*time.Millisecond)
}

func (c client) config(want string) reply {
	c.t.Helper()
	r := c.get("/v1/config").is(http.StatusOK)
	if got := string(r.body); got != `{"values":`+want+`}` {
		c.t.Errorf("got %s, want %s", got, want)
	}
	return r
}

func value(text string) json.RawMessage { return json.RawMessage(text) }

func TestAClientIsConfigured(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ann, bo := n.student("ann"), n.student("bo")
	ann.config(`{}`)
	speed := n.configKey(releaser, "player.speed")
	n.settled(n.do(releaser, commands.SetConfigRules{Config: speed, Revision: 1, Reason: "try", Rules: []hotconfig.Rule{
		{Clause: targeting.Clause{Students: []string{"ann"}}, Value: value(`2`)},
		{Clause: targeting.Clause{When: `platform == "ios"`}, Value: value(`3`)},
	}}))
	first := ann.config(`{"player.speed":2}`)
	bo.config(`{"player.speed":1}`)
	third := bo.with("Qbank-Platform", "ios").config(`{"player.speed":3}`)
	tag := first.header.Get("ETag")
	if tag == "" || tag == third.header.Get("ETag") {
		t.Errorf("tags are %s and %s", tag, third.header.Get("ETag"))
	}
	if r := ann.with("If-None-Match", tag).get("/v1/config").is(http.StatusNotModified); len(r.body) > 0 {
		t.Errorf("304 with %s", r.body)
	}
	ann.with("If-None-Match", `W/`+tag).send(http.MethodHead, "/v1/config", nil).is(http.StatusNotModified)

	// A change that leaves the student's values as they are changes no tag; other rules are never told.
	n.settled(n.do(releaser, commands.SetConfigRules{Config: speed, Revision: 2, Reason: "more", Rules: []hotconfig.Rule{
		{Clause: targeting.Clause{Students: []string{"ann"}}, Value: value(`2`), Note: "internal remark"},
		{Clause: targeting.Clause{Students: []string{"bo"}}, Value: value(`4`)},
	}}))
	ann.with("If-None-Match", tag).get("/v1/config").is(http.StatusNotModified)
	if r := bo.config(`{"player.speed":4}`); strings.Contains(string(r.body), "remark") {
		t.Error("the client is told why")
	}

	n.settled(n.do(releaser, commands.KillConfig{Config: speed, Revision: 3, Reason: "it freezes"}))
	ann.config(`{"player.speed":1}`)
	bo.config(`{"player.speed":1}`)
	n.settled(n.do(releaser, commands.ReviveConfig{Config: speed, Revision: 4, Reason: "mended"}))
	if again := ann.config(`{"player.speed":2}`); again.header.Get("ETag") != tag {
		t.Error("the same values have another tag")
	}
	n.settled(n.do(releaser, commands.RetireConfig{Config: speed, Revision: 5, Reason: "over"}))
	ann.config(`{}`)
}

// Time alone ends a rule and a key, however much is cached.
func TestAConfigurationExpires(t *testing.T) {
	t.Parallel()
	clock := &fixed{now: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)}
	n := freshNode(t, clock)
	at := func(d time.Duration) int64 { return clock.now.Add(d).UnixMicro() }
	id := n.configKey(releaser, "a", func(s *hotconfig.Spec) { s.Expires = at(3 * time.Hour) })
	n.settled(n.do(releaser, commands.SetConfigRules{Config: id, Revision: 1, Reason: "try", Rules: []hotconfig.Rule{
		{Value: value(`2`), Until: at(time.Hour)}, {Value: value(`3`), Until: at(2 * time.Hour)}, {Value: value(`4`)},
	}}))
	ann := n.client(as("ann", access.Student))
	for _, want := range []string{`{"a":2}`, `{"a":3}`, `{"a":4}`, `{"a":1}`} {
		ann.config(want)
		clock.now = clock.now.Add(time.Hour)
	}
}

// Rules are of an environment, keys of an organisation and those below it.
func TestAConfigurationStaysWhereItIs(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	id := n.configKey(releaser, "a")
	in := func(org, env string, id string, role access.Role) access.Actor {
		return access.Actor{ID: id, Roles: []access.Role{role}, Scope: access.Scope{Org: org, Environment: env}}
	}
	n.configKey(in("other", env, "o", access.Releaser), "theirs")
	n.configKey(in(school+"/math", env, "m", access.Releaser), "maths")
	n.settled(n.do(releaser, commands.SetConfigRules{Config: id, Revision: 1, Reason: "try", Rules: []hotconfig.Rule{{Value: value(`2`)}}}))
	for want, who := range map[string]access.Actor{
		`{"a":2}`: in(school, env, "ann", access.Student), `{"a":1}`: in(school, "prod", "ann", access.Student),
		`{"a":2,"maths":1}`: in(school+"/math", env, "ann", access.Student), `{"theirs":1}`: in("other", env, "ann", access.Student),
		`{}`: in("nobody", env, "ann", access.Student),
	} {
		n.client(who).config(want)
	}
}

func TestAnAttemptBeginsOnlyInAnEnvironmentThatTakesIt(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	in := func(name string) client {
		who := as("wang", access.Student)
		who.Scope.Environment = name
		return s.client(who)
	}
	start := func(c client) reply { return c.post("/v1/attempts", map[string]any{"lesson": s.lesson}) }
	start(in("nowhere")).refused(http.StatusNotFound, "environment.unknown")
	start(in("No Where")).refused(http.StatusNotFound, "environment.unknown")
	root := as("root", access.Admin)
	if _, err := s.Commands.Do(t.Context(), releaser, commands.ReleaseLesson{Environment: "beta", Lesson: s.lesson}); !fault.Is(err, "environment.unknown") {
		t.Fatalf("got %v", err)
	}
	s.do(root, commands.CreateEnvironment{Environment: environment.Declared{Name: "beta", Title: "Beta"}})
	s.releaseTo("beta", s.lesson)
	begun := in("beta").start(s.lesson)
	s.do(root, commands.RetireEnvironment{Environment: "beta", Revision: 1, Reason: "over"})
	in("beta").answer(begun.ID, "k", "q1", pick("b")).is(http.StatusOK)
	in("beta").finish(begun.ID).is(http.StatusOK)
	start(in("beta")).refused(http.StatusConflict, "environment.retired")
}
