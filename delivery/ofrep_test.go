package delivery_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/release"
	"qbank/domain/targeting"
	"qbank/internal/stack"
)

const flagsPath = "/ofrep/v1/evaluate/flags"

func of(target any, facts ...string) map[string]any {
	given := map[string]any{"targetingKey": target}
	for i := 0; i < len(facts); i += 2 {
		given[facts[i]] = facts[i+1]
	}
	return map[string]any{"context": given}
}

// hot is a further source of flags.
type hot map[string]delivery.Flag

func (h hot) Flag(_ context.Context, _ access.Actor, key string) (*delivery.Flag, error) {
	if flag, there := h[key]; there {
		return &flag, nil
	}
	return nil, nil
}

func (h hot) All(context.Context, access.Actor) (all []delivery.Flag, _ error) {
	for _, flag := range h {
		all = append(all, flag)
	}
	return all, nil
}

func TestReleasesAsFlags(t *testing.T) {
	t.Parallel()
	s := corrected(t)
	key := "lesson." + s.lesson.String()
	one := func(c client, facts ...string) delivery.Flag {
		t.Helper()
		return decode[delivery.Flag](c.post(flagsPath+"/"+key, of(c.subject, facts...)).is(200))
	}
	ann, bo, eve := s.student("ann"), s.student("bo"), s.student("eve")
	all := func(c client) []delivery.Flag {
		t.Helper()
		return decode[struct{ Flags []delivery.Flag }](c.post(flagsPath, of(c.subject)).is(200)).Flags
	}
	if got := one(ann); got.Reason != "STATIC" || got.Value != "baseline" || got.Variant != "baseline" {
		t.Errorf("no release is under way: %+v", got)
	}
	if got := all(ann); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	id := s.gray(func(c *commands.PlanRelease) {
		c.Rules = []targeting.Clause{{Students: []string{"eve"}, Out: true}, {When: `platform == "ios"`}}
		c.Steps = []release.Step{{Weight: 0}, {Weight: 60}, {Weight: 100}}
	})
	s.step(commands.StartRelease{Release: id, Revision: 1})
	for name, c := range map[string]struct {
		got     delivery.Flag
		variant string
		reason  string
	}{
		"a share of nobody":              {one(ann), "baseline", "SPLIT"},
		"a phone":                        {one(ann.with("Qbank-Platform", "ios")), "candidate", "TARGETING_MATCH"},
		"a phone that its context names": {one(ann, "platform", "ios"), "candidate", "TARGETING_MATCH"},
		"the headers count for more":     {one(ann.with("Qbank-Platform", "web"), "platform", "ios"), "baseline", "SPLIT"},
		"one who is kept out":            {one(eve, "platform", "ios"), "baseline", "TARGETING_MATCH"},
		"scope in the context":           {one(bo, "environment", "prod", "org", "other", "student", "eve", "platform", "no\u2003phone"), "baseline", "SPLIT"},
	} {
		if c.got.Variant != c.variant || c.got.Value != c.variant || c.got.Reason != c.reason || c.got.Key != key {
			t.Errorf("%s: %+v", name, c.got)
		}
	}
	if got := one(ann, "platform", "ios").Metadata; got["release"] != id.String() || got["version"] != 2.0 {
		t.Errorf("%+v", got)
	}

	// All at once, with a tag that changes when something changes for this student.
	r := ann.post(flagsPath, of("ann")).is(200)
	tag := r.header.Get("ETag")
	if got := all(ann); len(got) != 1 || got[0].Key != key || got[0].Variant != "baseline" {
		t.Errorf("%+v", got)
	}
	ann.with("If-None-Match", tag).post(flagsPath, of("ann")).is(304)
	ann.with("If-None-Match", tag, "Qbank-Platform", "ios").post(flagsPath, of("ann")).is(200)
	s.step(commands.WidenRelease{Release: id, Revision: 2, Weight: 100, Reason: "all"})
	ann.with("If-None-Match", tag).post(flagsPath, of("ann")).is(200)
	if got := one(ann); got.Variant != "candidate" || got.Reason != "SPLIT" {
		t.Errorf("at the whole: %+v", got)
	}
	s.step(commands.FreezeRelease{Release: id, Revision: 3, Reason: "still"})
	time.Sleep(stack.Settles + stack.Trusted)
	if got := one(ann); got.Variant != "baseline" || got.Reason != "DISABLED" { // to ask for a flag is not to be served the lesson
		t.Errorf("frozen, ann had not got it: %+v", got)
	}

	elsewhere := as("ann", access.Student)
	elsewhere.Scope.Environment = "prod"
	if got := all(s.client(elsewhere)); len(got) != 0 {
		t.Errorf("another environment has %+v", got)
	}
	s.client(elsewhere).post(flagsPath+"/"+key, of("ann")).is(404)
	stranger := as("ann", access.Student)
	stranger.Scope.Org = "other"
	if got := all(s.client(stranger)); len(got) != 0 {
		t.Errorf("another organisation has %+v", got)
	}
	s.client(stranger).post(flagsPath+"/"+key, of("ann")).is(404)
}

// Where a release under way is all there is of a lesson, those who are not in it get no value.
func TestAFlagOfALessonThatIsNew(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	id := uuid.New()
	s.do(author, commands.CreateLesson{ID: id, Plan: s.plan()})
	s.do(releaser, commands.PublishLesson{Lesson: id, Revision: commands.Anything})
	gray := s.do(releaser, commands.PlanRelease{Title: "New", Lessons: []commands.PlannedLesson{{Lesson: id}}, Steps: []release.Step{{Weight: 0}, {Weight: 100}}}).ID
	s.step(commands.StartRelease{Release: gray, Revision: 1})
	got := decode[delivery.Flag](s.student("ann").post(flagsPath+"/lesson."+id.String(), of("ann")).is(200))
	if got.Value != nil || got.Variant != "" || got.Reason != "SPLIT" {
		t.Errorf("%+v", got)
	}
}

func TestEvaluationsThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ann := s.student("ann")
	key := flagsPath + "/lesson." + s.lesson.String()
	failure := func(r reply, status int, code string) {
		t.Helper()
		got := decode[struct{ ErrorCode, ErrorDetails string }](r.is(status))
		if got.ErrorCode != code || got.ErrorDetails == "" {
			t.Errorf("got %s, want %s", r.body, code)
		}
	}
	for _, at := range []string{key, flagsPath} {
		for body, code := range map[string]string{
			`{`: "PARSE_ERROR", `[]`: "PARSE_ERROR", "{\"a\":\"\xff\"}": "PARSE_ERROR", `{}`: "INVALID_CONTEXT", `{"context":5}`: "INVALID_CONTEXT",
			`{"context":{}}`: "TARGETING_KEY_MISSING", `{"context":{"targetingKey":""}}`: "TARGETING_KEY_MISSING", `{"context":{"targetingKey":null}}`: "TARGETING_KEY_MISSING",
			`{"context":{"targetingKey":5}}`: "INVALID_CONTEXT", `{"context":{"targetingKey":"bo"}}`: "INVALID_CONTEXT",
		} {
			failure(ann.post(at, body), 400, code)
		}
		ann.post(at, `{"a":"`+strings.Repeat("x", 1<<20)+`"}`).refused(413, "json.too_large")
		ann.with("Content-Type", "text/plain").post(at, `{}`).refused(415, "request.not_json")
		ann.with("Content-Encoding", "gzip").post(at, "\x1f\x8b").refused(415, "request.not_json")
	}
	for _, unknown := range []string{"x", "lesson.", "lesson.x", "lesson." + uuid.NewString(), "lesson." + strings.ToUpper(uuid.NewString()), "release." + s.lesson.String()} {
		failure(ann.post(flagsPath+"/"+unknown, of("ann")), 404, "FLAG_NOT_FOUND")
	}
	for code, cause := range map[string]error{"internal": errors.New("secret"), "busy": context.DeadlineExceeded} {
		broken := client{n: s.troubled(trouble{}, func(d *delivery.Door) { d.Bus.Live = noLive{error: cause} }), t: t, token: ann.token}
		for _, at := range []string{key, flagsPath} {
			broken.post(at, of("ann")).refused(map[string]int{"internal": 500, "busy": 503}[code], code)
		}
	}
}

func TestFlagsOfOthersJoinThoseOfReleases(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	more := hot{"theme": {Key: "theme", Value: map[string]any{"dark": true}, Variant: "night", Reason: delivery.ReasonTargeted}}
	ann := client{n: s.troubled(trouble{}, func(d *delivery.Door) { d.Flags = []delivery.Flags{more} }), t: t, token: s.student("ann").token}
	if got := decode[delivery.Flag](ann.post(flagsPath+"/theme", of("ann")).is(200)); got.Variant != "night" {
		t.Errorf("%+v", got)
	}
	if got := decode[struct{ Flags []delivery.Flag }](ann.post(flagsPath, of("ann")).is(200)).Flags; len(got) != 1 || got[0].Key != "theme" {
		t.Errorf("%+v", got)
	}
}
