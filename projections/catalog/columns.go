package catalog

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"qbank/projections/read"
)

// columns are the fields that facets count, of every question, in memory: a count of a hundred thousand questions reads a few
// megabytes from one end to the other there, where the database would need some hundred milliseconds. Values are written once and
// stand in the columns as numbers. What changed since the last look is read before each one.
type columns struct {
	fresh sync.Mutex   // one refresh at a time
	begun atomic.Int64 // refreshes so far
	ended int64        // the last of them that read all there was; under fresh

	mu     sync.RWMutex // of what follows
	seen   int64        // position up to which changes are in
	more   bool         // there are more questions than maxColumns
	rowOf  map[int64]uint32
	orgs   dictionary
	org    []uint32
	change []int64 // updated_at
	fields []*column

	finding sync.Mutex // of finds
	finds   map[wanted]*find
}

// column is the values of one field, by row: one, or, of a list, any number.
type column struct {
	field Field
	dictionary
	one    []uint32
	many   []span // of listed
	listed []uint32
	gaps   int     // in listed
	kept   [][]int // how many questions have a value: by code of the organisation, which is the question's very own, and of the value
}

// span is a piece of a slice. A slice of its own for each row would take several times the memory to read.
type span struct{ at, length uint32 }

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
	c := &columns{rowOf: map[int64]uint32{}, finds: map[wanted]*find{}}
	for _, field := range fields {
		c.fields = append(c.fields, &column{field: field})
	}
	return c
}

// refreshSize is how many changed questions are read at a time.
const refreshSize = 20_000

// refresh reads what changed. Those who come while one is under way may have seen more than it will: they share the next one.
func (c *columns) refresh(ctx context.Context, db read.DB) error {
	before := c.begun.Load()
	c.fresh.Lock()
	defer c.fresh.Unlock()
	if c.ended > before {
		return nil
	}
	this := c.begun.Add(1)
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
			c.ended = this
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
			c.forget()
		}
		count++
		c.seen = changed
		row, known := c.rowOf[number]
		switch {
		case known:
			c.keep(row, -1)
		case len(c.org) == maxColumns:
			c.more = true
			return nil
		default:
			row = c.grow(number)
		}
		c.org[row], c.change[row] = c.orgs.code(org), updatedAt
		for i, value := range values {
			f := c.fields[i]
			f.one[row] = f.code(value)
		}
		for i, list := range [][]string{tags, points} {
			c.fields[len(single)+i].set(row, list)
		}
		c.keep(row, 1)
		return nil
	})
	return count, err
}

// grow makes the row of a question.
func (c *columns) grow(number int64) (row uint32) {
	row = uint32(len(c.org))
	c.rowOf[number] = row
	c.org, c.change = append(c.org, 0), append(c.change, 0)
	for i, f := range c.fields {
		if i < len(single) {
			f.one = append(f.one, 0)
		} else {
			f.many = append(f.many, span{})
		}
	}
	return row
}

// keep counts a row in, or out where by is -1.
func (c *columns) keep(row uint32, by int) {
	org := int(c.org[row])
	for _, f := range c.fields {
		for len(f.kept) <= org {
			f.kept = append(f.kept, nil)
		}
		f.kept[org] = append(f.kept[org], make([]int, len(f.values)-len(f.kept[org]))...)
		f.count(f.kept[org], []uint32{row}, by)
	}
}

func (c *column) set(row uint32, values []string) {
	s, length := c.many[row], uint32(len(values))
	if length > s.length { // it does not fit where the old ones stand
		c.gaps += int(s.length)
		s.at = uint32(len(c.listed))
		c.listed = append(c.listed, make([]uint32, length)...)
	} else {
		c.gaps += int(s.length - length)
	}
	s.length = length
	for i, value := range values {
		c.listed[int(s.at)+i] = c.code(value)
	}
	if c.many[row] = s; c.gaps > len(c.listed)/2 {
		c.pack()
	}
}

// pack closes the gaps.
func (c *column) pack() {
	packed := make([]uint32, 0, len(c.listed)-c.gaps)
	for row := range c.many {
		list := c.list(uint32(row))
		c.many[row].at = uint32(len(packed))
		packed = append(packed, list...)
	}
	c.listed, c.gaps = packed, 0
}

func (c *column) list(row uint32) []uint32 {
	s := c.many[row]
	return c.listed[s.at : s.at+s.length]
}

// count adds the values of rows to counts by code.
func (c *column) count(counts []int, rows []uint32, by int) {
	if c.many == nil {
		for _, row := range rows {
			counts[c.one[row]] += by
		}
		return
	}
	for _, row := range rows {
		for _, code := range c.list(row) {
			counts[code] += by
		}
	}
}

// rows are those of questions, by number; a question that is not there has none.
func (c *columns) rows(numbers []int64) []uint32 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	rows := make([]uint32, 0, len(numbers))
	for _, number := range numbers {
		if row, known := c.rowOf[number]; known {
			rows = append(rows, row)
		}
	}
	return rows
}
