package paper_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"

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
