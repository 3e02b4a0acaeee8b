package paper

import (
	"encoding/binary"
	"slices"
)

// pen is a group of questions that a rule keeps apart.
type pen struct {
	rule   *rule
	number int32  // from 1
	n      int64  // questions of the selection
	alone  []*pen // the list of only this one
}

// pens are all groups there are.
type pens struct {
	byName map[penName]*pen
	lists  map[string]int32 // by the numbers of their pens: lists of more than one, counted from -1 down
	found  []*pen           // of the candidate at hand
}

type penName struct {
	rule  *rule
	group string
}

// of finds the groups that a candidate is in, and a number that those of the same groups share.
func (p *pens) of(rules []*rule, c *Candidate) (list int32, in []*pen) {
	p.found = p.found[:0]
	for _, r := range rules {
		for _, group := range r.groups(c) {
			name := penName{r, group}
			known := p.byName[name]
			if known == nil {
				known = &pen{rule: r, number: int32(len(p.byName) + 1)}
				known.alone = []*pen{known}
				p.byName[name] = known
			}
			p.found = append(p.found, known)
		}
	}
	switch len(p.found) {
	case 0:
		return 0, nil
	case 1:
		return p.found[0].number, p.found[0].alone
	}
	var numbers []byte
	for _, pen := range p.found {
		numbers = binary.AppendVarint(numbers, int64(pen.number))
	}
	if _, known := p.lists[string(numbers)]; !known {
		p.lists[string(numbers)] = int32(-1 - len(p.lists))
	}
	return p.lists[string(numbers)], slices.Clone(p.found)
}
