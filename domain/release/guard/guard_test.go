package guard_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/release"
	"qbank/domain/release/guard"
)

func near(got, want float64) bool { return math.Abs(got-want) < 5e-5 }

// The examples of Newcombe's paper (Statistics in Medicine 17, 1998), method 10.
func TestPublishedIntervals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b      guard.Share
		low, high float64
	}{
		{guard.Share{K: 56, N: 70}, guard.Share{K: 48, N: 80}, 0.0524, 0.3339},
		{guard.Share{K: 9, N: 10}, guard.Share{K: 3, N: 10}, 0.1705, 0.8090},
		{guard.Share{K: 5, N: 56}, guard.Share{K: 0, N: 29}, -0.0381, 0.1926},
		{guard.Share{K: 10, N: 10}, guard.Share{K: 0, N: 10}, 0.6075, 1.0000},
	} {
		if got := guard.Difference(c.a, c.b, 95); got == nil || !near(got.Low, c.low) || !near(got.High, c.high) {
			t.Errorf("%v − %v: %v, want %v to %v", c.a, c.b, got, c.low, c.high)
		}
	}
	// Newcombe 1998, the same volume, on single shares: 81 of 263.
	if got := guard.Wilson(guard.Share{K: 81, N: 263}, 95); !near(got.Low, 0.2553) || !near(got.High, 0.3662) {
		t.Errorf("81 of 263: %v", got)
	}
	for _, none := range []guard.Share{{}, {K: 1}, {K: 2, N: 1}, {K: -1, N: 3}} {
		if guard.Wilson(none, 95) != nil || guard.Difference(none, guard.Share{K: 1, N: 2}, 95) != nil {
			t.Errorf("%v has an interval", none)
		}
	}
	if narrow, wide := guard.Wilson(guard.Share{K: 3, N: 9}, 90), guard.Wilson(guard.Share{K: 3, N: 9}, 99); narrow.Low <= wide.Low || narrow.High >= wide.High {
		t.Errorf("90 %% is %v and 99 %% is %v", narrow, wide)
	}
}

func TestTimesAreCountedNearWhereTheyAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(-5, 1<<40).Draw(t, "millis")
		bucket := guard.Bucket(n)
		if next := guard.Bucket(n + 1); next < bucket || next > bucket+1 {
			t.Fatalf("%d is in %d, the next in %d", n, bucket, next)
		}
		at := guard.Times{bucket: 1}
		low, high := at.Quantile(0), at.Quantile(1)
		if v := float64(max(0, n)); v < low || v >= high || high-low > max(1, v/16+1) {
			t.Fatalf("%d is counted from %v to %v", n, low, high)
		}
	})
	even := guard.Times{}
	for i := range int64(1000) {
		even[guard.Bucket(i)]++
	}
	for p, want := range map[float64]float64{0.05: 50, 0.5: 500, 0.95: 950} {
		if got := even.Quantile(p); math.Abs(got-want) > want/16 {
			t.Errorf("the quantile %v of 0 to 999 is %v", p, got)
		}
	}
	if (guard.Times{}).Quantile(0.5) != 0 {
		t.Error("nobody has a median")
	}
}

func limits(load, answers, slower int64) release.Guard {
	return release.Guard{LoadFailures: &load, AnswerErrors: &answers, ReadySlower: &slower, Confidence: 95}
}

func around(millis, n int64) guard.Times {
	times := guard.Times{}
	for i := range n {
		times[guard.Bucket(millis*(80+40*i/n)/100)]++
	}
	return times
}

func sample(loads, failures, answers, errors, millis int64) guard.Sample {
	return guard.Sample{Served: loads, Loads: loads, LoadFailures: failures, Answers: answers, AnswerErrors: errors, Ready: around(millis, loads)}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	healthy := sample(2000, 20, 2000, 10, 800)
	for _, c := range []struct {
		name      string
		candidate guard.Sample
		baseline  *guard.Sample
		want      release.Verdict
		because   string
	}{
		{"as good", sample(2000, 20, 2000, 10, 800), &healthy, release.Successful, ""},
		{"loads fail", sample(2000, 200, 2000, 10, 800), &healthy, release.Failed, guard.LoadFailures},
		{"answers fail", sample(2000, 20, 2000, 200, 800), &healthy, release.Failed, guard.AnswerErrors},
		{"it is slow", sample(2000, 20, 2000, 10, 1600), &healthy, release.Failed, guard.ReadySlower},
		{"it is faster", sample(2000, 20, 2000, 10, 400), &healthy, release.Successful, ""},
		{"too few", sample(20, 0, 20, 0, 800), &healthy, release.Inconclusive, guard.LoadFailures},
		{"few, and all of them fail", sample(20, 20, 0, 0, 800), &healthy, release.Failed, guard.LoadFailures},
		{"nobody answers", sample(2000, 20, 0, 0, 800), &healthy, release.Inconclusive, guard.AnswerErrors},
		{"nobody", guard.Sample{}, &healthy, release.Inconclusive, ""},
		{"nobody on either side", guard.Sample{}, &guard.Sample{}, release.Inconclusive, ""},
		{"nobody to compare with yet", sample(2000, 20, 2000, 10, 800), &guard.Sample{}, release.Inconclusive, guard.LoadFailures},
		{"nobody to compare with, ever", sample(2000, 20, 2000, 10, 800), nil, release.Successful, ""},
		{"nobody to compare with, and it fails", sample(2000, 200, 2000, 10, 800), nil, release.Failed, guard.LoadFailures},
	} {
		got := guard.Judge(limits(20_000, 20_000, 300), c.candidate, c.baseline)
		if got.Verdict != c.want || got.Because != c.because {
			t.Errorf("%s: %s because of %q, want %s because of %q: %v %v %v", c.name, got.Verdict, got.Because, c.want, c.because,
				got.LoadFailures, got.AnswerErrors, got.ReadySlower)
		}
	}
	if got := guard.Judge(release.Guard{}, guard.Sample{Served: 1}, nil); got.Verdict != release.Successful {
		t.Errorf("without limits: %+v", got)
	}
	arm := sample(1000, 3, 2, 1, 800).Arm()
	if arm.Manifests != 1000 || arm.Loads != 1000 || arm.LoadFailures != 3 || arm.Answers != 2 || arm.AnswerErrors != 1 || arm.ReadyMedian < 760 || arm.ReadyMedian > 840 ||
		arm.ReadyP95 < 900 || arm.ReadyP95 > 1000 {
		t.Errorf("%+v", arm)
	}
}

func drawSample(t *rapid.T, name string) guard.Sample {
	n := rapid.Int64Range(0, 400)
	s := guard.Sample{Loads: n.Draw(t, name+" loads"), Answers: n.Draw(t, name+" answers"), Ready: guard.Times{}}
	s.LoadFailures = rapid.Int64Range(0, s.Loads).Draw(t, name+" failures")
	s.AnswerErrors = rapid.Int64Range(0, s.Answers).Draw(t, name+" errors")
	s.Served = max(s.Loads, s.Answers)
	for _, millis := range rapid.SliceOfN(rapid.Int64Range(0, 60_000), 0, 40).Draw(t, name+" times") {
		s.Ready[guard.Bucket(millis)] += rapid.Int64Range(1, 9).Draw(t, name+" count")
	}
	return s
}

func drawLimits(t *rapid.T) release.Guard {
	return limits(rapid.Int64Range(0, 1_000_000).Draw(t, "load"), rapid.Int64Range(0, 1_000_000).Draw(t, "answers"), rapid.Int64Range(0, 1_000_000).Draw(t, "slower"))
}

func scaled(s guard.Sample, by int64) guard.Sample {
	out := guard.Sample{Served: by * s.Served, Loads: by * s.Loads, LoadFailures: by * s.LoadFailures, Answers: by * s.Answers, AnswerErrors: by * s.AnswerErrors, Ready: guard.Times{}}
	for bucket, n := range s.Ready {
		out.Ready[bucket] = by * n
	}
	return out
}

// More of the same makes what is certain more certain, and never its opposite.
func TestMoreOfTheSameNeverTurnsAVerdictRound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		candidate, baseline, limits := drawSample(t, "candidate"), drawSample(t, "baseline"), drawLimits(t)
		before := guard.Judge(limits, candidate, &baseline)
		by := rapid.Int64Range(2, 1000).Draw(t, "by")
		after := guard.Judge(limits, scaled(candidate, by), new(scaled(baseline, by)))
		if before.Verdict == release.Failed && after.Verdict != release.Failed || before.Verdict == release.Successful && after.Verdict != release.Successful {
			t.Fatalf("%d times as many: %+v became %+v", by, before, after)
		}
		for _, pair := range [][2]*guard.Interval{{before.LoadFailures, after.LoadFailures}, {before.AnswerErrors, after.AnswerErrors}, {before.ReadySlower, after.ReadySlower}} {
			if pair[0] != nil && (pair[1] == nil || pair[1].High-pair[1].Low > (pair[0].High-pair[0].Low)*(1+1e-9)) {
				t.Fatalf("%d times as many: %v became %v", by, pair[0], pair[1])
			}
		}
	})
}

func TestComparingTheOtherWayRound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawSample(t, "a"), drawSample(t, "b")
		there, back := guard.Judge(release.Guard{}, a, &b), guard.Judge(release.Guard{}, b, &a)
		for _, pair := range [][2]*guard.Interval{{there.LoadFailures, back.LoadFailures}, {there.AnswerErrors, back.AnswerErrors}} {
			if (pair[0] == nil) != (pair[1] == nil) || pair[0] != nil && (!near(pair[0].Low, -pair[1].High) || !near(pair[0].High, -pair[1].Low)) {
				t.Fatalf("%v and %v", pair[0], pair[1])
			}
		}
		if there.ReadySlower != nil && math.Abs((1+there.ReadySlower.Low)*(1+back.ReadySlower.High)-1) > 1e-6 {
			t.Fatalf("%v and %v", there.ReadySlower, back.ReadySlower)
		}
	})
}

// A worse candidate is never judged better.
func TestWorseIsNeverBetter(t *testing.T) {
	t.Parallel()
	rank := map[release.Verdict]int{release.Successful: 0, release.Inconclusive: 1, release.Failed: 2}
	rapid.Check(t, func(t *rapid.T) {
		candidate, baseline, limits := drawSample(t, "candidate"), drawSample(t, "baseline"), drawLimits(t)
		worse := candidate
		worse.LoadFailures = rapid.Int64Range(candidate.LoadFailures, candidate.Loads).Draw(t, "more failures")
		worse.AnswerErrors = rapid.Int64Range(candidate.AnswerErrors, candidate.Answers).Draw(t, "more errors")
		before, after := guard.Judge(limits, candidate, &baseline), guard.Judge(limits, worse, &baseline)
		if rank[after.Verdict] < rank[before.Verdict] {
			t.Fatalf("%+v became %+v", before, after)
		}
	})
}
