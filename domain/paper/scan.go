package paper

// best is the class whose next member costs least, if it costs less than limit. Costs are those of the part's rules.
//
// Looking at a class is a few additions: what its counting rules would cost is looked up for eight rules at once.
func (d *desk) best(p *part, limit int64) (*class, int64) {
	d.work += len(p.classes) + scanWork
	var table [8][256]int64
	base, bytes := int64(0), (len(p.counting)+7)/8
	for bit, r := range p.counting {
		without := r.weight * r.miss(r.sum, 0)
		base += without
		p.gain[bit] = r.weight*r.miss(r.sum+1, 0) - without
	}
	for b := range bytes {
		for m := 1; m < 256; m++ {
			low := m & -m
			bit := b*8 + log2[low]
			table[b][m] = table[b][m&^low]
			if bit < len(p.counting) {
				table[b][m] += p.gain[bit]
			}
		}
	}
	for _, r := range p.apart {
		base += r.weight * r.off()
	}
	var found *class
	for _, c := range p.classes {
		if c.free == 0 || c.banned > d.steps {
			continue
		}
		cost := base
		for b, counted := 0, c.counted; b < bytes; b, counted = b+1, counted>>8 {
			cost += table[b][counted&255]
		}
		for _, r := range p.sums {
			cost += r.weight * r.miss(r.sum+int64(c.worth), 0)
		}
		for _, r := range p.means {
			if c.known {
				cost += r.weight * r.miss(r.sum+c.facility, r.known+1)
			} else {
				cost += r.weight * r.off()
			}
		}
		for _, pen := range c.pens {
			if pen.n >= pen.rule.high {
				cost += pen.rule.weight * thousand
			}
		}
		if cost < limit {
			found, limit = c, cost
		}
	}
	return found, limit
}

// log2 of the powers of two in a byte.
var log2 = [129]int{1: 0, 2: 1, 4: 2, 8: 3, 16: 4, 32: 5, 64: 6, 128: 7}
