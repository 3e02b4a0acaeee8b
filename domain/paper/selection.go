package paper

import "slices"

// put takes a candidate of a class into a part.
func (d *desk) put(p *part, c *class) {
	for _, candidate := range c.members {
		if !d.taken.has(int(candidate)) {
			d.use(candidate, true)
			p.chosen = append(p.chosen, choice{c, candidate, d.steps})
			p.tally(c, 1)
			return
		}
	}
}

// take takes a candidate out of a part again.
func (d *desk) take(p *part, place int) {
	c := p.chosen[place]
	d.use(c.candidate, false)
	p.chosen = slices.Delete(p.chosen, place, place+1)
	p.tally(c.class, -1)
}

// use says that a candidate is taken, or not any more, wherever it could stand.
func (d *desk) use(candidate int32, taken bool) {
	d.taken[candidate/64] ^= 1 << (candidate % 64)
	for i, p := range d.parts {
		if at := d.in[i][candidate]; at != free && taken {
			p.classes[at].free--
		} else if at != free {
			p.classes[at].free++
		}
	}
}

// snapshot is the candidates chosen, by part.
func (d *desk) snapshot() [][]int32 {
	all := make([][]int32, len(d.parts))
	for i, p := range d.parts {
		for _, c := range p.chosen {
			all[i] = append(all[i], c.candidate)
		}
	}
	return all
}

// bring makes a selection the present one.
func (d *desk) bring(snapshot [][]int32) {
	for _, p := range d.parts {
		for len(p.chosen) > 0 {
			d.take(p, len(p.chosen)-1)
		}
	}
	for i, p := range d.parts {
		for _, candidate := range snapshot[i] {
			c := p.classes[d.in[i][candidate]]
			d.use(candidate, true)
			p.chosen = append(p.chosen, choice{c, candidate, 0})
			p.tally(c, 1)
		}
	}
}
