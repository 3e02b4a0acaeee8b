package catalog

import (
	"cmp"
	"slices"
	"strings"

	"qbank/domain/access"
)

// tally is a count under way. It takes rows by blocks: first it notes, condition by condition, what is against each row of a block, and then it
// counts field by field those that pass. So each loop is a short one over a piece of one column, and none branches on what it finds there.
type tally struct {
	*columns
	foreign    []uint16 // by code of the organisation: out, if it is another's; nil: none is
	from, to   int64
	conditions []condition
	counters   []counter
	against    [blockSize]uint16 // by row of the block: a bit for each condition, or out
	picked     [blockSize]uint32 // rows of the block
}

const (
	// blockSize is how many rows are looked at together: what is noted of them stays in the processor's cache.
	blockSize = 4096
	// out is the bit of rows that do not count whatever is chosen.
	out = 1 << 15
)

// counter is the counts of a field beside its column.
type counter struct {
	*column
	counts    []int      // by code
	condition *condition // on this field; nil: there is none
	known     bool       // the counts are those that are kept
}

// condition is what a filter asks of one field.
type condition struct {
	*column
	bit   uint16
	not   []uint16 // by code: bit, where another value is wanted; nil: any value will do
	none  bool     // having no value at all will do
	all   []uint32 // of a list: all of these
	never bool     // a value of all is not known
}

// facets counts the questions of an organisation. rows are those that have the words wanted, or the first of them; nil: words do not matter.
func (c *columns) facets(org string, f Filter, rows []uint32, more bool) []Facet {
	c.mu.RLock()
	defer c.mu.RUnlock()
	t := c.tally(org, f)
	if rows == nil {
		t.all()
	}
	for block := range slices.Chunk(rows, blockSize) {
		t.count(block)
	}
	facets := make([]Facet, len(t.counters))
	for i := range t.counters {
		facets[i] = t.counters[i].facet()
		facets[i].AtLeast = more || c.more
	}
	return facets
}

func (c *columns) tally(org string, f Filter) *tally {
	t := &tally{columns: c, from: f.UpdatedFrom, to: f.UpdatedTo, conditions: make([]condition, 0, len(c.fields))}
	for code, name := range c.orgs.values {
		if access.Covers(org, name) {
			continue
		}
		if t.foreign == nil {
			t.foreign = make([]uint16, len(c.orgs.values))
		}
		t.foreign[code] = out
	}
	for _, column := range c.fields {
		n := counter{column: column, counts: make([]int, len(column.values))}
		if asked, conditional := conditionOn(column, f, 1<<len(t.conditions)); conditional {
			t.conditions = append(t.conditions, asked)
			n.condition = &t.conditions[len(t.conditions)-1]
		}
		if column.field != Batch { // there are too many imports to show
			t.counters = append(t.counters, n)
		}
	}
	return t
}

func conditionOn(c *column, f Filter, bit uint16) (asked condition, conditional bool) {
	asked = condition{column: c, bit: bit}
	if values := f.Any[c.field]; len(values) > 0 {
		asked.not = slices.Repeat([]uint16{bit}, len(c.values))
		for _, value := range values {
			if code, known := c.codes[value]; known {
				asked.not[code] = 0
			}
			asked.none = asked.none || value == ""
		}
	}
	if c.field == Tags {
		for _, value := range f.AllTags {
			code, known := c.codes[value]
			asked.all = append(asked.all, code)
			asked.never = asked.never || !known
		}
	}
	return asked, asked.not != nil || len(asked.all) > 0
}

// all counts every row. What is kept is not counted anew: without any condition that is everything, and with a single one the facet of its own
// field, of which it leaves nothing out.
func (t *tally) all() {
	if t.from == 0 && t.to == 0 && len(t.conditions) < 2 {
		for i := range t.counters {
			if n := &t.counters[i]; len(t.conditions) == 0 || n.condition != nil {
				n.recall(t.foreign)
			}
		}
		if len(t.conditions) == 0 {
			return
		}
	}
	block := make([]uint32, 0, blockSize)
	for row := range uint32(len(t.org)) {
		if block = append(block, row); len(block) == blockSize {
			t.count(block)
			block = block[:0]
		}
	}
	t.count(block)
}

// recall adds up what is kept of some organisations.
func (c *counter) recall(foreign []uint16) {
	c.known = true
	for org, counts := range c.kept {
		if foreign == nil || foreign[org] == 0 {
			for code, count := range counts {
				c.counts[code] += count
			}
		}
	}
}

// count adds the questions of a block to the facets that they count for: to all of them if they pass, and if but one condition stands in the
// way, to that of its field.
func (t *tally) count(block []uint32) {
	t.judge(block)
	passing := t.pick(block, 0)
	for i := range t.counters {
		if n := &t.counters[i]; !n.known {
			n.count(n.counts, passing, 1)
		}
	}
	for i := range t.counters {
		if n := &t.counters[i]; !n.known && n.condition != nil {
			n.count(n.counts, t.pick(block, n.condition.bit), 1)
		}
	}
}

// judge notes what is against each row of a block.
func (t *tally) judge(block []uint32) {
	against := t.against[:len(block)]
	clear(against)
	if t.foreign != nil {
		for i, row := range block {
			against[i] = t.foreign[t.org[row]]
		}
	}
	if t.from != 0 || t.to != 0 {
		for i, row := range block {
			if at := t.change[row]; at < t.from || t.to != 0 && at >= t.to {
				against[i] = out
			}
		}
	}
	for i := range t.conditions {
		t.conditions[i].judge(block, against)
	}
}

func (c *condition) judge(block []uint32, against []uint16) {
	if c.many == nil {
		for i, row := range block {
			against[i] |= c.not[c.one[row]]
		}
		return
	}
	for i, row := range block {
		if !c.suits(c.list(row)) {
			against[i] |= c.bit
		}
	}
}

// suits reports whether a list has what is wanted of it.
func (c *condition) suits(has []uint32) bool {
	if c.never {
		return false
	}
	for _, code := range c.all {
		if !slices.Contains(has, code) {
			return false
		}
	}
	if c.not == nil {
		return true
	}
	for _, code := range has {
		if c.not[code] == 0 {
			return true
		}
	}
	return c.none && len(has) == 0
}

// pick lists the rows of a block that have exactly this against them; the list is of use until the next one.
func (t *tally) pick(block []uint32, against uint16) []uint32 {
	n := 0
	for i, row := range block {
		t.picked[n] = row
		if t.against[i] == against {
			n++
		}
	}
	return t.picked[:n]
}

// facet lists the most frequent values.
func (c *counter) facet() Facet {
	facet := Facet{Field: c.field}
	for code, count := range c.counts {
		if count > 0 {
			facet.Values = append(facet.Values, Value{c.values[code], count})
		}
	}
	slices.SortFunc(facet.Values, func(a, b Value) int { return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value)) })
	if facet.More = len(facet.Values) > MaxFacet; facet.More {
		facet.Values = facet.Values[:MaxFacet]
	}
	return facet
}
