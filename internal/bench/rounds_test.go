package bench

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestHalfOfTheValuesAreOnEitherSideOfTheMedian(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 9).Draw(t, "values")
		m := median(list, func(v float64) float64 { return v })
		below, above := 0, 0
		for _, v := range list {
			if v < m {
				below++
			}
			if v > m {
				above++
			}
		}
		if below > len(list)/2 || above > len(list)/2 {
			t.Fatalf("%v is not the median of %v", m, list)
		}
	})
}

func TestAPercentileIsTheSmallestThatSoManyDoNotExceed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		waits := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 1000), func(n int) time.Duration { return time.Duration(n) }), 1, 300).Draw(t, "waits")
		percent := rapid.IntRange(1, 100).Draw(t, "percent")
		p := percentile(slices.Clone(waits), percent)
		within, less := 0, 0
		for _, wait := range waits {
			if wait <= p {
				within++
			}
			if wait < p {
				less++
			}
		}
		if within*100 < percent*len(waits) || less*100 >= percent*len(waits) {
			t.Fatalf("%d is not percentile %d of %v", p, percent, waits)
		}
	})
}

func TestReportsOfTheGenerator(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, out string
		good      bool
	}{
		{"good", "Running 1s test\nRequests/sec: 9\n" + `{"requests":1200,"micros":2000000,"p99":3500,"refused":0,"broken":0}` + "\n", true},
		{"refused requests", `{"requests":1200,"micros":2000000,"p99":3500,"refused":3,"broken":0}` + "\n", false},
		{"broken connections", `{"requests":1200,"micros":2000000,"p99":3500,"refused":0,"broken":1}` + "\n", false},
		{"nothing", "unable to connect\n", false},
		{"no requests", `{"requests":0,"micros":2000000,"p99":0,"refused":0,"broken":0}` + "\n", false},
	} {
		got, err := readReport([]byte(c.out), nil)
		if (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.good && (got.sample() != sample{rate: 600, p99: 3500 * time.Microsecond}) {
			t.Errorf("%s: %+v", c.name, got.sample())
		}
	}
}
