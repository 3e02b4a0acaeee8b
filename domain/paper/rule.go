package paper

import (
	"math"
	"math/bits"

	"qbank/domain/scoring"
)

// rule is a constraint at work, with what the selection has of it so far.
type rule struct {
	Constraint
	part   int                       // index; whole: the fixed questions of all sections
	counts set                       // the candidates that it counts; of a filter, those that it is against
	low    int64                     // at least
	high   int64                     // at most
	unit   int64                     // what one question's worth of it is
	sum    int64                     // questions, thousandths, millionths of a mark, or questions too many of a group
	known  int64                     // Mean: questions of known difficulty
	weight int64                     // what being off by a thousandth of a question's worth costs the search
	groups func(*Candidate) []string // Apart: which a candidate is in
}

// maxMiss bounds how far off, in questions, a rule is told to be: beyond, costs would leave int64.
const maxMiss = 2000

// whole is the part of a rule on all sections together.
const whole = -1

// hard reports whether the rule must be met.
func (r *rule) hard() bool { return r.Weight == 0 }

// filters reports whether the rule is about each question by itself.
func (r *rule) filters() bool { return r.Kind.counts() && (r.demands() || r.forbids()) }

// newRule makes a rule of a constraint; worth is about what a question of its part is worth.
func newRule(c Constraint, part int, worth scoring.Mark) *rule {
	r := &rule{Constraint: c, part: part, high: math.MaxInt64, unit: 1}
	if c.Min != nil {
		r.low = *c.Min
	}
	if c.Max != nil {
		r.high = *c.Max
	}
	switch {
	case c.Kind == Marks:
		r.unit = max(1, int64(worth))
	case c.Kind == Mean:
		r.high = min(r.high, thousand)
	case c.Kind == Apart:
		r.groups, _ = groupBy(c.Values[0])
	case r.filters():
		r.low, r.high = 0, 0
	}
	return r
}

// miss is how far off a sum is, in thousandths of a question's worth.
func (r *rule) miss(sum, known int64) int64 {
	switch r.Kind {
	case Apart:
		return sum * thousand
	case Mean:
		if known == 0 {
			return thousand
		}
		return max(0, r.low*known-sum, sum-r.high*known)
	}
	distance := max(0, r.low-sum, sum-r.high)
	if distance == 0 {
		return 0
	}
	return max(1, min(distance/r.unit, maxMiss)*thousand+distance%r.unit*thousand/r.unit)
}

// off is how far off the selection is.
func (r *rule) off() int64 { return r.miss(r.sum, r.known) }

// set is a set of candidates by number.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

// both is how many are in this set and in another.
func (s set) both(o set) (n int) {
	for i, w := range s {
		n += bits.OnesCount64(w & o[i])
	}
	return n
}

// without is how many are in this set and not in another.
func (s set) without(o set) (n int) {
	for i, w := range s {
		n += bits.OnesCount64(w &^ o[i])
	}
	return n
}

// join takes in another set.
func (s set) join(o set) {
	for i, w := range o {
		s[i] |= w
	}
}
