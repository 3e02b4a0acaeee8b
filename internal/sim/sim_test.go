package sim

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"qbank/commands"
	"qbank/domain/qtype"
	"qbank/domain/scoring"
	"qbank/interchange"
	"qbank/schemas"
)

// The sample stands in for real questions where there are none: every type, both languages, nothing refused, all of it publishable,
// and a known right and wrong answer to whatever a rule scores.
func TestTheSampleIsWholeAndAnswerable(t *testing.T) {
	t.Parallel()
	types, kinds := map[qtype.Ref]*qtype.Type{}, map[string]bool{}
	builtIn, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range builtIn {
		types[typ.Ref()] = typ
		kinds[typ.Ref().ID] = true
	}
	source, err := interchange.OpenGIFT(strings.NewReader(Sample), interchange.Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	seen, ids, tags := map[string]int{}, map[string]bool{}, map[string]int{}
	for {
		item, err := source.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if item.Refused || len(item.Notes) > 0 || ids[item.Source] {
			t.Errorf("%s: refused %v, notes %v, twice %v", item.Source, item.Refused, item.Notes, ids[item.Source])
			continue
		}
		ids[item.Source] = true
		tags[item.Metadata.Tags[0]]++
		typ := types[item.Type]
		seen[item.Type.ID]++
		if problems := typ.Check(item.Content); len(problems) > 0 {
			t.Errorf("%s: %v", item.Source, problems)
		}
		answerable(t, item, typ)
	}
	if len(ids) < 60 || len(seen) != len(kinds) || tags["en"] < 25 || tags["zh"] < 25 {
		t.Errorf("%d questions of %d types; %v", len(ids), len(seen), tags)
	}
}

func answerable(t *testing.T, item interchange.Item, typ *qtype.Type) {
	t.Helper()
	public, solution := typ.Split(item.Content)
	scorer, err := typ.Scorer(item.Content)
	if err != nil {
		t.Fatalf("%s: %v", item.Source, err)
	}
	found, err := Respond(&commands.Judge{Type: typ, Public: public, Solution: solution, Scorer: scorer})
	if errors.Is(err, ErrNoKey) {
		if id := item.Type.ID; id != "essay" && id != "description" {
			t.Errorf("%s: no key", item.Source)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", item.Source, err)
	}
	right, _ := scorer.Score(found.Right)
	wrong, _ := scorer.Score(found.Wrong)
	if right.Fraction != scoring.Full || wrong.Fraction > 0 {
		t.Errorf("%s: the right answer earns %v, the wrong one %v", item.Source, right.Fraction, wrong.Fraction)
	}
}

func TestTheModelIsTheSameEachTimeAndFollowsItsOdds(t *testing.T) {
	t.Parallel()
	a, b := NewRasch(7, 4000, 5), NewRasch(7, 4000, 5)
	for item := range 5 {
		right, expected := 0.0, 0.0
		for student := range 4000 {
			if a.Right(student, item) != b.Right(student, item) {
				t.Fatal("two models of one seed differ")
			}
			if a.Right(student, item) {
				right++
			}
			expected += 1 / (1 + math.Exp(a.Difficulties[item]-a.Abilities[student]))
		}
		if math.Abs(right-expected) > 4*math.Sqrt(1000) { // four standard deviations of 4000 draws at most
			t.Errorf("item %d: %v right, %v expected", item, right, expected)
		}
	}
}

func TestCorrelationAndLogit(t *testing.T) {
	t.Parallel()
	if r := Correlation([]float64{1, 2, 3}, []float64{2, 4, 6}); math.Abs(r-1) > 1e-12 {
		t.Error(r)
	}
	if r := Correlation([]float64{1, 2, 3}, []float64{1, 0, -1}); math.Abs(r+1) > 1e-12 {
		t.Error(r)
	}
	if l := Logit(0.5, 10); l != 0 {
		t.Error(l)
	}
	if l := Logit(0, 10); math.IsInf(l, 0) {
		t.Error(l)
	}
}
