package itemstats

import (
	"encoding/binary"
	"errors"
	"fmt"

	"qbank/domain/scoring"
)

// format is the first byte of an encoded tally.
const format = 1

// MarshalBinary writes the tally compactly. Tallies of the same vectors have the same bytes.
func (t *Tally) MarshalBinary() ([]byte, error) {
	out := binary.AppendUvarint([]byte{format}, uint64(len(t.items)))
	out = binary.AppendVarint(out, t.waiting)
	out = appendCells(out, t.totals)
	for i := range t.items {
		item := &t.items[i]
		for _, n := range item.states {
			out = binary.AppendVarint(out, n)
		}
		out = binary.AppendVarint(out, item.tries)
		out = appendCells(out, item.cells)
		out = appendCells(out, item.waiting)
		out = binary.AppendUvarint(out, uint64(len(item.options)))
		for _, o := range item.options {
			out = AppendOption(out, o.Option)
			out = binary.AppendVarint(out, o.n)
			out = binary.AppendVarint(out, o.complete)
			out = binary.AppendVarint(out, o.rest.hi)
			out = binary.AppendUvarint(out, o.rest.lo)
		}
	}
	return out, nil
}

// appendCells writes the distance of each cell from the one before: marks are large numbers, close to each other.
func appendCells(out []byte, c cells) []byte {
	out = binary.AppendUvarint(out, uint64(len(c)))
	var before cell
	for _, cell := range c {
		out = binary.AppendVarint(out, int64(cell.x-before.x))
		out = binary.AppendVarint(out, int64(cell.t-before.t))
		out = binary.AppendVarint(out, cell.n)
		before = cell
	}
	return out
}

// AppendOption writes an option for [Reader.Option].
func AppendOption(out []byte, o Option) []byte {
	right := uint64(0)
	if o.Right {
		right = 1
	}
	out = binary.AppendUvarint(out, uint64(len(o.Item))<<1|right)
	out = append(out, o.Item...)
	out = binary.AppendUvarint(out, uint64(len(o.Given)))
	return append(out, o.Given...)
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (t *Tally) UnmarshalBinary(data []byte) error {
	if len(data) == 0 || data[0] != format {
		return errors.New("itemstats: not a tally of a known format")
	}
	r := Reader{data: data[1:]}
	*t = *New(r.Len())
	t.waiting = r.Int()
	t.totals = r.cells()
	for i := range t.items {
		item := &t.items[i]
		for state := range item.states {
			item.states[state] = r.Int()
		}
		item.tries = r.Int()
		item.cells = r.cells()
		item.waiting = r.cells()
		item.options = make([]optionCount, r.Len())
		for o := range item.options {
			item.options[o] = optionCount{Option: r.Option(), n: r.Int(), complete: r.Int(), rest: sum{r.Int(), r.Uint()}}
		}
	}
	if err := r.End(); err != nil {
		return fmt.Errorf("itemstats: %w", err)
	}
	return nil
}

// Reader reads compact binary data. What is missing or damaged reads as zero, and End says so.
type Reader struct {
	data []byte
	bad  bool
}

// NewReader reads data.
func NewReader(data []byte) *Reader { return &Reader{data: data} }

// Uint reads what binary.AppendUvarint wrote.
func (r *Reader) Uint() uint64 {
	v, n := binary.Uvarint(r.data)
	r.skip(n)
	return v
}

// Int reads what binary.AppendVarint wrote.
func (r *Reader) Int() int64 {
	v, n := binary.Varint(r.data)
	r.skip(n)
	return v
}

func (r *Reader) skip(n int) {
	if n <= 0 {
		r.data, r.bad = nil, true
		return
	}
	r.data = r.data[n:]
}

// Len reads a number of things to come, each of which takes a byte at least.
func (r *Reader) Len() int {
	n := r.Uint()
	if n > uint64(len(r.data)) {
		r.data, r.bad = nil, true
		return 0
	}
	return int(n)
}

// Bytes reads that many bytes; they are part of the data.
func (r *Reader) Bytes(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.data, r.bad = nil, true
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

// Option reads what AppendOption wrote.
func (r *Reader) Option() Option {
	head := r.Uint()
	o := Option{Right: head&1 == 1}
	o.Item = string(r.Bytes(int(head >> 1)))
	o.Given = string(r.Bytes(r.Len()))
	return o
}

// End says whether all was read and nothing was missing.
func (r *Reader) End() error {
	if r.bad || len(r.data) > 0 {
		return errors.New("the data are damaged")
	}
	return nil
}

func (r *Reader) cells() cells {
	c := make(cells, r.Len())
	var before cell
	for i := range c {
		c[i] = cell{before.x + scoring.Mark(r.Int()), before.t + scoring.Mark(r.Int()), r.Int()}
		before = c[i]
	}
	return c
}
