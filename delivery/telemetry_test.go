package delivery_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/delivery"
	"qbank/domain/access"
	"qbank/observations"
)

// told is what a device says, one report of each kind, of what a manifest names.
func told(m manifest, ids ...string) map[string]any {
	list := make([]any, len(ids))
	for i, id := range ids {
		kind, more := id[:strings.IndexByte(id, ':')], map[string]any{}
		if kind == "ready" {
			more["took"] = 840
		} else {
			more["cause"] = "network"
		}
		more["id"], more["kind"], more["lesson"], more["release"] = id, kind, m.Lesson, m.Release
		list[i] = more
	}
	return map[string]any{"reports": list}
}

// tallied is what was observed of the scene's lesson.
func (s *scene) tallied(scope access.Scope) observations.Tally {
	s.t.Helper()
	if err := s.Recorder.Flush(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	list, err := s.Observations.Tallies(s.t.Context(), scope, observations.Span{Lesson: s.lesson, Until: 1 << 60})
	if err != nil || len(list) > 1 {
		s.t.Fatalf("%+v, %v", list, err)
	}
	return append(list, observations.Tally{})[0]
}

func TestWhatADeviceSaysIsCounted(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	here := access.Scope{Org: school, Environment: env}
	wang := s.student("wang").with("Qbank-Platform", "Android")
	r := wang.get(manifestPath(s.lesson)).is(200)
	wang.with("If-None-Match", r.header.Get("ETag")).get(manifestPath(s.lesson)).is(304)
	m := decode[manifest](r)
	attempt := wang.start(s.lesson).ID
	wang.answer(attempt, "k", "q1", pick("a")).is(200)
	wang.answer(attempt, "k", "q1", pick("a")).is(200) // the same one
	batch := told(m, "ready:1", "failed:1", "answer_error:1")
	for range 2 {
		if got := decode[delivery.Taken](wang.post("/v1/telemetry", batch).is(202)); got.Accepted != 3 || got.Refused != nil {
			t.Errorf("%+v", got)
		}
		got := s.tallied(here)
		if got.Served != 2 || got.Ready != 1 || got.Failed != 1 || got.AnswerErrors != 1 || got.Answered != 1 || got.Platform != "android" || got.Release != m.Release {
			t.Errorf("%+v", got)
		}
	}
	elsewhere := as("wang", access.Student)
	elsewhere.Scope.Environment = "prod"
	s.client(elsewhere).post("/v1/telemetry", told(m, "failed:2")).is(202)
	if got := s.tallied(access.Scope{Org: school, Environment: "prod"}); got.Failed != 0 {
		t.Errorf("another environment has %+v", got)
	}
	eyes := s.eyes(s.lends(support, "wang", false))
	eyes.get(manifestPath(s.lesson)).is(200)
	if got := decode[delivery.Taken](eyes.post("/v1/telemetry", told(m, "failed:3")).is(202)); got.Accepted != 0 || got.Dropped != 0 {
		t.Errorf("%+v", got)
	}
	if got := s.tallied(here); got.Served != 2 || got.Failed != 1 {
		t.Errorf("borrowed eyes leave %+v", got)
	}
}

// Each report that cannot be is answered by itself, and does not hold up the others.
func TestReportsThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	m := decode[manifest](wang.get(manifestPath(s.lesson)).is(200))
	odd := []map[string]any{
		{}, {"id": strings.Repeat("x", 65)}, {"id": "a b"}, {"id": 7}, {"kind": "exploded"}, {"lesson": "x"}, {"lesson": 5}, {"release": nil}, {"cause": "bad luck"}, {"cause": nil},
		{"kind": "ready"}, {"took": 5}, {"took": "5"}, {"kind": "ready", "cause": nil, "took": -1}, {"kind": "ready", "cause": nil, "took": 1e308}, {"event_mono": -1e308}, {"event_mono": 0},
	}
	list := make([]any, 0, len(odd)+1)
	for i, change := range odd {
		report := map[string]any{"id": fmt.Sprint(i), "kind": "failed", "lesson": m.Lesson, "release": m.Release, "cause": "other"}
		for name, value := range change {
			report[name] = value
		}
		list = append(list, report)
	}
	list = append(list, 5)
	const week = 7 * 24 * 3600 * 1000
	got := decode[delivery.Taken](wang.with("Accept-Language", "zh-CN").post("/v1/telemetry", map[string]any{"reports": list, "sent_mono": week + 1}).is(202))
	var refused []int
	for _, r := range got.Refused {
		refused = append(refused, r.Index)
		if r.Problem.Detail == "" || len(r.Problem.Errors) == 0 || !strings.HasPrefix(r.Problem.Errors[0].Pointer, fmt.Sprint("/reports/", r.Index)) {
			t.Errorf("%+v", r)
		}
	}
	if want := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}; got.Accepted != 1 || !slices.Equal(refused, want) {
		t.Errorf("%d accepted, %v refused", got.Accepted, refused)
	}
	for _, body := range []any{map[string]any{}, map[string]any{"reports": []any{}}, map[string]any{"reports": 5}, map[string]any{"reports": slices.Repeat(list, 20)},
		map[string]any{"reports": list, "sent_mono": "1"}} {
		wang.post("/v1/telemetry", body).refused(400, "request.shape")
	}
	// What nobody was served does not count: a release that is none, a lesson of another organisation, whose student has the same name.
	stranger := s.client(access.Actor{ID: "wang", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "other", Environment: env}})
	for _, got := range []delivery.Taken{
		decode[delivery.Taken](wang.post("/v1/telemetry", told(manifest{Lesson: m.Lesson, Release: uuid.New()}, "failed:x")).is(202)),
		decode[delivery.Taken](stranger.post("/v1/telemetry", told(m, "failed:y")).is(202)),
	} {
		if got.Accepted != 0 || got.Waiting != 1 {
			t.Errorf("%+v", got)
		}
	}
	if got := s.tallied(access.Scope{Org: school, Environment: env}); got.Failed != 1 {
		t.Errorf("%+v", got)
	}
}

// One student's flood is bounded, and takes nothing from others.
func TestAFloodOfReports(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang, li := s.student("wang"), s.student("li")
	m := decode[manifest](wang.get(manifestPath(s.lesson)).is(200))
	li.get(manifestPath(s.lesson)).is(200)
	accepted, dropped := 0, 0
	for round := range 10 {
		ids := make([]string, 200)
		for i := range ids {
			ids[i] = fmt.Sprint("failed:", round, "-", i)
		}
		got := decode[delivery.Taken](wang.post("/v1/telemetry", told(m, ids...)).is(http.StatusAccepted))
		accepted, dropped = accepted+got.Accepted, dropped+got.Dropped
	}
	if accepted != 1000 || dropped != 1000 {
		t.Errorf("%d accepted, %d dropped", accepted, dropped)
	}
	if got := decode[delivery.Taken](li.post("/v1/telemetry", told(m, "ready:1")).is(202)); got.Accepted != 1 {
		t.Errorf("%+v", got)
	}
	if err := s.Recorder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, both, err := s.Observations.Samples(t.Context(), observations.Arms{Environment: env, Lessons: []uuid.UUID{s.lesson}})
	if err != nil || both.Loads != 2 || both.LoadFailures != 1 {
		t.Errorf("%+v, %v", both, err)
	}
}
