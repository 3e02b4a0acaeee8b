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
			out = appendOption(out, o.Option)
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

func appendOption(out []byte, o Option) []byte {
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
	r := reader{data: data[1:]}
	*t = *New(r.len())
	t.waiting = r.int()
	t.totals = r.cells()
	for i := range t.items {
		item := &t.items[i]
		for state := range item.states {
			item.states[state] = r.int()
		}
		item.tries = r.int()
		item.cells = r.cells()
		item.waiting = r.cells()
		item.options = make([]optionCount, r.len())
		for o := range item.options {
			item.options[o] = optionCount{Option: r.option(), n: r.int(), complete: r.int(), rest: sum{r.int(), r.uint()}}
		}
	}
	if err := r.end(); err != nil {
		return fmt.Errorf("itemstats: %w", err)
	}
	return nil
}

// AppendBinary writes the attempt compactly. Equal attempts have equal bytes.
func (v Vector) AppendBinary(out []byte) ([]byte, error) {
	out = binary.AppendUvarint(out, uint64(len(v)))
	for _, r := range v {
		out = binary.AppendUvarint(out, uint64(len(r.Chosen))<<3|uint64(r.State))
		if r.State == NotReached || r.State == Omitted {
			continue
		}
		out = binary.AppendUvarint(out, uint64(r.Tries))
		out = binary.AppendVarint(out, int64(r.Mark))
		for _, o := range r.Chosen {
			out = appendOption(out, o)
		}
	}
	return out, nil
}

// UnmarshalBinary reads what AppendBinary wrote.
func (v *Vector) UnmarshalBinary(data []byte) error {
	r := reader{data: data}
	*v = make(Vector, r.len())
	for i := range *v {
		head := r.uint()
		response := Response{State: State(head & 7)}
		if response.State > Unscored {
			r.bad = true
		}
		if response.State >= Marked {
			response.Tries, response.Mark = int(r.uint()), scoring.Mark(r.int())
			if n := head >> 3; n > uint64(len(r.data)) {
				r.bad = true
			} else if n > 0 {
				response.Chosen = make([]Option, n)
			}
			for o := range response.Chosen {
				response.Chosen[o] = r.option()
			}
		}
		(*v)[i] = response
	}
	if err := r.end(); err != nil {
		return fmt.Errorf("itemstats: %w", err)
	}
	return nil
}

// reader reads compact binary data. What is missing or damaged reads as zero, and end says so.
type reader struct {
	data []byte
	bad  bool
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.data)
	r.skip(n)
	return v
}

// int reads what binary.AppendVarint wrote.
func (r *reader) int() int64 {
	v, n := binary.Varint(r.data)
	r.skip(n)
	return v
}

func (r *reader) skip(n int) {
	if n <= 0 {
		r.data, r.bad = nil, true
		return
	}
	r.data = r.data[n:]
}

// len reads a number of things to come, each of which takes a byte at least.
func (r *reader) len() int {
	n := r.uint()
	if n > uint64(len(r.data)) {
		r.data, r.bad = nil, true
		return 0
	}
	return int(n)
}

// bytes reads that many bytes; they are part of the data.
func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.data, r.bad = nil, true
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

// option reads what appendOption wrote.
func (r *reader) option() Option {
	head := r.uint()
	o := Option{Right: head&1 == 1}
	o.Item = string(r.bytes(int(head >> 1)))
	o.Given = string(r.bytes(r.len()))
	return o
}

// end says whether all was read and nothing was missing.
func (r *reader) end() error {
	if r.bad || len(r.data) > 0 {
		return errors.New("the data are damaged")
	}
	return nil
}

func (r *reader) cells() cells {
	c := make(cells, r.len())
	var before cell
	for i := range c {
		c[i] = cell{before.x + scoring.Mark(r.int()), before.t + scoring.Mark(r.int()), r.int()}
		before = c[i]
	}
	return c
}
