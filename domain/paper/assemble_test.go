package paper_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/paper"
	"qbank/domain/scoring"
)

func idOf(n int) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n+1))
	return id
}

func number(n int) *int64 {
	v := int64(n)
	return &v
}

const now = int64(1_750_000_000_000_000)

// stock makes candidates as schools have them: a few types, some points in a tree of two levels, sources that repeat.
func stock(draw *rand.Rand, count int) paper.Stock {
	s := paper.Stock{Parents: map[string]string{}, Seen: map[uuid.UUID]bool{}}
	for point := range 20 {
		s.Parents[fmt.Sprint("point", point)] = fmt.Sprint("chapter", point/5)
	}
	for n := range count {
		c := paper.Candidate{Question: idOf(n), Version: 1 + draw.IntN(3), Type: fmt.Sprint("type", draw.IntN(4)), Subject: "math",
			Source: fmt.Sprint("source", draw.IntN(1+count/3)), Points: []string{fmt.Sprint("point", draw.IntN(20))}}
		switch draw.IntN(4) {
		case 0:
			c.Difficulty = paper.DifficultyOf(0, 0, []string{"easy", "medium", "hard"}[draw.IntN(3)])
		case 1, 2:
			c.Difficulty = paper.DifficultyOf(draw.Float64(), 100, "")
		}
		if draw.IntN(3) == 0 {
			c.Used = now - int64(draw.IntN(200))*24*3600*1e6
		}
		if draw.IntN(5) == 0 {
			c.Tags = append(c.Tags, fmt.Sprint("enemy-", draw.IntN(5)))
		}
		s.Seen[c.Question] = draw.IntN(10) == 0
		s.Candidates = append(s.Candidates, c)
	}
	return s
}

func section(id string, count int, constraints ...paper.Constraint) paper.Section {
	return paper.Section{ID: id, Blueprint: &paper.Blueprint{Count: count, Max: 5 * scoring.OneMark, Constraints: constraints,
		Marks: []paper.TypeMark{{Type: "type3", Max: 12 * scoring.OneMark}}}}
}

// planted makes constraints that a selection by chance meets exactly.
func planted(draw *rand.Rand, s paper.Stock, chosen []paper.Candidate) (list []paper.Constraint) {
	add := func(c paper.Constraint) {
		c.ID = fmt.Sprint("c", len(list))
		list = append(list, c)
	}
	types, chapters, bands, marks := map[string]int{}, map[string]int{}, map[string]int{}, scoring.Mark(0)
	sources, known, sum := map[string]int{}, 0, 0
	for _, c := range chosen {
		types[c.Type]++
		chapters[s.Parents[c.Points[0]]]++
		bands[string(c.Difficulty.Band())]++
		sources[c.Source]++
		if marks += 5 * scoring.OneMark; c.Type == "type3" {
			marks += 7 * scoring.OneMark
		}
		if c.Difficulty.Basis != paper.Unknown {
			known, sum = known+1, sum+int(c.Difficulty.Facility)
		}
	}
	for _, kind := range []struct {
		kind   paper.Kind
		counts map[string]int
	}{{paper.ByType, types}, {paper.ByPoint, chapters}, {paper.ByBand, bands}} {
		if draw.IntN(4) == 0 {
			continue
		}
		names := make([]string, 0, len(kind.counts))
		for name := range kind.counts {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if n := kind.counts[name]; name != "" {
				add(paper.Constraint{Kind: kind.kind, Values: []string{name}, Min: number(n - draw.IntN(2)*min(n, draw.IntN(2))), Max: number(n + draw.IntN(2))})
			}
		}
	}
	if draw.IntN(2) == 0 && known == len(chosen) {
		mean := sum / known
		add(paper.Constraint{Kind: paper.Mean, Min: number(max(0, mean-10)), Max: number(min(1000, mean+11))})
	}
	if draw.IntN(2) == 0 {
		m := int64(marks)
		add(paper.Constraint{Kind: paper.Marks, Min: &m, Max: &m})
	}
	if draw.IntN(2) == 0 {
		most := 1
		for _, n := range sources {
			most = max(most, n)
		}
		add(paper.Constraint{Kind: paper.Apart, Values: []string{"source"}, Max: number(most)})
	}
	if draw.IntN(2) == 0 && !slices.ContainsFunc(chosen, func(c paper.Candidate) bool { return s.Seen[c.Question] }) {
		add(paper.Constraint{Kind: paper.Seen})
	}
	add(paper.Constraint{Kind: paper.Named, Values: []string{chosen[0].Question.String()}, Min: number(1)})
	return list
}

func plant(seed uint64, candidates, count int, knownOnly bool) (paper.Plan, paper.Stock) {
	draw := rand.New(rand.NewPCG(3, seed))
	s := stock(draw, candidates)
	var chosen []paper.Candidate
	for _, i := range draw.Perm(candidates) {
		if c := s.Candidates[i]; len(chosen) < count && (!knownOnly || c.Difficulty.Basis != paper.Unknown) {
			chosen = append(chosen, c)
		}
	}
	return paper.Plan{Title: "t", Sections: []paper.Section{section("a", len(chosen), planted(draw, s, chosen)...)}}, s
}

// A selection that is known to exist is found, on instances from a handful to some thousands of candidates.
func TestWhatCanBeMetIsMet(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ candidates, count int }{{12, 4}, {40, 10}, {300, 20}, {3000, 40}} {
		t.Run(fmt.Sprint(size.candidates), func(t *testing.T) {
			t.Parallel()
			const tries = 60
			missed := 0
			for seed := range uint64(tries) {
				plan, s := plant(seed, size.candidates, size.count, seed%2 == 0)
				_, report, err := plan.Assemble(t.Context(), s, paper.Order{Seed: seed, Now: now})
				if err != nil {
					t.Fatal(err)
				}
				if report.Met() {
					continue
				}
				missed++
				for _, f := range report.Unmet() {
					if f.Reason != paper.NotFound {
						t.Errorf("seed %d: %s is called %s, but a selection was planted: %s", seed, f.Constraint, f.Reason, f.Why.EN)
					}
				}
			}
			t.Logf("%d of %d planted selections of %d out of %d were found", tries-missed, tries, size.count, size.candidates)
			if missed > tries/20 {
				t.Errorf("%d of %d were not found", missed, tries)
			}
		})
	}
}

// verdict looks at a selection by itself, in the plainest way.
func verdict(s paper.Stock, chosen []paper.Candidate, c paper.Constraint) bool {
	counts := func(one func(paper.Candidate) bool) bool {
		n := int64(0)
		for _, q := range chosen {
			if one(q) {
				n++
			}
		}
		if c.Min == nil && c.Max == nil {
			return n == 0 // of those used here, only Seen and Recent come without bounds
		}
		return (c.Min == nil || n >= *c.Min) && (c.Max == nil || n <= *c.Max)
	}
	switch c.Kind {
	case paper.ByType:
		return counts(func(q paper.Candidate) bool { return slices.Contains(c.Values, q.Type) })
	case paper.ByPoint:
		return counts(func(q paper.Candidate) bool {
			return slices.Contains(c.Values, q.Points[0]) || slices.Contains(c.Values, s.Parents[q.Points[0]])
		})
	case paper.ByBand:
		return counts(func(q paper.Candidate) bool { return slices.Contains(c.Values, string(q.Difficulty.Band())) })
	case paper.Named:
		return counts(func(q paper.Candidate) bool { return slices.Contains(c.Values, q.Question.String()) })
	case paper.Seen:
		return counts(func(q paper.Candidate) bool { return s.Seen[q.Question] })
	case paper.Recent:
		return counts(func(q paper.Candidate) bool { return q.Used != 0 && q.Used >= now-int64(c.Days)*24*3600*1e6 })
	case paper.Mean:
		sum, n := int64(0), int64(0)
		for _, q := range chosen {
			if q.Difficulty.Basis != paper.Unknown {
				sum, n = sum+int64(q.Difficulty.Facility), n+1
			}
		}
		return n > 0 && (c.Weight > 0 || n == int64(len(chosen))) && (c.Min == nil || sum >= *c.Min*n) && (c.Max == nil || sum <= *c.Max*n)
	case paper.Marks:
		sum := int64(0)
		for _, q := range chosen {
			if sum += 5e6; q.Type == "type3" {
				sum += 7e6
			}
		}
		return (c.Min == nil || sum >= *c.Min) && (c.Max == nil || sum <= *c.Max)
	case paper.Apart:
		groups := map[string]int64{}
		for _, q := range chosen {
			if groups[q.Source]++; groups[q.Source] > *c.Max {
				return false
			}
		}
		return true
	}
	panic(c.Kind)
}

func anyConstraint(t *rapid.T, id string) paper.Constraint {
	c := paper.Constraint{ID: id, Kind: rapid.SampledFrom([]paper.Kind{paper.ByType, paper.ByType, paper.ByPoint, paper.ByPoint, paper.ByBand, paper.Seen,
		paper.Recent, paper.Mean, paper.Marks, paper.Apart, paper.Named}).Draw(t, "kind")}
	if rapid.IntRange(0, 3).Draw(t, "soft") == 0 {
		c.Weight = rapid.IntRange(1, 100).Draw(t, "weight")
	}
	low := rapid.IntRange(0, 4).Draw(t, "low")
	c.Min, c.Max = number(low), number(low+rapid.IntRange(0, 3).Draw(t, "more"))
	switch c.Kind {
	case paper.ByType:
		c.Values = []string{fmt.Sprint("type", rapid.IntRange(0, 3).Draw(t, "type"))}
	case paper.ByPoint:
		c.Values = []string{fmt.Sprint("chapter", rapid.IntRange(0, 3).Draw(t, "chapter"))}
	case paper.ByBand:
		c.Values = []string{rapid.SampledFrom([]string{"easy", "medium", "hard"}).Draw(t, "band")}
	case paper.Named:
		c.Values = []string{idOf(rapid.IntRange(0, 11).Draw(t, "question")).String()}
		c.Min, c.Max = number(1), nil
	case paper.Seen:
		c.Min, c.Max = nil, nil
	case paper.Recent:
		c.Days = rapid.IntRange(1, 150).Draw(t, "days")
	case paper.Mean:
		low *= 200
		c.Min, c.Max = number(low), number(low+200)
	case paper.Marks:
		*c.Min *= 10e6
		*c.Max = *c.Min + 10e6
	case paper.Apart:
		c.Values, c.Min, c.Max = []string{"source"}, nil, number(rapid.IntRange(1, 2).Draw(t, "apart"))
	}
	return c
}

func chosenOf(s paper.Stock, plan paper.Plan) (chosen []paper.Candidate) {
	for _, ref := range plan.Questions() {
		for _, c := range s.Candidates {
			if c.Question == ref.Question {
				chosen = append(chosen, c)
			}
		}
	}
	return chosen
}

// feasible tries every selection.
func feasible(s paper.Stock, count int, constraints []paper.Constraint) bool {
	chosen := make([]paper.Candidate, 0, count)
	var from func(int) bool
	from = func(next int) bool {
		if len(chosen) == count {
			return !slices.ContainsFunc(constraints, func(c paper.Constraint) bool { return c.Weight == 0 && !verdict(s, chosen, c) })
		}
		for i := next; i <= len(s.Candidates)-(count-len(chosen)); i++ {
			chosen = append(chosen, s.Candidates[i])
			if from(i + 1) {
				return true
			}
			chosen = chosen[:len(chosen)-1]
		}
		return false
	}
	return from(0)
}

// Whatever is asked: the report says of each constraint what a plain count says, proofs hold, nothing stands there twice, and the order of the
// candidates does not matter. Where trying every selection finds one, the search does too.
func TestReportsTellTheTruth(t *testing.T) {
	t.Parallel()
	met, could := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		draw := rand.New(rand.NewPCG(5, rapid.Uint64().Draw(t, "stock")))
		s := stock(draw, 12)
		count := rapid.IntRange(1, 5).Draw(t, "count")
		var constraints []paper.Constraint
		for i := range rapid.IntRange(0, 5).Draw(t, "constraints") {
			constraints = append(constraints, anyConstraint(t, fmt.Sprint("c", i)))
		}
		plan := paper.Plan{Title: "t", Sections: []paper.Section{section("a", count, constraints...)}}
		if _, err := plan.Tidy(); err != nil {
			t.Fatal(err)
		}
		order := paper.Order{Seed: rapid.Uint64().Draw(t, "seed"), Now: now}
		got, report, err := plan.Assemble(context.Background(), s, order)
		if err != nil {
			t.Fatal(err)
		}
		chosen := chosenOf(s, got)
		ids := map[uuid.UUID]bool{}
		for _, c := range chosen {
			ids[c.Question] = true
		}
		if len(ids) != len(got.Sections[0].Items) || len(ids) > count {
			t.Fatalf("%d questions of %d: %+v", len(ids), count, got.Sections[0].Items)
		}
		possible := feasible(s, count, constraints)
		for _, c := range constraints {
			i := slices.IndexFunc(report.Findings, func(f paper.Finding) bool { return f.Constraint == c.ID })
			f := report.Findings[i]
			if f.Met != verdict(s, chosen, c) {
				t.Fatalf("%+v is said to be met: %t (got %d), with %+v", c, f.Met, f.Got, chosen)
			}
			if f.Met != (f.Reason == "") || f.Met != (f.Why.EN == "") {
				t.Fatalf("%+v", f)
			}
		}
		if report.Met() != (len(chosen) == count && !slices.ContainsFunc(constraints, func(c paper.Constraint) bool { return c.Weight == 0 && !verdict(s, chosen, c) })) {
			t.Fatalf("met: %t with %+v", report.Met(), report.Findings)
		}
		if possible {
			could++
			if report.Met() {
				met++
			}
			for _, f := range report.Unmet() {
				if f.Hard && f.Reason != paper.NotFound {
					t.Fatalf("a selection exists, but %s is %s: %s", f.Constraint, f.Reason, f.Why.EN)
				}
			}
		}
		shuffled := s
		shuffled.Candidates = slices.Clone(s.Candidates)
		draw.Shuffle(len(shuffled.Candidates), func(i, j int) {
			shuffled.Candidates[i], shuffled.Candidates[j] = shuffled.Candidates[j], shuffled.Candidates[i]
		})
		again, report2, err := plan.Assemble(context.Background(), shuffled, order)
		if err != nil || !reflect.DeepEqual(got, again) || !reflect.DeepEqual(report, report2) {
			t.Fatalf("another order of the candidates gives\n%+v, not\n%+v, %v", again, got, err)
		}
	})
	t.Logf("of %d instances with a selection, %d were solved", could, met)
	if met < could-could/50 {
		t.Errorf("of %d instances with a selection, only %d were solved", could, met)
	}
}

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
