package itemstats

import (
	"math/big"

	"qbank/domain/scoring"
)

// The least that a wrong-key alarm rests on.
const (
	AlarmAttempts = 30 // marked, with a total
	AlarmChoices  = 5  // of the distractor
)

// ItemFigures is what the attempts say about an item.
type ItemFigures struct {
	Marked     int64 // reached, with a mark that stands: what facility rests on; omitted ones too
	Omitted    int64 // of those, without an answer
	NotReached int64
	Pending    int64 // answers that a person has yet to mark
	Unscored   int64 // answers with nothing to score; more than 0 makes the item a survey, without the figures below
	Tries      *float64

	Facility   Estimate  // mean(x) / maximum
	Interval   *Interval // of the facility, where the mark is always 0 or the maximum
	ItemRest   Estimate  // discrimination, 100·cov(x, r) / √(var x · var r)
	ItemTotal  Estimate  // 100·cov(x, t) / √(var x · var t)
	Efficiency Estimate  // 100·cov(x, r) / cov(sort x, sort r); nil where no order of the marks could correlate

	Options  []OptionFigures // that were chosen at least once, in order of Option
	WrongKey bool            // an option is a suspect
}

// OptionFigures is what the attempts say about an option.
type OptionFigures struct {
	Option
	Chosen        int64
	Share         Estimate  // of the answers
	Interval      *Interval // of the share
	MeanRest      Estimate  // mean r of those who chose it, in marks
	PointBiserial Estimate  // correlation of having chosen it with r, −1 to 1, over those who reached the item
	Suspect       bool      // wrong-key alarm: a distractor that correlates better than the key
}

// Figures computes an item's figures; max is the mark of a full answer.
func (t *ItemTally) Figures(max scoring.Mark) ItemFigures {
	answers := t.states[Marked] + t.states[Pending] + t.states[Unscored]
	f := ItemFigures{
		Marked: t.states[Marked] + t.states[Omitted], Omitted: t.states[Omitted], NotReached: t.states[NotReached],
		Pending: t.states[Pending], Unscored: t.states[Unscored], Tries: quotient(big.NewInt(t.tries), big.NewInt(answers)),
	}
	m := t.cells.moments()
	if f.Unscored == 0 {
		f.Facility, f.Interval = t.facility(max)
		t.discrimination(&f, m)
	}
	for _, o := range t.options {
		f.Options = append(f.Options, o.figures(answers, m, f.Unscored == 0))
	}
	f.WrongKey = f.Unscored == 0 && alarm(f.Options, m.n)
	return f
}

// survey reports whether the item is no part of the test.
func (t *ItemTally) survey() bool { return t.states[Unscored] != 0 }

func (t *ItemTally) facility(max scoring.Mark) (Estimate, *Interval) {
	var all cells
	right, dichotomous := int64(0), true
	for _, part := range []cells{t.cells, t.waiting} {
		for _, c := range part {
			all.add(c.x, 0, c.n)
			dichotomous = dichotomous && (c.x == 0 || c.x == max)
			if c.x == max {
				right += c.n
			}
		}
	}
	m := all.moments()
	e := Estimate{N: m.n}
	if m.n < 1 || max <= 0 {
		return e, nil
	}
	e.Value = quotient(&m.x, times(m.n, big.NewInt(int64(max))))
	if m.n > 1 { // var / n / max², with var = spread / n(n−1)
		scale := new(big.Int).Mul(big.NewInt(int64(max)), big.NewInt(m.n))
		scale.Mul(scale, scale)
		e.SE = root(spread(m.n, &m.xx, &m.x, &m.x), scale.Mul(scale, big.NewInt(m.n-1)))
	}
	if !dichotomous {
		return e, nil
	}
	return e, Wilson(right, m.n)
}

// rest returns Σr, Σr² and Σxr, with r = t − x.
func (m *moments) rest() (r, rr, xr *big.Int) {
	r = new(big.Int).Sub(&m.t, &m.x)
	rr = new(big.Int).Sub(&m.tt, times(2, &m.xt))
	rr.Add(rr, &m.xx)
	return r, rr, new(big.Int).Sub(&m.xt, &m.xx)
}

func (t *ItemTally) discrimination(f *ItemFigures, m *moments) {
	f.ItemRest.N, f.ItemTotal.N, f.Efficiency.N = m.n, m.n, m.n
	if m.n < 2 {
		return
	}
	r, rr, xr := m.rest()
	x := spread(m.n, &m.xx, &m.x, &m.x)
	withRest := spread(m.n, xr, &m.x, r)
	f.ItemRest = correlation(m.n, withRest, x, spread(m.n, rr, r, r))
	f.ItemTotal = correlation(m.n, spread(m.n, &m.xt, &m.x, &m.t), x, spread(m.n, &m.tt, &m.t, &m.t))
	f.Efficiency.Value = quotient(times(100, withRest), spread(m.n, t.cells.sorted(), &m.x, r))
}

// figures of an option; m are the moments of those who reached the item.
func (o optionCount) figures(answers int64, m *moments, scored bool) OptionFigures {
	f := OptionFigures{Option: o.Option, Chosen: o.n, Interval: Wilson(o.n, answers)}
	f.Share = Estimate{N: answers, Value: quotient(big.NewInt(o.n), big.NewInt(answers))}
	if f.Interval != nil { // √(p(1−p)/n)
		n := big.NewInt(answers)
		f.Share.SE = root(new(big.Int).Mul(big.NewInt(o.n), big.NewInt(answers-o.n)), new(big.Int).Mul(n, new(big.Int).Mul(n, n)))
	}
	rest := o.rest.big()
	f.MeanRest = Estimate{N: o.complete, Value: quotient(rest, times(o.complete, big.NewInt(int64(scoring.OneMark))))}
	if !scored || m.n < 2 {
		f.PointBiserial.N = max(0, m.n)
		return f
	}
	r, rr, _ := m.rest()
	chosen := big.NewInt(o.complete)
	f.PointBiserial = correlation(m.n, spread(m.n, rest, chosen, r), spread(m.n, chosen, chosen, chosen), spread(m.n, rr, r, r))
	for _, figure := range []*float64{f.PointBiserial.Value, f.PointBiserial.SE} {
		if figure != nil {
			*figure /= 100
		}
	}
	return f
}

// alarm marks the suspects: distractors, chosen often enough, that correlate positively and better than the worst part of the
// key. A key that nobody chose, or everybody, correlates with nothing.
func alarm(options []OptionFigures, n int64) bool {
	if n < AlarmAttempts {
		return false
	}
	key, known := 0.0, false
	for _, o := range options {
		if o.Right {
			value := 0.0
			if o.PointBiserial.Value != nil {
				value = *o.PointBiserial.Value
			}
			if !known || value < key {
				key, known = value, true
			}
		}
	}
	alarmed := false
	for i := range options {
		o := &options[i]
		if v := o.PointBiserial.Value; !o.Right && v != nil && o.Chosen >= AlarmChoices && *v > 0 && *v > key {
			o.Suspect, alarmed = true, true
		}
	}
	return alarmed
}
