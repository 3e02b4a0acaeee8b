package delivery_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/domain/targeting"
	"qbank/projections/delivery"
	"qbank/projections/projtest"
)

// gray is a release of the lesson of history, with another version of its second question.
func gray(name string, version int) []projtest.Facts {
	plan := release.Plan{Environment: "prod", Org: school, Title: name, Unit: release.PerSession, Total: 1000, Steps: []release.Step{{Weight: 1000}},
		Rules: []targeting.Clause{{When: "true"}}, Note: "note of " + name,
		Lessons: release.Set{{Lesson: projtest.StreamID("l"), Org: school, Version: 1, Questions: []environment.Frozen{frozen("s1", "q1", 1), frozen("s2", "q2", version)}}}}
	return []projtest.Facts{
		projtest.In(name, release.Planned{Plan: plan}),
		projtest.In("prod", environment.Opened{Release: projtest.StreamID(name), Environment: "prod", Lessons: plan.Lessons.Entries()}),
	}
}

func began(student, name string, reason release.Reason) projtest.Facts {
	return projtest.In("attempt of "+student+name, attempt.Started{Student: student, Release: projtest.StreamID(name), Items: []attempt.Item{{Slot: "s1", Reason: release.Reissue}, {Slot: "s2", Reason: reason}}})
}

func TestACandidateStandsBesideTheBaseline(t *testing.T) {
	t.Parallel()
	known := types(t)
	p := delivery.New(known)
	log := projtest.Given(t, definitions, p, append(history(), gray("r", 1)...)...)
	reader := delivery.NewReader(log.Pool, known)
	id := projtest.StreamID("r")
	snapshot := func() *delivery.LiveLesson {
		t.Helper()
		log.Run(p)
		live, err := reader.Lesson(t.Context(), scope(school), projtest.StreamID("l"))
		if err != nil {
			t.Fatal(err)
		}
		return live
	}
	expect := func(state release.State, weight int, baseline string) {
		t.Helper()
		live := snapshot()
		if live.Candidate == nil || live.Candidate.State != state || live.Candidate.Weight != weight || live.Candidate.Release != id || live.Candidate.Places[0].Version != 1 ||
			live.Baseline.Release != projtest.StreamID(baseline) || live.Baseline.Places[0].Version != 2 {
			t.Errorf("got candidate %+v, baseline %+v", live.Candidate, live.Baseline)
		}
	}
	expect(release.IsPlanned, 0, "release of l1prod")
	for _, step := range []struct {
		event  event.Event
		state  release.State
		weight int
	}{
		{release.Started{Weight: 10}, release.IsRunning, 10}, {release.Advanced{Weight: 20}, release.IsRunning, 20}, {release.Paused{}, release.IsPaused, 20},
		{release.Frozen{}, release.IsFrozen, 20}, {release.Thawed{}, release.IsPaused, 20}, {release.Resumed{}, release.IsRunning, 20}, {release.Widened{Weight: 1000}, release.IsRunning, 1000},
	} {
		log.Append(projtest.In("r", step.event))
		expect(step.state, step.weight, "release of l1prod")
		if since := snapshot().Candidate.Frozen; since > 0 != (step.state == release.IsFrozen) || since > time.Hour {
			t.Errorf("%s: frozen since %s", step.state, since)
		}
	}
	terms, err := reader.Terms(t.Context(), id)
	if err != nil || terms.Unit != release.PerSession || terms.Total != 1000 || len(terms.Rules) != 1 || !slices.Equal(terms.Lessons, []uuid.UUID{projtest.StreamID("l")}) {
		t.Errorf("terms %+v, %v", terms, err)
	}
	for _, c := range []access.Scope{{Org: school, Environment: "dev"}, {Org: "other", Environment: "prod"}} {
		_, err := reader.Lesson(t.Context(), c, projtest.StreamID("l"))
		refuses(t, err, "lesson.not_live")
	}
	log.Append(projtest.In("r", release.Finished{}), projtest.In("prod", environment.Completed{Release: id, Environment: "prod"}))
	if live := snapshot(); live.Candidate != nil || live.Baseline.Release != id || live.Baseline.Places[0].Version != 1 {
		t.Errorf("completed: %+v", live)
	}
	log.Append(append(gray("another", 1), projtest.In("prod", environment.Closed{Release: projtest.StreamID("another"), Environment: "prod"}))...)
	if live := snapshot(); live.Candidate != nil || live.Baseline.Release != id {
		t.Errorf("closed: %+v", live)
	}
}

func TestWhoBeganWithACandidateIsKnown(t *testing.T) {
	t.Parallel()
	known := types(t)
	log := projtest.Given(t, definitions, delivery.New(known), append(append(history(), gray("r", 1)...), began("ann", "r", release.Candidate), began("bo", "r", release.Baseline))...)
	reader := delivery.NewReader(log.Pool, known)
	for student, want := range map[string]bool{"ann": true, roster.PersonOf("ann").String(): true, "bo": false, "cy": false} {
		got, err := reader.Began(t.Context(), projtest.StreamID("r"), roster.PersonOf(student))
		if err != nil || got != want {
			t.Errorf("%s: %t, %v", student, got, err)
		}
	}
	if got, err := reader.Began(t.Context(), uuid.New(), roster.PersonOf("ann")); err != nil || got {
		t.Errorf("of another release: %t, %v", got, err)
	}
}

func TestWhatWasFrozenCanBeReadWhateverIsLive(t *testing.T) {
	t.Parallel()
	known := types(t)
	reader := delivery.NewReader(projtest.Given(t, definitions, delivery.New(known), history()...).Pool, known)
	l := release.Lesson{Lesson: projtest.StreamID("l"), Org: school, Version: 1, Questions: []environment.Frozen{frozen("s2", "q2", 1), frozen("s1", "q1", 1)}}
	by := uuid.New()
	set, err := reader.Set(t.Context(), by, l)
	if err != nil || set.Release != by || set.Plan.Title != "Sums" || len(set.Places) != 2 || set.Places[0].Version != 1 || set.Places[0].Public == "" {
		t.Errorf("got %+v, %v", set, err)
	}
	place, err := reader.Place(t.Context(), projtest.StreamID("q1"), 1)
	if err != nil || place != set.Places[0] {
		t.Errorf("got %+v, %v; want %+v", place, err, set.Places[0])
	}
	l.Questions[0].Version = 9
	_, unknown := reader.Set(t.Context(), by, l)
	l.Questions, l.Version = nil, 9
	_, unpublished := reader.Set(t.Context(), by, l)
	_, missing := reader.Place(t.Context(), projtest.StreamID("q1"), 9)
	for _, err := range []error{unknown, unpublished, missing} {
		if err == nil || fault.Of(err) != nil { // whoever asks has it from a release: that it is not there is a defect
			t.Errorf("got %v", err)
		}
	}
}

func TestRebuildEqualsLiveWithReleasesUnderWay(t *testing.T) {
	t.Parallel()
	known := types(t)
	facts := history()
	steps := rapid.SliceOfN(rapid.IntRange(0, 7), 40, 40).Example(2)
	for i, step := range steps {
		name := fmt.Sprint("r", i/8)
		if i%8 == 0 {
			facts = append(facts, gray(name, 1)...)
		}
		id := projtest.StreamID(name)
		switch step {
		case 0:
			facts = append(facts, projtest.In(name, release.Frozen{}))
		case 1:
			facts = append(facts, projtest.In(name, release.Thawed{}))
		case 2:
			facts = append(facts, projtest.In(name, release.Widened{Weight: i}), began(fmt.Sprint("student ", i%3), name, release.Candidate), began(fmt.Sprint("again ", i%3, i), name, release.Candidate))
		case 3:
			facts = append(facts, projtest.In("prod", released("prod", school, "l", 1, frozen("s1", "q1", 1), frozen("s2", "q2", 1))))
		}
		if step > 5 { // what it has, and what is nobody's
			facts = append(facts, projtest.In("prod", patched(name, 1, 2)), projtest.In("prod", patched("nobody", 1, 2)))
		}
		if i%8 == 7 {
			var end event.Event = environment.Completed{Release: id, Environment: "prod"}
			if step%2 == 0 {
				end = environment.Closed{Release: id, Environment: "prod"}
			}
			facts = append(facts, projtest.In("prod", end))
		}
	}
	p := delivery.New(known)
	projtest.Given(t, definitions, p, facts...).RebuildEquals(t, p)
}

// patched brings a version of the first question into what a release has live.
func patched(name string, from, to int) environment.Patched {
	return environment.Patched{Release: projtest.StreamID(name), Environment: "prod", Org: school, Lesson: projtest.StreamID("l"),
		Places: []environment.Patch{{Slot: "s1", Question: projtest.StreamID("q1"), From: from, To: to}}}
}

func TestAPatchIsLive(t *testing.T) {
	t.Parallel()
	known := types(t)
	p := delivery.New(known)
	log := projtest.Given(t, definitions, p, append(history(), gray("r", 1)...)...)
	reader := delivery.NewReader(log.Pool, known)
	held := func(candidate bool) delivery.Held {
		t.Helper()
		log.Run(p)
		list, err := reader.Holding(t.Context(), projtest.StreamID("q1"))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range list {
			if h.Environment == "prod" && h.Candidate == candidate && h.Lesson.Lesson == projtest.StreamID("l") {
				return h
			}
		}
		t.Fatalf("not in %+v", list)
		return delivery.Held{}
	}
	before := held(false)
	if was := held(true); was.Release != projtest.StreamID("r") || was.Questions[0] != frozen("s1", "q1", 1) || was.Org != school || was.Version != 1 {
		t.Errorf("the candidate is %+v", was)
	}
	log.Append(projtest.In("prod", patched("r", 1, 2)))
	if now := held(true); now.Questions[0] != frozen("s1", "q1", 2) || now.Questions[1].Version != 1 {
		t.Errorf("the candidate is %+v", now)
	}
	if now := held(false); now.Release != before.Release || now.Questions[0] != before.Questions[0] {
		t.Errorf("the baseline is %+v, was %+v", now, before)
	}
	log.Append(projtest.In("prod", environment.Completed{Release: projtest.StreamID("r"), Environment: "prod"}))
	if now := held(false); now.Release != projtest.StreamID("r") || now.Questions[0].Version != 2 {
		t.Errorf("completed, the baseline is %+v", now)
	}
	log.Append(projtest.In("prod", patched("r", 2, 1)))
	if now := held(false); now.Questions[0].Version != 1 {
		t.Errorf("patched, the baseline is %+v", now)
	}
	in := func(s access.Scope) int {
		found, err := reader.HoldingIn(t.Context(), s, []uuid.UUID{projtest.StreamID("q1"), projtest.StreamID("nowhere")})
		if err != nil || len(found[projtest.StreamID("nowhere")]) > 0 {
			t.Fatalf("%+v, %v", found, err)
		}
		return len(found[projtest.StreamID("q1")])
	}
	if in(scope(school)) == 0 || in(access.Scope{Org: "other", Environment: "prod"}) > 0 || in(access.Scope{Org: school, Environment: "nowhere"}) > 0 {
		t.Error("seen from where it is not, or not seen from where it is")
	}
}
