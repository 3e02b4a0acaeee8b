package papers_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/scoring"
	"qbank/projections/papers"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

func plan(title string, questions ...string) paper.Plan {
	s := paper.Section{ID: "a", Items: []paper.Item{}}
	for i, q := range questions {
		s.Items = append(s.Items, paper.Item{Slot: lesson.Slot(fmt.Sprint("s", i+1)), Question: projtest.StreamID(q), Version: 1, Max: scoring.OneMark})
	}
	s.Pools = []paper.Pool{{ID: "p", Count: 1, Questions: []paper.Ref{{Question: projtest.StreamID("pooled"), Version: 1}}}}
	return paper.Plan{Title: title, Sections: []paper.Section{s}}
}

func history() []projtest.Facts {
	return []projtest.Facts{
		projtest.In("p1", paper.Created{Org: "acme/math", Plan: plan("Sums", "q1", "q2")}).By("wang"),
		projtest.In("p2", paper.Created{Org: "acme/physics", Plan: plan("力学", "q1")}).By("li"),
		projtest.In("p1", paper.Published{Version: 1, Plan: plan("Sums", "q1", "q2")}).By("zhao"),
		projtest.In("p1", paper.Assembled{Plan: plan("Sums", "q3"), Targets: []string{"a"}, Report: paper.Report{Seed: 1 << 63,
			Findings: []paper.Finding{{Constraint: "c", Reason: paper.TooFew, Why: fault.Say("few", "少")}}}}).By("wang"),
		projtest.In("p2", paper.Retired{Reason: "old"}).By("li"),
		projtest.In("p3", paper.Created{Org: "acme/math", Plan: vain()}, paper.Assembled{Plan: vain(), Report: paper.Report{Findings: lacking()}},
			paper.Published{Version: 1, Plan: vain(), Unmet: lacking(), Reason: "there are none"}),
	}
}

// vain is a paper that demands what there is not.
func vain() paper.Plan {
	p := plan("In vain", "q1")
	p.Constraints = []paper.Constraint{{ID: "rare", Kind: paper.ByTag, Values: []string{"rare"}}}
	return p
}

func lacking() []paper.Finding {
	return []paper.Finding{{Constraint: "rare", Kind: paper.ByTag, Hard: true, Reason: paper.TooFew, Why: fault.Say("few", "少")}}
}

func TestPapersTellTheirDraftVersionsAndAssemblies(t *testing.T) {
	t.Parallel()
	reader := papers.NewReader(projtest.Given(t, paper.Events, papers.New(), history()...).Pool)
	p1 := projtest.StreamID("p1")
	found, err := reader.Get(t.Context(), "acme", []uuid.UUID{p1, projtest.StreamID("p2"), uuid.New()})
	if err != nil || len(found) != 2 {
		t.Fatalf("got %v, %v", found, err)
	}
	if p := found[p1]; p.Revision != 3 || p.Latest != 1 || p.Title != "Sums" || p.CreatedBy != "wang" || p.Retired || !found[projtest.StreamID("p2")].Retired {
		t.Errorf("got %+v", found)
	}
	version, err := reader.Version(t.Context(), "acme/math", p1, 1)
	if err != nil || version.Title != "Sums" || version.PublishedBy != "zhao" {
		t.Errorf("got %+v, %v", version, err)
	}
	p3 := projtest.StreamID("p3")
	keys := []papers.Key{{Paper: p1}, {Paper: p1, Version: 1}, {Paper: p3}, {Paper: p3, Version: 1}, {Paper: p3, Version: 2}}
	plans, err := reader.Plans(t.Context(), "acme/math", keys)
	if err != nil || len(plans) != 4 || len(plans[keys[0]].Sections[0].Items) != 1 || len(plans[keys[1]].Sections[0].Items) != 2 {
		t.Errorf("got %+v, %v", plans, err)
	}
	if draft, version := plans[keys[2]], plans[keys[3]]; !reflect.DeepEqual(draft.Unmet, lacking()) || !reflect.DeepEqual(version.Unmet, lacking()) ||
		draft.Reason != "" || version.Reason != "there are none" || len(plans[keys[0]].Unmet) != 0 {
		t.Errorf("got %+v and %+v", draft, version)
	}
	if plans, err := reader.Plans(t.Context(), "acme/physics", keys); err != nil || len(plans) != 0 {
		t.Errorf("another organisation reads %+v, %v", plans, err)
	}
	if _, err := reader.Version(t.Context(), "acme/physics", p1, 1); !fault.Is(err, "paper.version_unknown") {
		t.Errorf("another organisation reads it: %v", err)
	}
	runs, err := reader.Assemblies(t.Context(), "acme", p1, read.Page{})
	if err != nil || len(runs.Rows) != 1 || runs.Rows[0].Report.Seed != 1<<63 || runs.Rows[0].Report.Findings[0].Why.ZH != "少" || runs.Rows[0].Revision != 3 {
		t.Errorf("got %+v, %v", runs, err)
	}
	if runs, err := reader.Assemblies(t.Context(), "other", p1, read.Page{}); err != nil || len(runs.Rows) != 0 {
		t.Errorf("another organisation reads %+v, %v", runs, err)
	}
	versions, err := reader.Versions(t.Context(), "acme", p1, read.Page{})
	if err != nil || len(versions.Rows) != 1 {
		t.Errorf("got %+v, %v", versions, err)
	}
	for filter, want := range map[papers.Filter]int{{}: 3, {Title: "sUM"}: 1, {Title: "%"}: 0} {
		list, err := reader.List(t.Context(), "acme", filter, read.Page{})
		if err != nil || len(list.Rows) != want {
			t.Errorf("%+v: %d papers, %v", filter, len(list.Rows), err)
		}
	}
}

func TestUsesOfQuestionsAreDated(t *testing.T) {
	t.Parallel()
	reader := papers.NewReader(projtest.Given(t, paper.Events, papers.New(), history()...).Pool)
	last, err := reader.LastUses(t.Context(), "acme", 0)
	if err != nil || len(last) != 4 {
		t.Fatalf("got %v, %v", last, err)
	}
	// q3 and the pooled question stand in a draft that changed last; q2 only in what was published before.
	of := func(q string) int64 { return last[projtest.StreamID(q)] }
	if of("q2") >= of("q3") || of("pooled") < of("q3") || of("q1") < of("q2") {
		t.Errorf("got %v", last)
	}
	if last, err := reader.LastUses(t.Context(), "acme/physics", 0); err != nil || len(last) != 2 {
		t.Errorf("got %v, %v", last, err)
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	kinds := rapid.SliceOfN(rapid.IntRange(0, 3), 40, 40).Example(1)
	facts := append(history(), projtest.In("orphan", paper.Edited{Plan: plan("Orphan", "q1")}, paper.Published{Version: 1, Plan: plan("Orphan", "q1")}))
	for i, kind := range kinds {
		name := fmt.Sprint("more ", i%7)
		p := plan(fmt.Sprint("Paper ", i), []string{"q1", "q2", "q3"}[:1+i%3]...)
		switch {
		case i < 7:
			facts = append(facts, projtest.In(name, paper.Created{Org: "acme", Plan: p}))
		case kind == 0:
			facts = append(facts, projtest.In(name, paper.Published{Version: i, Plan: p}))
		case kind == 1:
			facts = append(facts, projtest.In(name, paper.Assembled{Plan: p}))
		default:
			facts = append(facts, projtest.In(name, paper.Edited{Plan: p}))
		}
	}
	projtest.Given(t, paper.Events, papers.New(), facts...).RebuildEquals(t, papers.New())
}
