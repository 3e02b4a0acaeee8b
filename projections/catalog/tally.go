package catalog

import (
	"cmp"
	"slices"
	"strings"

	"qbank/domain/access"
)

// tally is a count under way. It takes rows by blocks: those of a block that pass are listed first, and then counted field by field, so that each
// loop is a short one over a piece of one column.
type tally struct {
	*columns
	within     []bool // by code of the organisation
	from, to   int64
	conditions []condition
	counters   []counter
	passing    []uint32 // rows of the block
}

// blockSize is how many rows are looked at together: what is listed of them stays in the processor's cache.
const blockSize = 4096

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
	any    []bool   // by code; nil: any value will do
	none   bool     // having no value at all will do
	all    []uint32 // of a list: all of these
	never  bool     // a value of all is not known
	behind []uint32 // rows of the block that pass all conditions but this one
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
	t := &tally{columns: c, within: make([]bool, len(c.orgs.values)), from: f.UpdatedFrom, to: f.UpdatedTo, conditions: make([]condition, 0, len(c.fields))}
	for code, name := range c.orgs.values {
		t.within[code] = access.Covers(org, name)
	}
	for _, column := range c.fields {
		n := counter{column: column, counts: make([]int, len(column.values))}
		if asked, conditional := conditionOn(column, f); conditional {
			t.conditions = append(t.conditions, asked)
			n.condition = &t.conditions[len(t.conditions)-1]
		}
		if column.field != Batch { // there are too many imports to show
			t.counters = append(t.counters, n)
		}
	}
	return t
}

func conditionOn(c *column, f Filter) (asked condition, conditional bool) {
	asked = condition{column: c}
	if values := f.Any[c.field]; len(values) > 0 {
		asked.any = make([]bool, len(c.values))
		for _, value := range values {
			if code, known := c.codes[value]; known {
				asked.any[code] = true
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
	return asked, asked.any != nil || len(asked.all) > 0
}

// all counts every row. What is kept is not counted anew: without any condition that is everything, and with a single one the facet of its own
// field, of which it leaves nothing out.
func (t *tally) all() {
	if t.from == 0 && t.to == 0 && len(t.conditions) < 2 {
		for i := range t.counters {
			if n := &t.counters[i]; len(t.conditions) == 0 || n.condition != nil {
				n.recall(t.within)
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
func (c *counter) recall(within []bool) {
	c.known = true
	for org, counts := range c.kept {
		if within[org] {
			for code, count := range counts {
				c.counts[code] += count
			}
		}
	}
}

// count adds the questions of a block to the facets that they count for: to all of them if they pass, and if but one condition stands in the
// way, to that of its field.
func (t *tally) count(block []uint32) {
	t.list(block)
	for i := range t.counters {
		n := &t.counters[i]
		if n.known {
			continue
		}
		n.count(n.counts, t.passing, 1)
		if n.condition != nil {
			n.count(n.counts, n.condition.behind, 1)
		}
	}
}

// list tells those rows of a block that pass from those that a single condition is against.
func (t *tally) list(block []uint32) {
	t.passing = t.passing[:0]
	for i := range t.conditions {
		t.conditions[i].behind = t.conditions[i].behind[:0]
	}
rows:
	for _, row := range block {
		if !t.within[t.org[row]] || t.change[row] < t.from || t.to != 0 && t.change[row] >= t.to {
			continue
		}
		list := &t.passing
		for i := range t.conditions {
			if asked := &t.conditions[i]; !asked.passes(row) {
				if list != &t.passing {
					continue rows
				}
				list = &asked.behind
			}
		}
		*list = append(*list, row)
	}
}

func (c *condition) passes(row uint32) bool {
	if c.many == nil {
		return c.any[c.one[row]]
	}
	has := c.many[row]
	if c.never {
		return false
	}
	for _, code := range c.all {
		if !slices.Contains(has, code) {
			return false
		}
	}
	if c.any == nil {
		return true
	}
	for _, code := range has {
		if c.any[code] {
			return true
		}
	}
	return c.none && len(has) == 0
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
