package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/projections/read"
)

// columns are the fields that facets count, of every question, in memory: a count of a hundred thousand questions reads a few
// megabytes from one end to the other there, and takes milliseconds, where the database would need some hundred. Values are written once and
// stand in the columns as numbers. What changed since the last look is read before each one.
type columns struct {
	mu     sync.RWMutex
	fresh  sync.Mutex // one refresh at a time
	seen   int64      // position up to which changes are in
	more   bool       // there are more questions than maxColumns
	rowOf  map[int64]uint32
	orgs   dictionary
	org    []uint32
	change []int64 // updated_at
	fields map[Field]*column
}

// column is the values of one field, by row: one, or, of a list, any number.
type column struct {
	dictionary
	one  []uint32
	many [][]uint32
}

// dictionary numbers values in the order in which they first occur.
type dictionary struct {
	codes  map[string]uint32
	values []string
}

func (d *dictionary) code(value string) uint32 {
	code, known := d.codes[value]
	if !known {
		if d.codes == nil {
			d.codes = map[string]uint32{}
		}
		code = uint32(len(d.values))
		d.codes[value] = code
		d.values = append(d.values, value)
	}
	return code
}

// maxColumns is how many questions are kept: about 100 MB. The figures of a larger catalogue are those of its first questions, and say so.
const maxColumns = 1_000_000

func newColumns() *columns {
	c := &columns{rowOf: map[int64]uint32{}, fields: map[Field]*column{}}
	for _, field := range append(append([]Field{}, single...), Tags, Points) {
		c.fields[field] = &column{}
	}
	return c
}

// refreshSize is how many changed questions are read at a time.
const refreshSize = 20_000

// refresh reads what changed.
func (c *columns) refresh(ctx context.Context, db read.DB) error {
	c.fresh.Lock()
	defer c.fresh.Unlock()
	for {
		rows, err := db.Query(ctx, `select changed, number, org, updated_at, type_id, state, subject, stage, grade, chapter, source, category, difficulty, batch,
			tags, points from `+in+`.questions where changed > $1 order by changed limit $2`, c.seen, refreshSize)
		if err != nil {
			return fmt.Errorf("read changed questions: %w", err)
		}
		count, err := c.take(rows)
		if err != nil {
			return fmt.Errorf("read changed questions: %w", err)
		}
		if count < refreshSize {
			return nil
		}
	}
}

func (c *columns) take(rows pgx.Rows) (count int, err error) {
	var changed, number, updatedAt int64
	var org string
	values := make([]string, len(single))
	var tags, points []string
	into := []any{&changed, &number, &org, &updatedAt}
	for i := range values {
		into = append(into, &values[i])
	}
	into = append(into, &tags, &points)
	locked := false
	defer func() {
		if locked {
			c.mu.Unlock()
		}
	}()
	_, err = pgx.ForEachRow(rows, into, func() error {
		if !locked {
			c.mu.Lock()
			locked = true
		}
		count++
		c.seen = changed
		row, room := c.row(number)
		if !room {
			return nil
		}
		c.org[row], c.change[row] = c.orgs.code(org), updatedAt
		for i, field := range single {
			f := c.fields[field]
			f.one[row] = f.code(values[i])
		}
		c.fields[Tags].set(row, tags)
		c.fields[Points].set(row, points)
		return nil
	})
	return count, err
}

// row finds the row of a question, or makes one where there is room.
func (c *columns) row(number int64) (row uint32, room bool) {
	row, known := c.rowOf[number]
	if known {
		return row, true
	}
	if len(c.org) == maxColumns {
		c.more = true
		return 0, false
	}
	row = uint32(len(c.org))
	c.rowOf[number] = row
	c.org, c.change = append(c.org, 0), append(c.change, 0)
	for _, field := range single {
		c.fields[field].one = append(c.fields[field].one, 0)
	}
	for _, field := range []Field{Tags, Points} {
		c.fields[field].many = append(c.fields[field].many, nil)
	}
	return row, true
}

func (c *column) set(row uint32, values []string) {
	codes := make([]uint32, len(values))
	for i, value := range values {
		codes[i] = c.code(value)
	}
	c.many[row] = codes
}

// facets counts the questions of an organisation. hits are the numbers of those that have the words wanted, or the first of them;
// nil: words do not matter.
func (c *columns) facets(org string, f Filter, hits []int64, more bool) []Facet {
	c.mu.RLock()
	defer c.mu.RUnlock()
	t := c.tally(org, f)
	if hits == nil {
		for row := range c.org {
			t.count(row)
		}
	}
	for _, number := range hits {
		if row, known := c.rowOf[number]; known {
			t.count(int(row))
		}
	}
	facets := make([]Facet, len(t.facets))
	for i := range t.facets {
		facets[i] = t.facets[i].facet()
		facets[i].AtLeast = more || c.more
	}
	return facets
}

// tally is a count under way.
type tally struct {
	*columns
	within   []bool // by code of the organisation
	from, to int64
	wanted   []wanted
	facets   []counter
}

// counter is the counts of a field beside its column.
type counter struct {
	*column
	field  Field
	counts []int // by code
}

// wanted is a condition on one field.
type wanted struct {
	*column
	field Field
	any   []bool   // by code; nil: any value will do
	none  bool     // having no value at all will do
	all   []uint32 // of a list: all of these
	never bool     // a value of all is not known
}

func (c *columns) tally(org string, f Filter) *tally {
	t := &tally{columns: c, within: make([]bool, len(c.orgs.values)), from: f.UpdatedFrom, to: f.UpdatedTo}
	for code, name := range c.orgs.values {
		t.within[code] = access.Covers(org, name)
	}
	for field, column := range c.fields {
		if w, conditional := want(column, field, f); conditional {
			t.wanted = append(t.wanted, w)
		}
	}
	for _, field := range faceted {
		column := c.fields[field]
		t.facets = append(t.facets, counter{column, field, make([]int, len(column.values))})
	}
	return t
}

func want(c *column, field Field, f Filter) (w wanted, conditional bool) {
	w = wanted{column: c, field: field}
	if values := f.Any[field]; len(values) > 0 {
		w.any = make([]bool, len(c.values))
		for _, value := range values {
			if code, known := c.codes[value]; known {
				w.any[code] = true
			}
			w.none = w.none || value == ""
		}
	}
	if field == Tags {
		for _, value := range f.AllTags {
			code, known := c.codes[value]
			w.all = append(w.all, code)
			w.never = w.never || !known
		}
	}
	return w, w.any != nil || len(w.all) > 0
}

// count adds a question to the facets that it counts for: to all of them if it passes, and if but one field stands in its way, to that one's.
func (t *tally) count(row int) {
	if !t.within[t.org[row]] || t.change[row] < t.from || t.to != 0 && t.change[row] >= t.to {
		return
	}
	only := Field("")
	for i := range t.wanted {
		w := &t.wanted[i]
		if w.passes(row) {
			continue
		}
		if only != "" {
			return
		}
		only = w.field
	}
	for i := range t.facets {
		if f := &t.facets[i]; only == "" || only == f.field {
			f.add(row)
		}
	}
}

func (w *wanted) passes(row int) bool {
	if w.many == nil {
		return w.any[w.one[row]]
	}
	has := w.many[row]
	if w.never {
		return false
	}
	for _, code := range w.all {
		if !slices.Contains(has, code) {
			return false
		}
	}
	if w.any == nil {
		return true
	}
	for _, code := range has {
		if w.any[code] {
			return true
		}
	}
	return w.none && len(has) == 0
}

func (c *counter) add(row int) {
	if c.many == nil {
		c.counts[c.one[row]]++
		return
	}
	for _, code := range c.many[row] {
		c.counts[code]++
	}
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
