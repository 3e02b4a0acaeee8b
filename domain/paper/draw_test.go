package paper_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/paper"
)

func TestADrawIsASubsetThatTheSeedAloneDecides(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pool := make([]int, rapid.IntRange(0, 60).Draw(t, "pool"))
		for i := range pool {
			pool[i] = i
		}
		count, seed := rapid.IntRange(0, 70).Draw(t, "count"), rapid.Uint64().Draw(t, "seed")
		drawn := paper.Draw(seed, pool, count)
		if len(drawn) != min(count, len(pool)) || !slices.IsSorted(drawn) || len(slices.Compact(slices.Clone(drawn))) != len(drawn) {
			t.Fatalf("%d of %d: %v", count, len(pool), drawn)
		}
		if !slices.Equal(drawn, paper.Draw(seed, pool, count)) {
			t.Fatal("drawn again, it is another")
		}
	})
}

// Attempts rest on what their seed draws: it never changes.
func TestDrawsStayWhatTheyWere(t *testing.T) {
	t.Parallel()
	pool := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}
	got := fmt.Sprint(paper.Draw(paper.SeedOf(1, "p"), pool, 3), paper.Draw(paper.SeedOf(2, "p"), pool, 3), paper.Draw(paper.SeedOf(1, "q"), pool, 3))
	if want := "[c e i] [d e j] [e f i]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Every subset is drawn equally often, and so is every question: chi-squared, over many students.
func TestDrawsAreUniform(t *testing.T) {
	t.Parallel()
	pool := []int{0, 1, 2, 3, 4, 5, 6}
	const students = 70_000
	subsets, pairs := map[string]int{}, map[string]int{}
	for seed := range uint64(students) {
		one := fmt.Sprint(paper.Draw(paper.SeedOf(seed, "one"), pool, 3))
		subsets[one]++
		pairs[one[:2]+fmt.Sprint(paper.Draw(paper.SeedOf(seed, "two"), pool, 3))[:2]]++
	}
	expected, sum := float64(students)/35, 0.0
	for _, n := range subsets {
		sum += (float64(n) - expected) * (float64(n) - expected) / expected
	}
	// 34 degrees of freedom: above 76 once in 20,000 times, were it uniform. Seeds are fixed, so this never flickers.
	if len(subsets) != 35 || sum > 76 {
		t.Errorf("%d subsets, chi-squared %.1f", len(subsets), sum)
	}
	// Two draws of an attempt know nothing of each other: the first questions of both.
	chance := map[byte]float64{'0': 15. / 35, '1': 10. / 35, '2': 6. / 35, '3': 3. / 35, '4': 1. / 35}
	sum = 0
	for a, p := range chance {
		for b, q := range chance {
			expected := p * q * students
			sum += math.Pow(float64(pairs["["+string(a)+"["+string(b)])-expected, 2) / expected
		}
	}
	if sum > 62 { // 24 degrees of freedom
		t.Errorf("two draws hang together: chi-squared %.1f", sum)
	}
}
