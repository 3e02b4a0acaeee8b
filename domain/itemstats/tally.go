package itemstats

import (
	"math/big"
	"math/bits"
	"slices"
)

// Tally counts the attempts at one form of a test. Add and Remove are inverse and commute.
type Tally struct {
	totals  cells // of attempts with a total, by t
	waiting int64 // attempts without
	items   []ItemTally
}

// ItemTally counts what attempts have at one item.
type ItemTally struct {
	cells   cells // reached and marked, in attempts with a total
	waiting cells // marked, in attempts without a total, by x
	states  [Unscored + 1]int64
	tries   int64
	options []optionCount // in order; no count is 0
}

type optionCount struct {
	Option
	n        int64 // answers that chose it
	complete int64 // of those, in attempts with a total
	rest     sum   // Σr of these
}

// New makes an empty tally of a test with that many items.
func New(items int) *Tally { return &Tally{items: make([]ItemTally, items)} }

// Items is how many items the test has.
func (t *Tally) Items() int { return len(t.items) }

// Item is the tally of one item; it goes on counting with the test's.
func (t *Tally) Item(i int) *ItemTally { return &t.items[i] }

// Attempts is how many are counted.
func (t *Tally) Attempts() int64 { return t.totals.count() + t.waiting }

// Add takes in an attempt, which has a response for each item.
func (t *Tally) Add(v Vector) { t.put(v, 1) }

// Remove takes out an attempt that was added.
func (t *Tally) Remove(v Vector) { t.put(v, -1) }

// Merge takes in what another tally of the same form counted.
func (t *Tally) Merge(o *Tally) {
	t.totals.merge(o.totals)
	t.waiting += o.waiting
	for i := range t.items {
		t.items[i].Merge(&o.items[i])
	}
}

// Empty reports whether nothing is counted.
func (t *Tally) Empty() bool {
	for i := range t.items {
		if !t.items[i].empty() {
			return false
		}
	}
	return len(t.totals) == 0 && t.waiting == 0
}

func (t *Tally) put(v Vector, n int64) {
	total, complete := v.Total()
	if complete {
		t.totals.add(0, total, n)
	} else {
		t.waiting += n
	}
	for i, r := range v {
		item := &t.items[i]
		item.states[r.State] += n
		item.tries += n * int64(r.Tries)
		switch {
		case r.State != Marked && r.State != Omitted:
		case complete:
			item.cells.add(r.Mark, total, n)
		default:
			item.waiting.add(r.Mark, 0, n)
		}
		for _, option := range r.Chosen {
			count := optionCount{Option: option, n: n}
			if complete {
				count.complete = n
				count.rest.add(n * int64(total-r.Mark))
			}
			item.choose(count)
		}
	}
}

// Merge takes in what was counted at the same item, in this or another form of a test.
func (t *ItemTally) Merge(o *ItemTally) {
	t.cells.merge(o.cells)
	t.waiting.merge(o.waiting)
	for state, n := range o.states {
		t.states[state] += n
	}
	t.tries += o.tries
	for _, count := range o.options {
		t.choose(count)
	}
}

func (t *ItemTally) empty() bool {
	return len(t.cells)+len(t.waiting)+len(t.options) == 0 && t.tries == 0 && t.states == [Unscored + 1]int64{}
}

func (t *ItemTally) choose(count optionCount) {
	i, found := slices.BinarySearchFunc(t.options, count.Option, func(c optionCount, o Option) int { return c.Compare(o) })
	if !found {
		t.options = slices.Insert(t.options, i, count)
		return
	}
	o := &t.options[i]
	o.n += count.n
	o.complete += count.complete
	o.rest.plus(count.rest)
	if o.n == 0 && o.complete == 0 && o.rest == (sum{}) {
		t.options = slices.Delete(t.options, i, i+1)
	}
}

// sum is an integer of 128 bits: marks reach 1e10 millionths and tests 500 items, so sums of totals can leave int64.
type sum struct {
	hi int64
	lo uint64
}

func (s *sum) add(v int64) { s.plus(sum{v >> 63, uint64(v)}) }

func (s *sum) plus(o sum) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, o.lo, 0)
	s.hi += o.hi + int64(carry)
}

func (s sum) big() *big.Int {
	b := new(big.Int).Lsh(big.NewInt(s.hi), 64)
	return b.Add(b, new(big.Int).SetUint64(s.lo))
}
