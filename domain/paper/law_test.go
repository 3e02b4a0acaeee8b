package paper_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/paper"
)

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
