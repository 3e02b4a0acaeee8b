package guard

import "math"

// Share is k of n.
type Share struct{ K, N int64 }

// Interval is where a true value lies, by the confidence that was asked for.
type Interval struct{ Low, High float64 }

// quantiles of the standard normal distribution, of two-sided intervals by their confidence in percent.
var quantiles = map[int]float64{90: 1.6448536269514722, 95: 1.959963984540054, 99: 2.5758293035489004}

// quantile is that of a confidence; 95 % where it is none of those a release may ask for.
func quantile(confidence int) float64 {
	if z, known := quantiles[confidence]; known {
		return z
	}
	return quantiles[95]
}

// Wilson is the score interval of a share (Wilson 1927); nil where there is nobody, or more than all.
func Wilson(s Share, confidence int) *Interval {
	if s.N < 1 || s.K < 0 || s.K > s.N {
		return nil
	}
	z, n := quantile(confidence), float64(s.N)
	p := float64(s.K) / n
	zz := z * z
	scale := 1 + zz/n
	centre := (p + zz/(2*n)) / scale
	half := z / scale * math.Sqrt(p*(1-p)/n+zz/(4*n*n))
	return &Interval{min(max(0, centre-half), p), max(min(1, centre+half), p)}
}

// Difference is the interval of a − b (Newcombe 1998, the hybrid score method); nil where there is nobody in one of them.
func Difference(a, b Share, confidence int) *Interval {
	ia, ib := Wilson(a, confidence), Wilson(b, confidence)
	if ia == nil || ib == nil {
		return nil
	}
	pa, pb := float64(a.K)/float64(a.N), float64(b.K)/float64(b.N)
	d := pa - pb
	return &Interval{d - math.Hypot(pa-ia.Low, ib.High-pb), d + math.Hypot(ia.High-pa, pb-ib.Low)}
}

// Slower is the interval of how much longer the median of a is, as a share of that of b: 0.1 is a tenth longer. It is nil where there are too
// few of one for an interval of its median (some six).
//
// Each median has an interval by the order of the times, whatever their distribution; on the logarithmic scale its width gives a standard error,
// and those of two samples add up (Price and Bonett 2002).
func Slower(a, b Times, confidence int) *Interval {
	z := quantile(confidence)
	middle, ea, ok := a.logMedian(z)
	if !ok {
		return nil
	}
	other, eb, ok := b.logMedian(z)
	if !ok {
		return nil
	}
	d, half := middle-other, z*math.Hypot(ea, eb)
	return &Interval{math.Expm1(d - half), math.Expm1(d + half)}
}

// logMedian is the logarithm of the median and its standard error.
func (t Times) logMedian(z float64) (median, se float64, ok bool) {
	n := t.Count()
	half := z / (2 * math.Sqrt(float64(n)))
	if n == 0 || half >= 0.5 {
		return 0, 0, false
	}
	at := func(p float64) float64 { return math.Log(max(1, t.Quantile(p))) } // under a millisecond nobody is faster than another
	return at(0.5), (at(0.5+half) - at(0.5-half)) / (2 * z), true
}
