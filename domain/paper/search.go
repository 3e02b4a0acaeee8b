package paper

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// What bounds a search. Work is classes looked at, each some nanoseconds.
const (
	maxWork    = 25_000_000
	maxSteps   = 4_000
	stepWork   = 100_000 // of one step: with few classes, every swap is looked at
	scanWork   = 60      // what looking at all classes costs beside each of them
	patience   = 300     // steps without a better selection, before the search begins anew
	settled    = 60      // likewise, before it is content
	firstShare = 1       // weight that an unmet rule begins with, and gains
	overSoft   = 1 << 30 // weight of a hard rule while soft ones are improved
)

// score is how far off a selection is: the hard rules first.
type score struct{ hard, soft int64 }

func (s score) less(o score) bool {
	return cmp.Or(cmp.Compare(s.hard, o.hard), cmp.Compare(s.soft, o.soft)) < 0
}

func (d *desk) score() (s score) {
	for _, r := range d.rules {
		if off := r.off(); r.hard() {
			s.hard += off
		} else {
			s.soft += off * int64(r.Weight)
		}
	}
	return s
}

// search fills the places and improves the selection until nothing is off, or the bounds are reached.
func (d *desk) search(ctx context.Context) error {
	d.weigh(func(r *rule) int64 {
		if r.hard() {
			return firstShare
		}
		return 0
	})
	d.fill()
	best, kept := d.score(), d.snapshot()
	if err := d.repair(ctx, &best, &kept); err != nil {
		return err
	}
	d.bring(kept)
	if best.soft == 0 {
		return nil
	}
	d.weigh(func(r *rule) int64 {
		if r.hard() {
			return overSoft
		}
		return int64(r.Weight)
	})
	err := d.settle(ctx, &best, &kept)
	d.bring(kept)
	return err
}

// repair swaps until the hard rules are met. Rules that stay unmet gain weight, so that what meets them at the cost of others comes to
// look better; after a while without success, it begins anew from another selection.
func (d *desk) repair(ctx context.Context, best *score, kept *[][]int32) error {
	idle := 0
	for limit := d.work + maxWork; best.hard > 0 && d.work < limit && d.steps < maxSteps; {
		if err := ctx.Err(); err != nil {
			return err
		}
		before := d.cost()
		if !d.step() {
			return nil // there is nothing to swap
		}
		if d.cost() >= before {
			for _, r := range d.rules {
				if r.hard() && r.off() > 0 {
					r.weight += firstShare
				}
			}
		}
		idle++
		if now := d.score(); now.less(*best) {
			*best, *kept, idle = now, d.snapshot(), 0
		}
		if idle == patience {
			idle = 0
			d.beginAnew()
		}
	}
	return nil
}

// settle improves the soft rules as long as that helps.
func (d *desk) settle(ctx context.Context, best *score, kept *[][]int32) error {
	for idle, limit := 0, d.work+maxWork; best.soft > 0 && idle < settled && d.work < limit; idle++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !d.step() {
			return nil
		}
		if now := d.score(); now.less(*best) {
			*best, *kept, idle = now, d.snapshot(), 0
		}
	}
	return nil
}

// weigh sets the weights.
func (d *desk) weigh(weight func(*rule) int64) {
	for _, r := range d.rules {
		r.weight = weight(r)
	}
}

// cost is what the search makes less.
func (d *desk) cost() (sum int64) {
	for _, r := range d.rules {
		sum += r.weight * r.off()
	}
	return sum
}

// fill puts the best class at each free place.
func (d *desk) fill() {
	for _, p := range d.parts {
		for len(p.chosen) < p.places {
			c, _ := d.best(p, math.MaxInt64)
			if c == nil {
				break
			}
			d.put(p, c)
		}
	}
}

// beginAnew fills the places by chance and forgets the weights.
func (d *desk) beginAnew() {
	for _, p := range d.parts {
		for len(p.chosen) > 0 {
			d.take(p, len(p.chosen)-1)
		}
	}
	for _, p := range d.parts {
		for tries := 0; len(p.chosen) < p.places && tries < 4*p.places; tries++ {
			if c := p.classes[d.dice.below(len(p.classes))]; c.free > 0 {
				d.put(p, c)
			}
		}
		for _, c := range p.classes {
			c.banned = 0
		}
	}
	d.fill()
	for _, r := range d.rules {
		r.weight = min(r.weight, firstShare)
	}
}

// exit is a question that may leave its place.
type exit struct {
	part   *part
	place  int
	cost   int64 // of the selection without it
	chance uint64
}

// step makes the best swap it finds, better or not, and keeps what went in and out from being undone at once.
// It says whether it is worth to go on.
func (d *desk) step() bool {
	d.steps++
	exits, waiting := d.exits()
	classes := 1
	for _, p := range d.parts {
		classes = max(classes, len(p.classes))
	}
	exits = d.some(exits, max(2, stepWork/classes))
	var out exit
	var in *class
	least := int64(math.MaxInt64)
	for _, e := range exits {
		left := e.part.chosen[e.place].class
		e.part.tally(left, -1)
		others := d.others(e.part)
		c, cost := d.bestBut(e.part, left, least-others)
		if c != nil && cost+others < least {
			out, in, least = e, c, cost+others
		}
		e.part.tally(left, 1)
	}
	if in == nil {
		return d.unban() || waiting
	}
	left := out.part.chosen[out.place].class
	d.take(out.part, out.place)
	d.put(out.part, in)
	left.banned = d.steps + 1 + d.dice.below(6)
	return true
}

// some are as many of the exits: half of them the most promising, the others by chance, since who costs most to lose may have the best successor.
func (d *desk) some(exits []exit, n int) []exit {
	if n >= len(exits) {
		return exits
	}
	for i := n / 2; i < n; i++ {
		j := i + d.dice.below(len(exits)-i)
		exits[i], exits[j] = exits[j], exits[i]
	}
	return exits[:n]
}

// unban lets every class be chosen again; it says whether that changed anything.
func (d *desk) unban() (changed bool) {
	for _, p := range d.parts {
		for _, c := range p.classes {
			changed = changed || c.banned > d.steps
			c.banned = 0
		}
	}
	return changed
}

// exits lists who may leave, the most promising first; waiting says that there are others who may do so later.
func (d *desk) exits() (list []exit, waiting bool) {
	for _, p := range d.parts {
		for place, c := range p.chosen {
			if d.steps-c.since <= d.dice.below(4) && len(p.chosen) > 1 {
				waiting = true // it has just come
				continue
			}
			p.tally(c.class, -1)
			list = append(list, exit{p, place, d.cost(), d.dice.next()})
			p.tally(c.class, 1)
		}
	}
	slices.SortFunc(list, func(x, y exit) int { return cmp.Or(cmp.Compare(x.cost, y.cost), cmp.Compare(x.chance, y.chance)) })
	d.work += len(list) * len(d.rules)
	return list, waiting
}

// others is the cost of the rules that a part has no part in.
func (d *desk) others(p *part) (sum int64) {
	sum = d.cost()
	for _, r := range p.rules {
		sum -= r.weight * r.off()
	}
	return sum
}

// bestBut is best without the class that leaves, which would change nothing.
func (d *desk) bestBut(p *part, left *class, limit int64) (*class, int64) {
	banned := left.banned
	left.banned = math.MaxInt
	c, cost := d.best(p, limit)
	left.banned = banned
	return c, cost
}
