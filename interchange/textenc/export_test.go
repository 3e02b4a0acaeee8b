package textenc

import (
	"bufio"
	"io"
)

// NewReaderFor reads the encoding that somebody named, past its byte order mark if there is one. An unknown name is
// the fault textenc.unknown.
func NewReaderFor(src io.Reader, name Name) (*Reader, error) {
	c, err := codecOf(name)
	if err != nil {
		return nil, err
	}
	r := &Reader{src: bufio.NewReaderSize(src, Window)}
	mark, _ := r.src.Peek(len(c.mark))
	return r, r.settle(Choice{Name: name, BOM: c.mark != "" && string(mark) == c.mark})
}
