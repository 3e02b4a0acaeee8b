package paper

import (
	"github.com/google/uuid"

	"qbank/domain/scoring"
)

// divide tells the part's rules apart by what they add up.
func (p *part) divide() {
	for _, r := range p.rules {
		switch r.Kind {
		case Mean:
			p.means = append(p.means, r)
		case Marks:
			p.sums = append(p.sums, r)
		case Apart:
			p.apart = append(p.apart, r)
		default:
			p.counting = append(p.counting, r)
		}
	}
}

// sort puts the eligible candidates of a part into classes.
func (d *desk) sort(p *part) {
	p.divide()
	type key struct {
		counted  uint64
		worth    scoring.Mark
		facility int64
		known    bool
		pens     int32
	}
	index := map[key]int32{}
	in := make([]int32, len(d.order))
	for i := range d.order {
		in[i] = free
		if !p.eligible.has(i) {
			continue
		}
		made := d.class(p, i)
		group := int32(0)
		if len(p.apart) > 0 {
			group, made.pens = d.pens.of(p.apart, d.candidate(int32(i)))
		}
		k := key{made.counted, made.worth, made.facility, made.known, group}
		at, known := index[k]
		if !known {
			at = int32(len(p.classes))
			index[k] = at
			p.classes = append(p.classes, &made)
		}
		in[i] = at
		p.classes[at].members = append(p.classes[at].members, int32(i))
		p.classes[at].free++
	}
	d.in = append(d.in, in)
	d.keep(p)
}

// class is what a part's rules see of a candidate.
func (d *desk) class(p *part, i int) (made class) {
	c := d.candidate(int32(i))
	for bit, r := range p.counting {
		if r.counts.has(i) {
			made.counted |= 1 << bit
		}
	}
	if len(p.sums) > 0 {
		made.worth = p.worth(c.Type)
	}
	if len(p.means) > 0 && c.Difficulty.Basis != Unknown {
		made.facility, made.known = int64(c.Difficulty.Facility), true
	}
	return made
}

// keep counts the questions that stay where they are. One that is not in stock counts for its marks only.
func (d *desk) keep(p *part) {
	at := map[uuid.UUID]int{}
	for _, item := range p.kept {
		at[item.Question] = free
	}
	if len(at) == 0 {
		return
	}
	for i := range d.order {
		if id := d.candidate(int32(i)).Question; at[id] == free {
			at[id] = i
		}
	}
	for _, item := range p.kept {
		var c class
		if i := at[item.Question]; i >= 0 {
			c = d.class(p, i)
			_, c.pens = d.pens.of(p.apart, d.candidate(int32(i)))
		}
		c.worth = item.Max
		p.tally(&c, 1)
	}
}

// tally counts a question of a class in or out.
func (p *part) tally(c *class, sign int64) {
	for bit, r := range p.counting {
		if c.counted>>bit&1 == 1 {
			r.sum += sign
		}
	}
	for _, r := range p.sums {
		r.sum += sign * int64(c.worth)
	}
	for _, r := range p.means {
		if c.known {
			r.sum += sign * c.facility
			r.known += sign
		}
	}
	for _, pen := range c.pens {
		if sign > 0 && pen.n >= pen.rule.high {
			pen.rule.sum++
		}
		if sign < 0 && pen.n > pen.rule.high {
			pen.rule.sum--
		}
		pen.n += sign
	}
}
