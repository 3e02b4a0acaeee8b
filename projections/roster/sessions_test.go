package roster_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/erasure"
	"qbank/domain/fault"
	domain "qbank/domain/roster"
	"qbank/domain/session"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/projections/roster"
)

var all = slices.Concat(domain.Events, session.Events, erasure.Events)

var (
	sums = projtest.StreamID("sums")
	pins = session.Pins{Org: "acme", Version: 2, Release: projtest.StreamID("release"), Items: []session.Pin{{Slot: "a", Question: projtest.StreamID("q"), Version: 3, Reason: "whole"}}, Snapshot: 7}
)

func planned(org, env, code string, start int64, classes ...string) session.Planned {
	return session.Planned{Org: org, Environment: env, Code: code, Plan: session.Plan{Title: code, Lesson: sums, Teacher: domain.PersonOf("li"), Classes: ids(classes...),
		Start: start, End: start + 10}}
}

// runs are sessions of the classes of history, in two environments.
func runs() []projtest.Facts {
	return []projtest.Facts{
		projtest.In("running", planned("acme", "prod", "s1", 100, "c1"), session.Admitted{Students: people("guest")}, session.Started{Pins: pins, At: 101}),
		projtest.In("waiting", planned("acme", "prod", "s2", 200, "c1", "c2")),
		projtest.In("elsewhere", planned("acme", "test", "s3", 300, "c1"), session.Started{Pins: pins, At: 301}),
		projtest.In("off", planned("acme/math", "prod", "s4", 400, "c2"), session.Cancelled{Reason: "snow", At: 401}),
		projtest.In("over", planned("acme/math", "prod", "s5", 500, "c1"), session.Started{Pins: pins, At: 501}, session.Ended{At: 502}),
		projtest.In("waiting", session.Replanned{Plan: session.Plan{Lesson: projtest.StreamID("other lesson"), Teacher: domain.PersonOf("mo"), Classes: ids("c2"), Start: 210, End: 220}}),
	}
}

func TestSessionsAreListedInTheirEnvironment(t *testing.T) {
	t.Parallel()
	reader := roster.NewReader(projtest.Given(t, all, roster.New(nil), append(history(), runs()...)...).Pool)
	prod := access.Scope{Org: "acme", Environment: "prod"}
	for name, c := range map[string]struct {
		scope  access.Scope
		filter roster.SessionFilter
		want   []string
	}{
		"all":                  {prod, roster.SessionFilter{}, []string{"s5", "s4", "s2", "s1"}},
		"another environment":  {access.Scope{Org: "acme", Environment: "test"}, roster.SessionFilter{}, []string{"s3"}},
		"below":                {access.Scope{Org: "acme/math", Environment: "prod"}, roster.SessionFilter{}, []string{"s5", "s4"}},
		"another organisation": {access.Scope{Org: "other", Environment: "prod"}, roster.SessionFilter{}, nil},
		"of no environment":    {access.Scope{Org: "acme"}, roster.SessionFilter{}, nil},
		"of a lesson":          {prod, roster.SessionFilter{Lesson: sums}, []string{"s5", "s4", "s1"}},
		"of a class":           {prod, roster.SessionFilter{Class: projtest.StreamID("c2")}, []string{"s4", "s2"}},
		"of a teacher":         {prod, roster.SessionFilter{Teacher: domain.PersonOf("mo")}, []string{"s2"}},
		"running":              {prod, roster.SessionFilter{State: session.Running}, []string{"s1"}},
		"in a time":            {prod, roster.SessionFilter{From: 110, Until: 400}, []string{"s2"}},
	} {
		list, err := reader.Sessions(t.Context(), c.scope, c.filter, read.Page{})
		var codes []string
		for _, s := range list.Rows {
			codes = append(codes, s.Code)
		}
		if err != nil || !slices.Equal(codes, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, codes, err, c.want)
		}
	}
	want := roster.Session{ID: projtest.StreamID("off"), Org: "acme/math", Environment: "prod", Code: "s4", Plan: planned("", "", "s4", 400, "c2").Plan,
		State: session.Off, CancelledAt: 401, Reason: "snow"}
	found, err := reader.GetSessions(t.Context(), prod, ids("off", "elsewhere", "c1"))
	if err != nil || len(found) != 1 || !reflect.DeepEqual(found[want.ID], want) {
		t.Errorf("got %+v, %v", found, err)
	}
	guests, err := reader.Guests(t.Context(), prod, projtest.StreamID("running"), read.Page{})
	if err != nil || len(guests.Rows) != 1 || guests.Rows[0].Student != domain.PersonOf("guest") {
		t.Errorf("got %+v, %v", guests.Rows, err)
	}
	if guests, err := reader.Guests(t.Context(), access.Scope{Org: "acme", Environment: "test"}, projtest.StreamID("running"), read.Page{}); err != nil || len(guests.Rows) != 0 {
		t.Errorf("another environment sees guests: %+v, %v", guests.Rows, err)
	}
}

func TestWhoBelongsToASession(t *testing.T) {
	t.Parallel()
	facts := append(history(), runs()...)
	facts = append(facts, projtest.In("c1", domain.MembersJoined{Students: people("gone"), Window: domain.Window{Until: 1}}))
	reader := roster.NewReader(projtest.Given(t, all, roster.New(nil), facts...).Pool)
	at := func(org, env string) access.Scope { return access.Scope{Org: org, Environment: env} }
	for _, c := range []struct {
		scope            access.Scope
		session, student string
		want             session.Attendance
		code             string
	}{
		{at("acme", "prod"), "running", "ann", session.Attendance{Lesson: sums, State: session.Running, Belongs: true}, ""},
		{at("acme/math", "prod"), "running", "guest", session.Attendance{Lesson: sums, State: session.Running, Belongs: true}, ""},
		{at("acme", "prod"), "running", "bo", session.Attendance{Lesson: sums, State: session.Running}, ""}, // has left the class
		{at("acme", "prod"), "running", "gone", session.Attendance{Lesson: sums, State: session.Running}, ""},
		{at("acme", "prod"), "over", "cy", session.Attendance{Lesson: sums, State: session.Over, Belongs: true}, ""},
		{at("acme", "prod"), "elsewhere", "ann", session.Attendance{}, "session.not_found"},
		{at("other", "prod"), "running", "ann", session.Attendance{}, "session.not_found"},
		{at("acme", "prod"), "c1", "ann", session.Attendance{}, "session.not_found"},
	} {
		got, err := reader.Attends(t.Context(), c.scope, projtest.StreamID(c.session), c.student)
		if f := fault.Of(err); got != c.want || (c.code == "") != (err == nil) || f != nil && f.Code != c.code {
			t.Errorf("%+v: got %+v, %v", c, got, err)
		}
	}
	for name, code := range map[string]string{"running": "", "over": "", "waiting": "session.not_running", "off": "session.not_running",
		"elsewhere": "session.not_found", "nowhere": "session.not_found"} {
		got, err := reader.Pins(t.Context(), at("acme", "prod"), projtest.StreamID(name))
		if code == "" && (err != nil || !reflect.DeepEqual(*got, pins)) || code != "" && !fault.Is(err, code) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	if _, err := reader.Attends(t.Context(), at("acme", "prod"), uuid.Nil, "ann"); !fault.Is(err, "session.not_found") {
		t.Errorf("no session at all: %v", err)
	}
}
