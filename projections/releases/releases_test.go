package releases_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/release"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/projections/releases"
)

var (
	definitions = slices.Concat(release.Events, environment.Events)
	prod        = access.Scope{Org: "acme", Environment: "prod"}
)

func frozen(lesson string) release.Lesson {
	return release.Lesson{Lesson: projtest.StreamID(lesson), Org: "acme/math", Version: 2, Questions: []environment.Frozen{{Slot: "a", Question: projtest.StreamID("q"), Version: 3}}}
}

func planned(title string, lessons ...string) release.Planned {
	p := release.Plan{Environment: "prod", Org: "acme/math", Title: title, Total: 100, Unit: release.PerStudent, Steps: []release.Step{{Weight: 5}, {Weight: 100}}}
	for _, l := range lessons {
		p.Lessons = append(p.Lessons, frozen(l))
	}
	return release.Planned{Plan: p}
}

func released(name, lesson string) environment.Released {
	return environment.Released{Release: projtest.StreamID(name), Environment: "prod", Org: "acme/physics", Lesson: projtest.StreamID(lesson), Version: 1, Note: name}
}

func history() []projtest.Facts {
	figures := &release.Figures{Candidate: release.Arm{Manifests: 700}, Verdict: release.Successful}
	return []projtest.Facts{
		projtest.In("prod", released("w1", "l1")).By("zhao"),
		projtest.In("prod", released("w2", "l2")).By("zhao"),
		projtest.In("prod", released("w3", "l3")).By("zhao"),
		projtest.In("r1", planned("One", "l1", "l4")).By("wang"),
		projtest.In("prod", environment.Opened{Release: projtest.StreamID("r1"), Environment: "prod"}),
		projtest.In("r1", release.Started{Weight: 5}, release.Paused{Reason: "look"}, release.Frozen{Reason: "still"}, release.Thawed{}, release.Resumed{}).By("li"),
		projtest.In("r1", release.Advanced{Step: 1, Weight: 100, Figures: figures}).By("system:guard"),
		projtest.In("r1", release.Finished{}).By("li"),
		projtest.In("prod", environment.Completed{Release: projtest.StreamID("r1"), Environment: "prod"}),
		projtest.In("r2", planned("Two", "l2"), release.Started{Weight: 5}, release.RolledBack{Reason: "broken", Figures: figures}),
		projtest.In("r3", planned("Three", "l2"), release.Started{Weight: 5}, release.Widened{Weight: 50, Reason: "more"}),
		projtest.In("r4", planned("Four", "l3"), release.Cancelled{Reason: "no"}),
		projtest.In("prod", environment.Withdrawn{Release: projtest.StreamID("w3"), Environment: "prod", Lesson: projtest.StreamID("l3"), Reason: "wrong"}),
	}
}

func TestReleasesAreListed(t *testing.T) {
	t.Parallel()
	reader := releases.NewReader(projtest.Given(t, definitions, releases.New(), history()...).Pool)
	for _, c := range []struct {
		scope  access.Scope
		filter releases.Filter
		want   string
	}{
		{prod, releases.Filter{}, "Four cancelled, Three running, Two rolled_back, One completed, w3 completed, w2 completed, w1 completed"},
		{prod, releases.Filter{Live: true}, "Three running, One completed, w2 completed"},
		{prod, releases.Filter{States: []release.State{release.IsRunning, release.IsCancelled}}, "Four cancelled, Three running"},
		{prod, releases.Filter{Lesson: projtest.StreamID("l1")}, "One completed, w1 completed"},
		{prod, releases.Filter{Lesson: projtest.StreamID("l2"), Live: true}, "Three running, w2 completed"},
		{access.Scope{Org: "acme/physics", Environment: "prod"}, releases.Filter{Live: true}, "w2 completed"},
		{access.Scope{Org: "acme", Environment: "dev"}, releases.Filter{}, ""},
		{access.Scope{Org: "acme/m", Environment: "prod"}, releases.Filter{}, ""},
	} {
		var got []string
		page := read.Page{First: 2}
		for more := true; more; {
			list, err := reader.List(t.Context(), c.scope, c.filter, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list.Rows {
				got = append(got, r.Title+r.Note+" "+string(r.State))
			}
			if more = list.More; more {
				page.After = list.Cursors[len(list.Cursors)-1]
			}
		}
		if all := strings.Join(got, ", "); all != c.want {
			t.Errorf("%+v in %+v: got %q, want %q", c.filter, c.scope, all, c.want)
		}
	}
}

func TestAReleaseTellsItsHistory(t *testing.T) {
	t.Parallel()
	reader := releases.NewReader(projtest.Given(t, definitions, releases.New(), history()...).Pool)
	id := projtest.StreamID("r1")
	found, err := reader.Get(t.Context(), prod, []uuid.UUID{id, uuid.New()})
	if err != nil || len(found) != 1 {
		t.Fatalf("got %v, %v", found, err)
	}
	r := found[id]
	if r.Weight != 100 || r.Revision != 8 || r.CreatedBy != "wang" || r.UpdatedBy != "li" || len(r.Current) != 2 || r.Plan.Steps[1].Weight != 100 || r.Plan.Lessons != nil {
		t.Errorf("got %+v", r)
	}
	lessons, err := reader.Lessons(t.Context(), prod, id)
	if err != nil || len(lessons) != 2 || fmt.Sprint(lessons[1]) != fmt.Sprint(frozen("l4")) {
		t.Errorf("got %+v, %v", lessons, err)
	}
	steps, err := reader.History(t.Context(), prod, id, read.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range steps.Rows {
		got = append(got, strings.TrimSpace(s.Kind+" "+s.By+" "+s.Reason))
	}
	if all := strings.Join(got, ", "); all != "completed li, advanced system:guard, resumed li, thawed li, frozen li still, paused li look, started li, planned wang" {
		t.Errorf("got %s", all)
	}
	if s := steps.Rows[1]; *s.Weight != 100 || s.Figures.Candidate.Manifests != 700 || s.Figures.Verdict != release.Successful {
		t.Errorf("got %+v", s)
	}
	for _, elsewhere := range []access.Scope{{Org: "acme", Environment: "dev"}, {Org: "other", Environment: "prod"}} {
		list, err := reader.History(t.Context(), elsewhere, id, read.Page{})
		lessons, lerr := reader.Lessons(t.Context(), elsewhere, id)
		if err != nil || lerr != nil || len(list.Rows) != 0 || len(lessons) != 0 {
			t.Errorf("%+v sees %+v", elsewhere, list.Rows)
		}
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	facts := history()
	steps := rapid.SliceOfN(rapid.IntRange(0, 9), 60, 60).Example(3)
	for i, step := range steps {
		name := fmt.Sprint("more ", i%5)
		var e event.Event
		switch {
		case i < 5:
			e = planned(name, fmt.Sprint("m", i))
		case step < 3:
			e = release.Widened{Weight: i, Reason: "x"}
		case step < 5:
			e = release.Frozen{Reason: "x"}
		case step < 7:
			e = release.Thawed{}
		default:
			facts = append(facts, projtest.In("prod", released(fmt.Sprint("whole ", i), fmt.Sprint("m", i%5)), environment.Completed{Release: projtest.StreamID(name), Environment: "prod"}))
			continue
		}
		facts = append(facts, projtest.In(name, e))
	}
	projtest.Given(t, definitions, releases.New(), facts...).RebuildEquals(t, releases.New())
}
