package bucketing_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/bucketing"
)

// The results that flagd publishes for its fractional operator, those tagged @fractional-v2:
// github.com/open-feature/flagd-testbed, gherkin/targeting.feature with flags/custom-ops.json, release 3.9.0.
func TestFlagdsPublishedResults(t *testing.T) {
	t.Parallel()
	quarters := []string{"clubs", "diamonds", "hearts", "spades"}
	for _, c := range []struct {
		flag, key string
		shares    []string // of equal weight
		weight    int
		want      string
	}{
		{"fractional-flag", "jack", quarters, 25, "hearts"},
		{"fractional-flag", "queen", quarters, 25, "spades"},
		{"fractional-flag", "ten", quarters, 25, "clubs"},
		{"fractional-flag", "nine", quarters, 25, "diamonds"},
		{"fractional-flag", "3", quarters, 25, "clubs"},
		{"fractional-flag-shorthand", "jon@company.com", []string{"heads", "tails"}, 1, "heads"},
		{"fractional-flag-shorthand", "jane@company.com", []string{"heads", "tails"}, 1, "tails"},
		{"shared-seed", "seven", quarters, 25, "hearts"},
		{"shared-seed", "eight", quarters, 25, "diamonds"},
		{"shared-seed", "nine", quarters, 25, "clubs"},
		{"shared-seed", "two", quarters, 25, "spades"},
		{"fractional-single-entry-flag", "some-targeting-key", []string{"single"}, 1, "single"},
		// Keys whose hash lies at an edge: 0, 1, 2³¹-1, 2³¹ and 2³²-1.
		{"", "ejOoVL", []string{"lower", "upper"}, 50, "lower"},
		{"", "bY9fO-", []string{"lower", "upper"}, 50, "lower"},
		{"", "SI7p-", []string{"lower", "upper"}, 50, "lower"},
		{"", "6LvT0", []string{"lower", "upper"}, 50, "upper"},
		{"", "ceQdGm", []string{"lower", "upper"}, 50, "upper"},
	} {
		weights := make([]int, len(c.shares))
		for i := range weights {
			weights[i] = c.weight
		}
		if got := c.shares[bucketing.Choose(bucketing.Hash(c.flag, c.key), weights...)]; got != c.want {
			t.Errorf("%s%s: got %s, want %s", c.flag, c.key, got, c.want)
		}
	}
}

func TestHashesAtTheEdges(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]uint32{"ejOoVL": 0, "bY9fO-": 1, "SI7p-": math.MaxInt32, "6LvT0": math.MaxInt32 + 1, "ceQdGm": math.MaxUint32} {
		if got := bucketing.Hash("", key); got != want {
			t.Errorf("%s: %d, want %d", key, got, want)
		}
		if got := bucketing.Hash(key[:2], key[2:]); got != want {
			t.Errorf("%s in two parts: %d, want %d", key, got, want)
		}
	}
	if got := bucketing.Choose(7, 0, 0); got != -1 {
		t.Errorf("without weights, %d is chosen", got)
	}
}

// Weight that moves from the baseline to the candidate takes nobody out, and a wider share has whom a narrower one has.
func TestWideningNeverEvicts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(1, bucketing.MaxTotal).Draw(t, "total")
		narrow := rapid.IntRange(0, total).Draw(t, "narrow")
		wide := rapid.IntRange(narrow, total).Draw(t, "wide")
		flag, key := rapid.String().Draw(t, "flag"), rapid.String().Draw(t, "key")
		before, after := bucketing.Split{Candidate: narrow, Total: total}, bucketing.Split{Candidate: wide, Total: total}
		if before.In(flag, key) && !after.In(flag, key) {
			t.Fatalf("%s%s is in %+v and not in %+v", flag, key, before, after)
		}
		if none := (bucketing.Split{Total: total}); none.In(flag, key) {
			t.Fatal("somebody is in a share of nothing")
		}
		if all := (bucketing.Split{Candidate: total, Total: total}); !all.In(flag, key) {
			t.Fatal("somebody is not in the whole")
		}
		if before.In(flag, key) != (bucketing.Choose(bucketing.Hash(flag, key), narrow, total-narrow) == 0) {
			t.Fatal("a split of two is not the choice between candidate and baseline")
		}
	})
}

// The share that is in is the weight, within what chance allows: five standard deviations of a binomial, which fails by chance once in a
// million times, and never for a given set of keys.
func TestSharesAreTheWeights(t *testing.T) {
	t.Parallel()
	const students = 40_000
	for flag := range 5 {
		for _, split := range []bucketing.Split{{1, 1000}, {1, 100}, {5, 100}, {1, 3}, {50, 100}, {99, 100}, {123_456, 1_000_000}} {
			in := 0
			for n := range students {
				if split.In(fmt.Sprint("release-", flag), fmt.Sprint("student-", n)) {
					in++
				}
			}
			p := float64(split.Candidate) / float64(split.Total)
			if off, bound := math.Abs(float64(in)-students*p), 5*math.Sqrt(students*p*(1-p)); off > bound {
				t.Errorf("%+v of flag %d: %d of %d are in, %.0f off; %.0f are allowed", split, flag, in, students, off, bound)
			}
		}
	}
}

// Two releases choose independently of each other: being in one says nothing about the other.
func TestReleasesChooseIndependently(t *testing.T) {
	t.Parallel()
	const students = 40_000
	half := bucketing.Split{Candidate: 1, Total: 2}
	both := 0
	for n := range students {
		key := fmt.Sprint("student-", n)
		if half.In("one", key) && half.In("other", key) {
			both++
		}
	}
	if off := math.Abs(float64(both) - students/4); off > 5*math.Sqrt(students*3/16.0) {
		t.Errorf("%d of %d are in both", both, students)
	}
}

func BenchmarkSplit(b *testing.B) {
	split := bucketing.Split{Candidate: 5, Total: 100}
	b.ReportAllocs()
	for b.Loop() {
		split.In("01890a5d-ac96-774b-bcce-b302099a8057", "0b5c1d7a-53bb-5b1c-8f0b-1f1f8e7a3c03")
	}
}
