package itemstats

import (
	"math"
	"math/big"

	"qbank/domain/scoring"
)

// TestFigures is what the attempts say about a test.
type TestFigures struct {
	N       int64 // attempts with a total
	Waiting int64 // attempts without: a person has yet to mark an answer
	Scored  int   // items that are not surveys: the k of α

	Mean  Estimate // of the totals, in marks
	SD    *float64 // of the totals, in marks
	Alpha Estimate // Cronbach's α
	SEM   *float64 // standard error of measurement, SD·√(1−α), in marks

	Parts []PartFigures // one for each item, in order
}

// PartFigures is what an item does to its test.
type PartFigures struct {
	AlphaWithout Estimate // α of the test without the item
	Covariance   *float64 // of mark and total, in marks²
	Weight       *float64 // effective weight: 100·√cov(x, t) / Σ√cov; nil where the covariance is negative
}

// Figures computes the figures of the test. An item that was not reached counts 0 here.
func (t *Tally) Figures() TestFigures {
	m := t.totals.moments()
	f := TestFigures{N: m.n, Waiting: t.waiting, Mean: Estimate{N: m.n}, Alpha: Estimate{N: m.n}, Parts: make([]PartFigures, len(t.items))}
	for i := range t.items {
		if !t.items[i].survey() {
			f.Scored++
		}
	}
	if m.n < 1 {
		return f
	}
	oneMark := big.NewInt(int64(scoring.OneMark))
	f.Mean.Value = quotient(&m.t, times(m.n, oneMark))
	if m.n < 2 {
		return f
	}
	total := spread(m.n, &m.tt, &m.t, &m.t)
	f.Mean.SE = root(total, times(m.n*m.n, times(m.n-1, new(big.Int).Mul(oneMark, oneMark))))
	f.SD = root(total, times(m.n, times(m.n-1, new(big.Int).Mul(oneMark, oneMark))))
	t.reliability(&f, m, total)
	return f
}

// reliability needs the spread of each item over all attempts with a total, whether the item was reached or not: what was not
// reached adds nothing to a sum, so the item's own sums serve with the test's n.
func (t *Tally) reliability(f *TestFigures, all *moments, total *big.Int) {
	scale := times(f.N, times(f.N-1, new(big.Int).Mul(big.NewInt(int64(scoring.OneMark)), big.NewInt(int64(scoring.OneMark)))))
	items := make([]*big.Int, len(t.items))
	covariances := make([]*big.Int, len(t.items))
	sum, roots := new(big.Int), 0.0
	for i := range t.items {
		if t.items[i].survey() {
			continue
		}
		m := t.items[i].cells.moments()
		items[i] = spread(f.N, &m.xx, &m.x, &m.x)
		covariances[i] = spread(f.N, &m.xt, &m.x, &all.t)
		sum.Add(sum, items[i])
		f.Parts[i].Covariance = quotient(covariances[i], scale)
		if root := root(covariances[i], scale); root != nil {
			roots += *root
		}
	}
	f.Alpha = alpha(f.N, f.Scored, sum, total)
	if f.Alpha.Value != nil {
		sem := *f.SD * math.Sqrt(max(0, 1-*f.Alpha.Value))
		f.SEM = &sem
	}
	for i := range t.items {
		if items[i] == nil {
			continue
		}
		// var(t − x) = var t − 2·cov(x, t) + var x
		rest := new(big.Int).Sub(total, times(2, covariances[i]))
		f.Parts[i].AlphaWithout = alpha(f.N, f.Scored-1, new(big.Int).Sub(sum, items[i]), rest.Add(rest, items[i]))
		if root := root(covariances[i], scale); root != nil && roots > 0 {
			weight := 100 * *root / roots
			f.Parts[i].Weight = &weight
		}
	}
}

// alpha is k/(k−1)·(1 − Σvar x / var t), of at least two items. Its standard error is Bonett's (2002): of ln(1−α), √(2k / (k−1)(n−2)).
func alpha(n int64, k int, items, total *big.Int) Estimate {
	e := Estimate{N: n}
	if k < 2 {
		return e
	}
	e.Value = quotient(times(int64(k), new(big.Int).Sub(total, items)), times(int64(k-1), total))
	if e.Value != nil && n > 2 {
		se := math.Abs(1-*e.Value) * math.Sqrt(2*float64(k)/(float64(k-1)*float64(n-2)))
		e.SE = &se
	}
	return e
}
