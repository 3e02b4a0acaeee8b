package paper

import "encoding/binary"

// pen is a group of questions that a rule keeps apart.
type pen struct {
	rule   *rule
	number int32 // from 1
	n      int64 // questions of the selection
}

// pens are all groups there are.
type pens struct {
	byName map[penName]*pen
	lists  map[string]int32 // by the numbers of their pens: lists of more than one, counted from -1 down
}

type penName struct {
	rule  *rule
	group string
}

// of finds the groups that a candidate is in, and a number that those of the same groups share.
func (p *pens) of(rules []*rule, c *Candidate) (list int32, in []*pen) {
	for _, r := range rules {
		for _, group := range r.groups(c) {
			name := penName{r, group}
			known := p.byName[name]
			if known == nil {
				known = &pen{rule: r, number: int32(len(p.byName) + 1)}
				p.byName[name] = known
			}
			in = append(in, known)
		}
	}
	switch len(in) {
	case 0:
		return 0, nil
	case 1:
		return in[0].number, in
	}
	var numbers []byte
	for _, pen := range in {
		numbers = binary.AppendVarint(numbers, int64(pen.number))
	}
	if _, known := p.lists[string(numbers)]; !known {
		p.lists[string(numbers)] = int32(-1 - len(p.lists))
	}
	return p.lists[string(numbers)], in
}
