package itemstats

import (
	"cmp"
	"math/big"
	"slices"

	"qbank/domain/scoring"
)

// cell counts attempts with mark x at an item and total t.
type cell struct {
	x, t scoring.Mark
	n    int64
}

func (c cell) compare(d cell) int {
	if c.x != d.x {
		return cmp.Compare(c.x, d.x)
	}
	return cmp.Compare(c.t, d.t)
}

// cells is a multiset of (x, t), in order; no count is 0. Where one of the two has no meaning, it is 0.
type cells []cell

func (c *cells) add(x, t scoring.Mark, n int64) {
	i, found := slices.BinarySearchFunc(*c, cell{x: x, t: t}, cell.compare)
	if !found {
		*c = slices.Insert(*c, i, cell{x, t, n})
		return
	}
	(*c)[i].n += n
	if (*c)[i].n == 0 {
		*c = slices.Delete(*c, i, i+1)
	}
}

func (c *cells) merge(d cells) {
	merged := make(cells, 0, len(*c)+len(d))
	for a, b := *c, d; len(a)+len(b) > 0; {
		switch {
		case len(b) == 0:
			merged, a = append(merged, a...), nil
		case len(a) == 0:
			merged, b = append(merged, b...), nil
		case a[0].compare(b[0]) < 0:
			merged, a = append(merged, a[0]), a[1:]
		case a[0].compare(b[0]) > 0:
			merged, b = append(merged, b[0]), b[1:]
		default:
			if n := a[0].n + b[0].n; n != 0 {
				merged = append(merged, cell{a[0].x, a[0].t, n})
			}
			a, b = a[1:], b[1:]
		}
	}
	*c = merged
}

func (c cells) count() (n int64) {
	for _, cell := range c {
		n += cell.n
	}
	return n
}

// moments are the sums that every figure is made of, exactly.
type moments struct {
	n                   int64
	x, t, xx, tt, xt    big.Int
	product, multiplied big.Int // for reuse
}

func (c cells) moments() *moments {
	m := &moments{}
	for _, cell := range c {
		m.n += cell.n
		x, t, n := big.NewInt(int64(cell.x)), big.NewInt(int64(cell.t)), big.NewInt(cell.n)
		m.add(&m.x, x, n)
		m.add(&m.t, t, n)
		m.add(&m.xx, m.multiplied.Mul(x, x), n)
		m.add(&m.tt, m.multiplied.Mul(t, t), n)
		m.add(&m.xt, m.multiplied.Mul(x, t), n)
	}
	return m
}

func (m *moments) add(sum, value, n *big.Int) { sum.Add(sum, m.product.Mul(value, n)) }

// spread returns n·Σab − Σa·Σb, which is n(n−1) times the covariance of a sample.
func spread(n int64, ab, a, b *big.Int) *big.Int {
	s := new(big.Int).Mul(big.NewInt(n), ab)
	return s.Sub(s, new(big.Int).Mul(a, b))
}

// sorted returns Σ x(i)·r(i) with both in ascending order, r = t − x: what the sum of products could be at best.
func (c cells) sorted() *big.Int {
	rests := make(cells, len(c))
	for i, cell := range c {
		rests[i].x, rests[i].n = cell.t-cell.x, cell.n
	}
	slices.SortFunc(rests, cell.compare)
	sum, left := new(big.Int), int64(0)
	for _, cell := range c { // in the order of x
		for n := cell.n; n > 0 && len(rests) > 0; {
			if left == 0 {
				left = rests[0].n
			}
			both := min(n, left)
			product := new(big.Int).Mul(big.NewInt(int64(cell.x)), big.NewInt(int64(rests[0].x)))
			sum.Add(sum, product.Mul(product, big.NewInt(both)))
			n, left = n-both, left-both
			if left == 0 {
				rests = rests[1:]
			}
		}
	}
	return sum
}
