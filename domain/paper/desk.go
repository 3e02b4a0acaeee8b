package paper

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/scoring"
)

// wanted is a section or a pool that questions are looked for.
type wanted struct {
	id        string
	blueprint Blueprint
	pool      bool // what stands in a pool does not count towards the whole
	kept      []Item
}

// worth is what a question of a type is worth here.
func (w wanted) worth(typ string) scoring.Mark {
	for _, m := range w.blueprint.Marks {
		if m.Type == typ {
			return m.Max
		}
	}
	return w.blueprint.Max
}

// typical is about what a question is worth here.
func (w wanted) typical() scoring.Mark {
	sum := w.blueprint.Max
	for _, m := range w.blueprint.Marks {
		sum += m.Max
	}
	return sum / scoring.Mark(1+len(w.blueprint.Marks))
}

// class is candidates that no rule of a part tells apart.
type class struct {
	counted  uint64 // by which of the part's counting rules
	worth    scoring.Mark
	facility int64 // thousandths
	known    bool  // the facility is
	pens     []*pen
	members  []int32 // candidates by number, in the order they are taken
	free     int     // that are not taken
	banned   int     // until which step it is not chosen
}

// part is a wanted section or pool in the making.
type part struct {
	wanted
	places   int     // that the search fills
	eligible set     // candidates that no hard filter is against
	blocker  []int16 // by candidate: the rule that alone is against it; free, or several
	rules    []*rule // all that a question put here counts for
	counting []*rule // of those, the ones that count questions: bits of class.counted
	means    []*rule
	sums     []*rule // of marks
	apart    []*rule
	classes  []*class
	chosen   []choice
	gain     [2 * maxConstraints]int64 // of counting rules, while classes are compared
}

// What stands instead of a rule in part.blocker.
const (
	free    = -1
	several = -2
)

// choice is a candidate put into a part.
type choice struct {
	*class
	candidate int32
	since     int // the step it came in
}

// desk is where a selection is put together.
type desk struct {
	stock Stock
	order []int32 // the candidates, in the order they are taken among equals
	rules []*rule
	parts []*part
	taken set       // by number: index in order
	in    [][]int32 // by part: the class of each candidate, or free
	pens  pens
	dice  dice
	work  int // classes looked at
	steps int
}

func (d *desk) candidate(i int32) *Candidate { return &d.stock.Candidates[d.order[i]] }

// newDesk numbers the candidates by chance, which the seed decides, and sorts them into classes for each part.
func newDesk(stock Stock, wants []wanted, constraints []Constraint, elsewhere map[uuid.UUID]bool, o Order) *desk {
	d := &desk{stock: stock, dice: dice(o.Seed), pens: pens{byName: map[penName]*pen{}, lists: map[string]int32{}}}
	d.shuffle(o.Seed)
	d.taken = newSet(len(d.order))
	add := func(c Constraint, part int, worth scoring.Mark) *rule {
		r := newRule(c, part, worth)
		d.rules = append(d.rules, r)
		return r
	}
	var onAll []*rule
	var typical scoring.Mark
	for _, w := range wants {
		typical = max(typical, w.typical())
	}
	for _, c := range constraints {
		onAll = append(onAll, add(c, whole, typical))
	}
	screens := make([][]*rule, len(wants)) // by part: what is put there must suit them
	for i, w := range wants {
		p := &part{wanted: w, places: max(0, w.blueprint.Count-len(w.kept))}
		for _, c := range w.blueprint.Constraints {
			p.rules = append(p.rules, add(c, i, w.typical()))
		}
		screens[i] = append(slices.Clip(p.rules), onAll...)
		if !w.pool {
			p.rules = screens[i]
		}
		d.parts = append(d.parts, p)
	}
	d.count(o.Now)
	for i, p := range d.parts {
		d.screen(p, screens[i], elsewhere)
		d.sort(p)
	}
	return d
}

// shuffle brings the candidates into an order that depends on the seed and their ids alone. A question that stands there twice is taken
// once, in its newest version.
func (d *desk) shuffle(seed uint64) {
	type place struct {
		by uint64
		at int32
	}
	all := d.stock.Candidates
	places := make([]place, len(all))
	for i := range all {
		id := &all[i].Question
		places[i] = place{mix(mix(seed^binary.BigEndian.Uint64(id[:8])) ^ binary.BigEndian.Uint64(id[8:])), int32(i)}
	}
	slices.SortFunc(places, func(x, y place) int {
		if x.by != y.by {
			return cmp.Compare(x.by, y.by)
		}
		a, b := &all[x.at], &all[y.at]
		return cmp.Or(slices.Compare(a.Question[:], b.Question[:]), b.Version-a.Version)
	})
	d.order = make([]int32, 0, len(all))
	for i, p := range places {
		if i == 0 || all[p.at].Question != all[places[i-1].at].Question {
			d.order = append(d.order, p.at)
		}
	}
}

// count finds the candidates that each rule counts. They are taken as they stand in the stock, each for all rules at once: there are too many for the
// processor's cache, and in the order of the desk each would be fetched from memory for each rule.
func (d *desk) count(now int64) {
	tests := make([]func(*Candidate) bool, len(d.rules))
	demands := make([]bool, len(d.rules))
	for i, r := range d.rules {
		r.counts, tests[i], demands[i] = newSet(len(d.order)), d.stock.among(r.Constraint, now), r.demands()
		if r.Kind == Mean { // hard, it is against questions whose difficulty nobody knows
			tests[i] = func(c *Candidate) bool { return c.Difficulty.Basis == Unknown }
		}
	}
	numbers := make([]int32, len(d.stock.Candidates))
	for at := range numbers {
		numbers[at] = free
	}
	for i, at := range d.order {
		numbers[at] = int32(i)
	}
	for at, i := range numbers {
		if i == free {
			continue // it stands there twice
		}
		for n, r := range d.rules {
			if tests[n](&d.stock.Candidates[at]) != demands[n] {
				r.counts.add(int(i))
			}
		}
	}
}

// against reports whether a rule is against single candidates, namely those in its set.
func (r *rule) against() bool { return r.hard() && (r.filters() || r.Kind == Mean) }

// screen finds the candidates that may be put into a part.
func (d *desk) screen(p *part, rules []*rule, elsewhere map[uuid.UUID]bool) {
	p.eligible = newSet(len(d.order))
	p.blocker = make([]int16, len(d.order))
	for i := range p.blocker {
		p.blocker[i] = free
	}
	for _, r := range rules {
		if !r.against() || p.pool && r.part == whole && r.Kind == Mean {
			continue
		}
		number := int16(slices.Index(d.rules, r))
		for i := range d.order {
			if r.counts.has(i) {
				if p.blocker[i] == free {
					p.blocker[i] = number
				} else {
					p.blocker[i] = several
				}
			}
		}
	}
	for i := range d.order {
		switch {
		case len(elsewhere) > 0 && elsewhere[d.candidate(int32(i)).Question]:
			p.blocker[i] = several
		case p.blocker[i] == free:
			p.eligible.add(i)
		}
	}
}
