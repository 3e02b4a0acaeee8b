package textenc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"qbank/domain/fault"
)

// chunk is how many bytes are decoded at a time.
const chunk = 16 << 10

// Reader reads UTF-8 from a source in another encoding.
type Reader struct {
	src    *bufio.Reader
	codec  codec
	choice Choice
	ascii  bool   // so far nothing but ASCII: the choice is open
	offset int64  // of what src gives next
	ready  []byte // decoded, not yet read
	err    error
}

// NewReader sniffs the source, reading at most Window bytes ahead. Its error is what reading the source failed with.
func NewReader(src io.Reader) (*Reader, error) {
	r := &Reader{src: bufio.NewReaderSize(src, Window)}
	head, err := r.src.Peek(Window)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("textenc: %w", err)
	}
	// What is ASCII for long says nothing; sniffing then waits for the rest.
	if r.ascii = err == nil && plain(head) > Window/2; r.ascii {
		r.choice = Choice{Name: UTF8}
		return r, nil
	}
	return r, r.settle(Detect(head, err != nil))
}

// Choice returns the encoding. As long as all that was read is ASCII, it is UTF-8 and may still change.
func (r *Reader) Choice() Choice { return r.choice }

func (r *Reader) settle(choice Choice) error {
	c, err := codecOf(choice.Name)
	if err != nil {
		return err
	}
	r.ascii, r.choice, r.codec = false, choice, c
	if choice.BOM {
		r.skip(len(c.mark))
	}
	return nil
}

// Read gives UTF-8. Where a byte is invalid, it gives what stands before, and then the fault textenc.bytes.
func (r *Reader) Read(p []byte) (int, error) {
	for len(r.ready) == 0 && r.err == nil {
		r.fill()
	}
	if len(r.ready) == 0 {
		return 0, r.err
	}
	n := copy(p, r.ready)
	r.ready = r.ready[n:]
	return n, nil
}

func (r *Reader) fill() {
	if r.ascii {
		r.passASCII()
		return
	}
	src, err := r.src.Peek(chunk)
	if len(src) == 0 || err != nil && !errors.Is(err, io.EOF) {
		r.stop(err)
		return
	}
	text, used, bad := r.codec.decode(src, err != nil)
	r.ready = text
	if bad >= 0 {
		at := r.offset + int64(bad)
		r.err = fault.Refuse(fault.Invalid, "textenc.bytes", fault.Say(
			"byte %d of the file is not text in %s; save the file as UTF-8", "文件第 %d 字节不是 %s 文本；请将文件另存为 UTF-8", at, string(r.choice.Name))).
			With("offset", at).With("encoding", string(r.choice.Name))
		return
	}
	r.skip(used)
}

// passASCII hands on what all encodings but UTF-16 agree about, and sniffs where that ends.
func (r *Reader) passASCII() {
	head, err := r.src.Peek(Window)
	if err != nil && !errors.Is(err, io.EOF) {
		r.stop(err)
		return
	}
	if len(head) == 0 {
		r.stop(io.EOF)
		return
	}
	n := plain(head)
	if n == 0 {
		r.err = r.settle(choose(head, err != nil, bytewise)) // too late for a mark or UTF-16
		return
	}
	r.ready = append([]byte(nil), head[:n]...)
	r.skip(n)
}

func (r *Reader) stop(err error) {
	if r.err = io.EOF; err != nil && !errors.Is(err, io.EOF) {
		r.err = fmt.Errorf("textenc: at byte %d: %w", r.offset, err)
	}
}

func (r *Reader) skip(n int) {
	m, _ := r.src.Discard(n)
	r.offset += int64(m)
}

// plain returns how many bytes of ASCII, without NUL, b begins with.
func plain(b []byte) int {
	for i, c := range b {
		if c == 0 || c >= utf8.RuneSelf {
			return i
		}
	}
	return len(b)
}
