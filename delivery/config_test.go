package delivery_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/delivery"
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
	var last reply
	for i, want := range []string{`{"a":2}`, `{"a":3}`, `{"a":4}`, `{"a":1}`} {
		ann.config(want)
		flags := ann.post(flagsPath, of("ann")).is(http.StatusOK)
		if got := decode[struct{ Flags []delivery.Flag }](flags).Flags; len(got) != 1 || `{"a":`+fmt.Sprint(got[0].Value)+`}` != want || (got[0].Reason == "DISABLED") != (i == 3) {
			t.Errorf("got %+v, want %s", got, want)
		}
		if i > 0 {
			ann.with("If-None-Match", last.header.Get("ETag")).post(flagsPath, of("ann")).is(http.StatusOK) // time alone has changed it
		}
		last = flags
		clock.now = clock.now.Add(time.Hour)
	}
}

// A switch is heard of by those it concerns, and whoever hears of it finds it thrown.
func TestAThrownSwitchIsHeard(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	server := n.served()
	in := func(org, env string, role access.Role) access.Actor {
		return access.Actor{ID: "ann", Roles: []access.Role{role}, Scope: access.Scope{Org: org, Environment: env}}
	}
	hears := func(l *listener, id uuid.UUID) heard {
		t.Helper()
		told := l.next()
		if told.kind != "config" || told.data.Subject != id || told.id == "" {
			t.Errorf("hears %+v, not of %s", told, id)
		}
		return told
	}
	here := n.listen(server, in(school, env, access.Student))
	here.next() // the snapshot
	key := n.configKey(releaser, "a")
	hears(here, key) // it is there
	below := n.listen(server, in(school+"/math", env, access.Student))
	elsewhere := []*listener{n.listen(server, in(school, "prod", access.Student)), n.listen(server, in("other", env, access.Student))}
	other := startNode(t, n.Pool, nil) // another process
	far := other.listen(other.served(), in(school, env, access.Student))
	for _, l := range append([]*listener{below, far}, elsewhere...) {
		l.next()
	}
	n.do(releaser, commands.SetConfigRules{Config: key, Revision: 1, Reason: "try", Rules: []hotconfig.Rule{{Value: value(`2`)}}})
	before := hears(here, key)
	hears(below, key)
	hears(far, key)
	ann := n.client(in(school, env, access.Student))
	ann.config(`{"a":2}`)
	flags := ann.post(flagsPath, of("ann")).is(http.StatusOK)
	n.do(releaser, commands.KillConfig{Config: key, Revision: 2, Reason: "it freezes"})
	hears(here, key)
	ann.config(`{"a":1}`)
	ann.with("If-None-Match", flags.header.Get("ETag")).post(flagsPath, of("ann")).is(http.StatusOK)
	hears(below, key)
	n.client(in(school+"/math", env, access.Student)).config(`{"a":1}`)
	there := client{n: other, t: t, token: ann.token}
	hears(far, key)
	there.config(`{"a":1}`)

	// A part's key is none of the whole's, and who was away hears of it on coming back.
	maths := n.configKey(in(school+"/math", env, access.Releaser), "b")
	hears(below, maths)
	back := n.listen(server, in(school+"/math", env, access.Student), "Last-Event-ID", before.id)
	hears(back, key)
	hears(back, maths)

	// What everybody is told is the next thing that the others hear.
	s := n.scene()
	n.do(releaser, commands.TakeDown{Question: s.first, Everywhere: true, Reason: "wrong"})
	for _, l := range append(elsewhere, here) {
		if told := l.next(); told.kind != "takedown" {
			t.Errorf("hears %+v", told)
		}
	}
}

func TestTheConfigurationAsFlags(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	kinds := map[hotconfig.Key]string{"text": `"slow"`, "on": `true`, "object": `{"dark":true}`, "list": `[1,2]`, "nothing": `null`, "killed": `1`}
	for key, text := range kinds {
		id := n.configKey(releaser, key, func(s *hotconfig.Spec) { s.Schema, s.Default = value(`{}`), value(text) })
		if key == "killed" {
			n.do(releaser, commands.SetConfigRules{Config: id, Revision: 1, Reason: "try", Rules: []hotconfig.Rule{{Value: value(`2`)}}})
			n.do(releaser, commands.KillConfig{Config: id, Revision: 2, Reason: "it freezes"})
		}
	}
	rules := []hotconfig.Rule{{Clause: targeting.Clause{Students: []string{"ann"}}, Value: value(`2`)},
		{Clause: targeting.Clause{When: `platform == "ios"`}, Split: []hotconfig.Share{{Weight: 1, Value: value(`3`)}}, Note: "internal remark"}}
	speed := n.configKey(releaser, "player.speed")
	n.settled(n.do(releaser, commands.SetConfigRules{Config: speed, Revision: 1, Reason: "try", Rules: rules}))
	ann, bo := n.student("ann"), n.student("bo")
	one := func(c client, key string, facts ...string) delivery.Flag {
		t.Helper()
		return decode[delivery.Flag](c.post(flagsPath+"/"+key, of(c.subject, facts...)).is(http.StatusOK))
	}
	for name, c := range map[string]struct {
		got             delivery.Flag
		reason, variant string
		value           any
	}{
		"a rule":             {one(ann, "player.speed"), "TARGETING_MATCH", "rule-0", 2.0},
		"a share":            {one(bo, "player.speed", "platform", "ios"), "SPLIT", "rule-1-share-0", 3.0},
		"no rule":            {one(bo, "player.speed"), "DEFAULT", "default", 1.0},
		"switched off":       {one(bo, "killed"), "DISABLED", "default", 1.0},
		"a text":             {one(bo, "text"), "DEFAULT", "default", "slow"},
		"true":               {one(bo, "on"), "DEFAULT", "default", true},
		"an object":          {one(bo, "object"), "DEFAULT", "default", map[string]any{"dark": true}},
		"a list":             {one(bo, "list"), "DEFAULT", "default", []any{1.0, 2.0}},
		"null says no value": {one(bo, "nothing"), "DEFAULT", "default", nil},
	} {
		if c.got.Reason != c.reason || c.got.Variant != c.variant || !reflect.DeepEqual(c.got.Value, c.value) || c.got.Metadata != nil {
			t.Errorf("%s: %+v", name, c.got)
		}
	}

	// All of them at once are what /v1/config says, with a tag of the student's own outcome.
	all := ann.post(flagsPath, of("ann")).is(http.StatusOK)
	values := decode[struct{ Values map[string]any }](ann.get("/v1/config").is(http.StatusOK)).Values
	flags := decode[struct{ Flags []delivery.Flag }](all).Flags
	if len(flags) != len(kinds)+1 || len(values) != len(flags) || bytes.Contains(all.body, []byte("remark")) {
		t.Errorf("%s", all.body)
	}
	for _, flag := range flags {
		if !reflect.DeepEqual(values[flag.Key], flag.Value) {
			t.Errorf("%s is %v, and %v as a flag", flag.Key, values[flag.Key], flag.Value)
		}
	}
	tag := all.header.Get("ETag")
	ann.with("If-None-Match", tag).post(flagsPath, of("ann")).is(http.StatusNotModified)
	n.settled(n.do(releaser, commands.KillConfig{Config: speed, Revision: 2, Reason: "off"}))
	ann.with("If-None-Match", tag).post(flagsPath, of("ann")).is(http.StatusOK)
	if got := one(ann, "player.speed"); got.Reason != "DISABLED" || got.Value != 1.0 {
		t.Errorf("switched off: %+v", got)
	}
	stranger := n.client(access.Actor{ID: "ann", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "other", Environment: env}})
	stranger.post(flagsPath+"/player.speed", of("ann")).is(http.StatusNotFound)
	if r := stranger.post(flagsPath, of("ann")).is(http.StatusOK); string(r.body) != `{"flags":[]}` {
		t.Errorf("another organisation reads %s", r.body)
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
	root.Scope.Environment = "beta"
	s.do(root, commands.RetireEnvironment{Environment: "beta", Revision: 1, Reason: "over"})
	in("beta").answer(begun.ID, "k", "q1", pick("b")).is(http.StatusOK)
	in("beta").finish(begun.ID).is(http.StatusOK)
	start(in("beta")).refused(http.StatusConflict, "environment.retired")
}
