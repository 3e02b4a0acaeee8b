package itemstats

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/scoring"
)

func near(t interface {
	Helper()
	Errorf(string, ...any)
}, name string, got *float64, want float64) {
	t.Helper()
	switch {
	case got == nil && math.IsNaN(want):
	case got == nil:
		t.Errorf("%s is not defined, want %v", name, want)
	case math.IsNaN(want) || math.Abs(*got-want) > 1e-8*max(1, math.Abs(want)):
		t.Errorf("%s = %v, want %v", name, *got, want)
	}
}

// Five students and four questions of one mark, worked by hand: totals 4, 3, 2, 1, 0.
var guttman = []Vector{
	{mark(1), mark(1), mark(1), mark(1)},
	{mark(1), mark(1), mark(1), mark(0)},
	{mark(1), mark(1), mark(0), mark(0)},
	{mark(1), mark(0), mark(0), mark(0)},
	{mark(0), mark(0), mark(0), mark(0)},
}

func TestAPerfectScale(t *testing.T) {
	t.Parallel()
	tally := tallyOf(4, guttman...)
	f := tally.Figures()
	near(t, "mean", f.Mean.Value, 2)
	near(t, "SE of the mean", f.Mean.SE, math.Sqrt(0.5))
	near(t, "SD", f.SD, math.Sqrt(2.5))
	near(t, "α", f.Alpha.Value, 0.8) // 4/3 · (1 − (0.2+0.3+0.3+0.2)/2.5)
	near(t, "SE of α", f.Alpha.SE, 0.2*math.Sqrt(2.*4/(3*3)))
	near(t, "SEM", f.SEM, math.Sqrt(2.5*0.2))
	near(t, "α without the first", f.Parts[0].AlphaWithout.Value, 1.5*(1-0.8/1.7)) // rests 3, 2, 1, 0, 0
	near(t, "covariance of the first", f.Parts[0].Covariance, 0.5)
	near(t, "covariance of the second", f.Parts[1].Covariance, 0.75)
	near(t, "weight of the first", f.Parts[0].Weight, 100*math.Sqrt(0.5)/(2*math.Sqrt(0.5)+2*math.Sqrt(0.75)))

	first := tally.Item(0).Figures(scoring.OneMark)
	near(t, "facility", first.Facility.Value, 0.8)
	near(t, "SE of facility", first.Facility.SE, math.Sqrt(0.2/5))
	near(t, "item–rest", first.ItemRest.Value, 100*0.3/math.Sqrt(0.2*1.7))
	near(t, "SE of item–rest", first.ItemRest.SE, 100*math.Sqrt((1-0.09/0.34)/3))
	near(t, "item–total", first.ItemTotal.Value, 100*0.5/math.Sqrt(0.2*2.5))
	near(t, "efficiency", first.Efficiency.Value, 100) // nobody with a lower rest did better
	if first.Interval == nil || math.Abs(first.Interval.Low-0.37553) > 1e-4 || math.Abs(first.Interval.High-0.96379) > 1e-4 {
		t.Errorf("Wilson interval of 4 in 5 = %+v", first.Interval)
	}
}

func TestOmittedIsNotNotReached(t *testing.T) {
	t.Parallel()
	tally := tallyOf(2,
		Vector{mark(1), mark(1)},
		Vector{{State: Omitted}, mark(1)},
		Vector{mark(1), {State: NotReached}},
		Vector{{State: NotReached}, {State: NotReached}})
	first, second := tally.Item(0).Figures(scoring.OneMark), tally.Item(1).Figures(scoring.OneMark)
	near(t, "facility with one omitted", first.Facility.Value, 2./3)
	near(t, "facility of those who reached it", second.Facility.Value, 1)
	if first.Omitted != 1 || first.NotReached != 1 || first.Marked != 3 || second.NotReached != 2 || second.Marked != 2 {
		t.Errorf("counts: %+v, %+v", first, second)
	}
	if f := tally.Figures(); f.N != 4 {
		t.Errorf("%d attempts have a total, want 4", f.N)
	}
	near(t, "mean", tally.Figures().Mean.Value, 1)
}

func TestAnAttemptThatWaitsHasNoTotal(t *testing.T) {
	t.Parallel()
	a := Option{Item: "A", Right: true}
	waiting := Vector{{State: Marked, Mark: scoring.OneMark, Tries: 1, Chosen: []Option{a}}, {State: Pending, Tries: 1}}
	tally := tallyOf(2, waiting)
	if f := tally.Figures(); f.N != 0 || f.Waiting != 1 || f.Mean.Value != nil {
		t.Errorf("figures of a test that waits: %+v", f)
	}
	item := tally.Item(0).Figures(scoring.OneMark)
	near(t, "facility", item.Facility.Value, 1)
	if item.ItemRest.N != 0 || len(item.Options) != 1 || item.Options[0].Chosen != 1 || item.Options[0].MeanRest.N != 0 {
		t.Errorf("figures of a marked item: %+v", item)
	}
	if essay := tally.Item(1).Figures(scoring.OneMark); essay.Pending != 1 || essay.Facility.Value != nil || essay.Marked != 0 {
		t.Errorf("figures of the item that waits: %+v", essay)
	}
}

func TestASurveyIsNoPartOfTheTest(t *testing.T) {
	t.Parallel()
	with, without := New(5), New(4)
	for i, v := range guttman {
		without.Add(v)
		with.Add(append(slices.Clone(v), Response{State: Unscored, Tries: 1, Chosen: []Option{{Item: fmt.Sprint(i % 2)}}}))
	}
	if a, b := *with.Figures().Alpha.Value, *without.Figures().Alpha.Value; a != b {
		t.Errorf("α with a survey is %v, without %v", a, b)
	}
	f := with.Item(4).Figures(0)
	if f.Facility.Value != nil || f.ItemRest.Value != nil || len(f.Options) != 2 || f.WrongKey {
		t.Errorf("figures of a survey: %+v", f)
	}
	near(t, "share", f.Options[0].Share.Value, 0.6)
	near(t, "SE of the share", f.Options[0].Share.SE, math.Sqrt(0.6*0.4/5))
	near(t, "mean rest", f.Options[0].MeanRest.Value, 2)
}

func TestAWrongKeyIsNoticed(t *testing.T) {
	t.Parallel()
	attempts := func(n int) *Tally {
		tally := New(4)
		for i := range n {
			good := i%2 == 0
			chosen, others := Option{Item: "A", Right: true}, 0.
			if good {
				chosen, others = Option{Item: "C"}, 1
			}
			v := Vector{{State: Marked, Tries: 1, Chosen: []Option{chosen}}, mark(others), mark(others), mark(float64(i / 2 % 2))}
			if chosen.Right {
				v[0].Mark = scoring.OneMark
			}
			tally.Add(v)
		}
		return tally
	}
	f := attempts(40).Item(0).Figures(scoring.OneMark)
	if !f.WrongKey || f.Options[0].Suspect || !f.Options[1].Suspect {
		t.Errorf("the good students choose C, the key says A: %+v", f)
	}
	near(t, "mean rest of the good", f.Options[1].MeanRest.Value, 2.5)
	if *f.Options[0].PointBiserial.Value != -*f.Options[1].PointBiserial.Value {
		t.Errorf("two options that exclude each other correlate with %v and %v", *f.Options[0].PointBiserial.Value, *f.Options[1].PointBiserial.Value)
	}
	if attempts(AlarmAttempts - 2).Item(0).Figures(scoring.OneMark).WrongKey {
		t.Error("an alarm with too few attempts")
	}
}

// A distractor that a few good students chose is chance, whatever it correlates with.
func TestAFewChoicesRaiseNoAlarm(t *testing.T) {
	t.Parallel()
	attempts := func(few int) ItemFigures {
		tally := New(2)
		for i := range 60 {
			chosen, other := Option{Item: "A", Right: true}, float64(i%2)
			if i < few {
				chosen, other = Option{Item: "B"}, 1
			}
			tally.Add(Vector{{State: Marked, Tries: 1, Chosen: []Option{chosen}}, mark(other)})
		}
		return tally.Item(0).Figures(scoring.OneMark)
	}
	if attempts(AlarmChoices - 1).WrongKey {
		t.Error("too few choices raise an alarm")
	}
	if !attempts(AlarmChoices).WrongKey {
		t.Error("enough choices raise none")
	}
}

func TestFiguresThatAreNotDefined(t *testing.T) {
	t.Parallel()
	same := Vector{mark(1), mark(0)}
	for name, tally := range map[string]*Tally{
		"nobody":           New(2),
		"one attempt":      tallyOf(2, same),
		"everybody equal":  tallyOf(2, same, same, same),
		"a single item":    tallyOf(1, Vector{mark(1)}, Vector{mark(0)}),
		"removed too much": func() *Tally { t := New(2); t.Remove(same); return t }(),
		"no items":         New(0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := tally.Figures()
			if f.Alpha.Value != nil || f.SEM != nil {
				t.Errorf("α = %v", f.Alpha)
			}
			for i := range tally.Items() {
				item := tally.Item(i).Figures(scoring.OneMark)
				if item.ItemRest.Value != nil || item.Efficiency.Value != nil || item.WrongKey {
					t.Errorf("item %d: %+v", i, item)
				}
				if item = tally.Item(i).Figures(0); item.Facility.Value != nil {
					t.Errorf("facility of an item without marks: %v", *item.Facility.Value)
				}
			}
		})
	}
}

// TestAgainstTheFormulas computes each figure once more, from lists of floats and straight from its definition.
func TestAgainstTheFormulas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const k = 4
		var all []Vector
		for _, v := range vectors(t, k) { // surveys have a test of their own
			if !slices.ContainsFunc(v, func(r Response) bool { return r.State == Unscored }) {
				all = append(all, v)
			}
		}
		tally := tallyOf(k, all...)
		f := tally.Figures()
		var totals []float64
		columns := make([][]float64, k)
		for _, v := range all {
			if total, complete := v.Total(); complete {
				totals = append(totals, float64(total)/1e6)
				for i, r := range v {
					columns[i] = append(columns[i], float64(r.Mark)/1e6)
				}
			}
		}
		near(t, "mean", f.Mean.Value, mean(totals))
		near(t, "SD", f.SD, math.Sqrt(cov(totals, totals)))
		items, roots := 0.0, 0.0
		for _, c := range columns {
			items += cov(c, c)
			if cv := cov(c, totals); cv > 1e-12 {
				roots += math.Sqrt(cv)
			}
		}
		if v := cov(totals, totals); v > 1e-9 {
			near(t, "α", f.Alpha.Value, k/(k-1.)*(1-items/v))
		}
		for i, c := range columns {
			near(t, "covariance", f.Parts[i].Covariance, cov(c, totals))
			if cv := cov(c, totals); cv > 1e-9 {
				near(t, "weight", f.Parts[i].Weight, 100*math.Sqrt(cv)/roots)
			}
			if v := cov(minus(totals, c), minus(totals, c)); v > 1e-9 {
				near(t, "α without", f.Parts[i].AlphaWithout.Value, 1.5*(1-(items-cov(c, c))/v))
			}
			checkItem(t, tally.Item(i).Figures(3*scoring.OneMark), all, i)
		}
	})
}

func checkItem(t *rapid.T, f ItemFigures, all []Vector, i int) {
	var marked, xs, ts, rs []float64
	chose := map[Option][]float64{}
	for _, v := range all {
		total, complete := v.Total()
		if s := v[i].State; s != Marked && s != Omitted {
			continue
		}
		marked = append(marked, float64(v[i].Mark)/1e6)
		if !complete {
			continue
		}
		xs, ts, rs = append(xs, float64(v[i].Mark)/1e6), append(ts, float64(total)/1e6), append(rs, float64(total-v[i].Mark)/1e6)
		for _, id := range []string{"", "A", "B"} {
			o, is := Option{Item: id, Right: id == "A"}, 0.
			if slices.Contains(v[i].Chosen, o) {
				is = 1
			}
			chose[o] = append(chose[o], is)
		}
	}
	near(t, "facility", f.Facility.Value, mean(marked)/3)
	near(t, "SE of facility", f.Facility.SE, math.Sqrt(cov(marked, marked)/float64(len(marked)))/3)
	if cov(xs, xs)*cov(rs, rs) > 1e-9 {
		near(t, "item–rest", f.ItemRest.Value, 100*cov(xs, rs)/math.Sqrt(cov(xs, xs)*cov(rs, rs)))
		near(t, "efficiency", f.Efficiency.Value, 100*cov(xs, rs)/cov(slices.Sorted(slices.Values(xs)), slices.Sorted(slices.Values(rs))))
	}
	if cov(xs, xs)*cov(ts, ts) > 1e-9 {
		near(t, "item–total", f.ItemTotal.Value, 100*cov(xs, ts)/math.Sqrt(cov(xs, xs)*cov(ts, ts)))
	}
	for _, o := range f.Options {
		if c := chose[o.Option]; cov(c, c)*cov(rs, rs) > 1e-9 {
			near(t, "point-biserial", o.PointBiserial.Value, cov(c, rs)/math.Sqrt(cov(c, c)*cov(rs, rs)))
		}
	}
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// cov is the covariance of a sample; NaN for fewer than two.
func cov(xs, ys []float64) float64 {
	mx, my, sum := mean(xs), mean(ys), 0.0
	for i := range xs {
		sum += (xs[i] - mx) * (ys[i] - my)
	}
	if len(xs) < 2 {
		return math.NaN()
	}
	return sum / float64(len(xs)-1)
}

func minus(xs, ys []float64) []float64 {
	out := make([]float64, len(xs))
	for i := range xs {
		out[i] = xs[i] - ys[i]
	}
	return out
}
