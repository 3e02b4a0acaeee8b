package itemstats

import (
	"math"
	"math/big"
)

// Estimate is a figure with what it rests on. Value is nil where it is not defined, such as a correlation with something that
// never varies; SE, the standard error, where none is known.
type Estimate struct {
	Value *float64
	SE    *float64
	N     int64 // attempts
}

// Interval is a range that holds the true value in 95 of 100 samples.
type Interval struct{ Low, High float64 }

// z of a two-sided interval of 95 %.
const z = 1.959963984540054

// Products that are added to something are converted to float64 first: that forbids the compiler to fuse the two, which some
// machines do and others do not, with another last bit.

// Wilson is the score interval of a share k/n; nil for n < 1 (Wilson 1927).
func Wilson(k, n int64) *Interval {
	if n < 1 || k < 0 || k > n {
		return nil
	}
	N := float64(n)
	p := float64(k) / N
	zz := float64(z * z)
	scale := 1 + zz/N
	centre := (p + zz/(2*N)) / scale
	half := z / scale * math.Sqrt(float64(p*(1-p))/N+zz/float64(4*N*N))
	return &Interval{max(0, centre-half), min(1, centre+half)}
}

// precision of square roots, in bits: far beyond a float64, so that the last step rounds once.
const precision = 256

// quotient is a/b, correctly rounded; nil for b = 0.
func quotient(a, b *big.Int) *float64 {
	if b.Sign() == 0 {
		return nil
	}
	f, _ := new(big.Rat).SetFrac(a, b).Float64()
	return &f
}

// root is √(a/b); nil for b = 0 and for what has no root.
func root(a, b *big.Int) *float64 {
	if b.Sign() == 0 || a.Sign()*b.Sign() < 0 {
		return nil
	}
	q := wide(a)
	f, _ := q.Sqrt(q.Quo(q, wide(b))).Float64()
	return &f
}

// ratio is a/√b; nil unless b > 0.
func ratio(a, b *big.Int) *float64 {
	if b.Sign() <= 0 {
		return nil
	}
	d := wide(b)
	f, _ := new(big.Float).SetPrec(precision).Quo(wide(a), d.Sqrt(d)).Float64()
	return &f
}

func wide(i *big.Int) *big.Float { return new(big.Float).SetPrec(precision).SetInt(i) }

func times(factor int64, i *big.Int) *big.Int { return new(big.Int).Mul(big.NewInt(factor), i) }

// correlation makes an estimate of 100·r out of the spreads. Its standard error is √((1−r²)/(n−2)).
func correlation(n int64, covariance, a, b *big.Int) Estimate {
	e := Estimate{N: n, Value: ratio(times(100, covariance), new(big.Int).Mul(a, b))}
	if e.Value != nil && n > 2 {
		r := *e.Value / 100
		se := 100 * math.Sqrt(max(0, 1-float64(r*r))/float64(n-2))
		e.SE = &se
	}
	return e
}
