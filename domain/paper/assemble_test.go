package paper_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"qbank/domain/paper"
	"qbank/domain/scoring"
)

func TestWhatCannotBeMetSaysWhy(t *testing.T) {
	t.Parallel()
	s := stock(rand.New(rand.NewPCG(1, 1)), 60)
	for i := range s.Candidates {
		s.Candidates[i].Type = []string{"choice", "essay"}[i%2]
		s.Candidates[i].Difficulty = paper.DifficultyOf(0.5, 50, "")
		s.Candidates[i].Tags = nil
	}
	for i := range 3 {
		s.Candidates[i].Tags = []string{"rare"}
	}
	s.Candidates[0].Used = now - 1e6
	for i := 1; i < 60; i++ {
		s.Candidates[i].Used = 0
	}
	rare := paper.Constraint{ID: "rare", Kind: paper.ByTag, Values: []string{"rare"}, Min: number(3)}
	fresh := paper.Constraint{ID: "fresh", Kind: paper.Recent, Days: 30}
	for _, c := range []struct {
		name        string
		count       int
		constraints []paper.Constraint
		reason      paper.Reason
		with        string
		blocked     string
		available   int
	}{
		{"too few", 5, []paper.Constraint{{ID: "rare", Kind: paper.ByTag, Values: []string{"rare"}, Min: number(4)}}, paper.TooFew, "", "", 3},
		{"kept out by another", 5, []paper.Constraint{rare, fresh}, paper.TooFew, "", "fresh", 2},
		{"more than there are places", 2, []paper.Constraint{rare}, paper.OutOfReach, "", "", 3},
		{"two quotas", 5, []paper.Constraint{{ID: "c", Kind: paper.ByType, Values: []string{"choice"}, Min: number(3)},
			{ID: "e", Kind: paper.ByType, Values: []string{"essay"}, Min: number(3)}}, paper.Conflict, "c", "", 30},
		{"a mean that no question has", 5, []paper.Constraint{{ID: "m", Kind: paper.Mean, Min: number(600)}}, paper.OutOfReach, "", "", 60},
		{"too few at all", 61, nil, paper.TooFew, "", "", 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			plan := paper.Plan{Title: "t", Sections: []paper.Section{section("a", c.count, c.constraints...)}}
			got, report, err := plan.Assemble(t.Context(), s, paper.Order{Seed: 1, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			unmet := report.Unmet()
			if len(unmet) != 1 || unmet[0].Reason != c.reason || unmet[0].Available != c.available || c.with != "" && unmet[0].With == "" {
				t.Fatalf("got %+v", unmet)
			}
			if c.blocked != "" && (len(unmet[0].Blockers) != 1 || unmet[0].Blockers[0] != (paper.Blocker{Constraint: c.blocked, Questions: 1})) {
				t.Errorf("kept out by %+v", unmet[0].Blockers)
			}
			if len(got.Sections[0].Items) != min(c.count, 60) {
				t.Errorf("%d questions", len(got.Sections[0].Items))
			}
		})
	}
}

func TestAPaperIsPutTogetherAsAWhole(t *testing.T) {
	t.Parallel()
	s := stock(rand.New(rand.NewPCG(9, 9)), 500)
	pool := paper.Pool{ID: "p", Count: 3, Max: 2 * scoring.OneMark, Blueprint: &paper.Blueprint{Count: 12, Constraints: []paper.Constraint{
		{ID: "type", Kind: paper.ByType, Values: []string{"type1"}}}}}
	a := section("a", 10, paper.Constraint{ID: "type", Kind: paper.ByType, Values: []string{"type1", "type2"}})
	a.Items = []paper.Item{{Slot: "mine", Question: s.Candidates[0].Question, Version: 1, Max: scoring.OneMark},
		{Slot: "old", Question: idOf(9999), Version: 1, Max: scoring.OneMark, Assembled: true}}
	s.Candidates[0].Type = "type1"
	b := section("b", 8)
	b.Pools = []paper.Pool{pool}
	plan := paper.Plan{Title: "t", Sections: []paper.Section{a, b}, Constraints: []paper.Constraint{
		{ID: "chapter", Kind: paper.ByPoint, Values: []string{"chapter0"}, Min: number(9), Max: number(9)},
		{ID: "unseen", Kind: paper.Seen}, {ID: "apart", Kind: paper.Apart, Values: []string{"source"}, Max: number(1)},
	}}
	s.Seen[s.Candidates[0].Question] = false
	got, report, err := plan.Assemble(t.Context(), s, paper.Order{Seed: 4, Now: now})
	if err != nil || !report.Met() {
		t.Fatalf("%v, %+v", err, report.Unmet())
	}
	if got, err = got.Tidy(); err != nil {
		t.Fatal(err)
	}
	first := got.Sections[0].Items
	if len(first) != 10 || first[0].Slot != "mine" || slices.ContainsFunc(first, func(i paper.Item) bool { return i.Slot == "old" }) {
		t.Errorf("the first section has %+v", first)
	}
	if n := len(got.Sections[1].Pools[0].Questions); n != 12 || got.Sections[1].Pools[0].Blueprint == nil {
		t.Errorf("the pool has %d questions", n)
	}
	if problems := got.Problems(); len(problems) != 0 {
		t.Errorf("it has problems: %+v", problems)
	}
	under, sources := 0, map[string]int{}
	for i, c := range chosenOf(s, got) {
		if s.Seen[c.Question] {
			t.Errorf("%s was seen", c.Question)
		}
		if i < 18 {
			if sources[c.Source]++; sources[c.Source] > 1 {
				t.Errorf("two of %s", c.Source)
			}
			if s.Parents[c.Points[0]] == "chapter0" {
				under++
			}
		}
	}
	if under != 9 {
		t.Errorf("%d under chapter0", under)
	}
	// Again for one section: the rest stays where it is, and what is found does not repeat it.
	again, report, err := got.Assemble(t.Context(), s, paper.Order{Seed: 5, Now: now, Targets: []string{"b"}})
	if err != nil || !report.Met() || !reflect.DeepEqual(again.Sections[0], got.Sections[0]) || !reflect.DeepEqual(again.Sections[1].Pools, got.Sections[1].Pools) {
		t.Errorf("%v, %+v", err, report.Unmet())
	}
	if problems := again.Problems(); len(problems) != 0 {
		t.Errorf("it has problems: %+v", problems)
	}
}

func TestATargetNeedsABlueprintAndTheSearchStopsWhenAsked(t *testing.T) {
	t.Parallel()
	plan := paper.Plan{Title: "t", Sections: []paper.Section{{ID: "a"}}}
	for _, targets := range [][]string{nil, {"a"}, {"zz"}} {
		_, _, err := plan.Assemble(t.Context(), paper.Stock{}, paper.Order{Targets: targets})
		refused(t, err, "paper.target")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	plan, s := plant(1, 300, 20, true)
	plan.Sections[0].Blueprint.Constraints = append(plan.Sections[0].Blueprint.Constraints, paper.Constraint{ID: "never", Kind: paper.ByTag, Values: []string{"x"}, Min: number(1)})
	if _, _, err := plan.Assemble(ctx, s, paper.Order{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
