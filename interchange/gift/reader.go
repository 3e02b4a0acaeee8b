package gift

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"qbank/domain/fault"
)

// Options bound what a reader takes. Zero fields have defaults.
type Options struct {
	MaxItemBytes int // of a block; 1 MiB. A larger one comes back as an item with the problem gift.too_large
	MaxAnswers   int // of an item; 500. More is the problem gift.too_many_answers
	MaxItems     int // of a file; 100,000. More end the reading with the fault gift.too_many_items
}

func (o Options) withDefaults() Options {
	if o.MaxItemBytes <= 0 {
		o.MaxItemBytes = 1 << 20
	}
	if o.MaxAnswers <= 0 {
		o.MaxAnswers = 500
	}
	if o.MaxItems <= 0 {
		o.MaxItems = 100_000
	}
	return o
}

// Reader reads items one at a time.
type Reader struct {
	src      *bufio.Reader
	opts     Options
	category string
	line     int // lines read
	items    int
	afterCR  bool      // the line before ended with CR: an LF now belongs to it
	waiting  *block    // what followed a $CATEGORY line without a blank one between
	carried  []Problem // of a $CATEGORY line, told with the next item
	err      error
}

// NewReader reads UTF-8, with or without a byte order mark; lines end with LF, CRLF or CR.
func NewReader(r io.Reader, o Options) *Reader {
	return &Reader{src: bufio.NewReaderSize(r, 64<<10), opts: o.withDefaults()}
}

// Next returns the next item. What is wrong with the item is in its Problems. The error is io.EOF after the last item,
// the fault gift.too_many_items, or what reading the source failed with, and then stays.
func (r *Reader) Next() (Item, error) {
	for r.err == nil {
		b, err := r.nextBlock()
		if err != nil {
			r.err = err
			break
		}
		if r.takeCategory(b) || b.silent() {
			continue
		}
		if r.items++; r.items > r.opts.MaxItems {
			r.err = fault.Refuse(fault.Limit, "gift.too_many_items", fault.Say(
				"the file has more than %d questions; split it", "文件中的题目超过 %d 道；请拆分文件", r.opts.MaxItems)).With("line", b.lines[0].number)
			break
		}
		item := b.parse(r.opts)
		item.Category = r.category
		item.Problems = append(r.carried, item.Problems...)
		r.carried = nil
		return item, nil
	}
	return Item{}, r.err
}

// takeCategory handles a block that is, or begins with, a $CATEGORY line.
func (r *Reader) takeCategory(b *block) bool {
	name, at, rest := b.category()
	if at < 0 {
		return false
	}
	name, wrong := clean(name)
	if wrong >= 0 {
		r.carried = append(r.carried, Problem{b.lines[at].number, 1, badBytes.code, Error, badBytes.message})
	}
	r.category = trim(decode(encode(name)))
	if rest != nil {
		r.carried = append(r.carried, Problem{rest.lines[0].number, 1, "gift.category", Warning, fault.Say(
			"this follows a $CATEGORY line without a blank line between; it is read as a question",
			"此处紧跟在 $CATEGORY 行之后，中间没有空行；已按题目读取")})
		r.waiting = rest
	}
	return true
}

// nextBlock reads up to the next blank line.
func (r *Reader) nextBlock() (*block, error) {
	if b := r.waiting; b != nil {
		r.waiting = nil
		return b, nil
	}
	b := &block{}
	for {
		r.finishCRLF(b)
		start := len(b.raw)
		blank, err := r.readLine(b)
		if errors.Is(err, io.EOF) && blank {
			if len(b.lines) == 0 {
				return nil, io.EOF
			}
			return b, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("gift: reading line %d: %w", r.line, err)
		}
		if !blank {
			b.add(line{number: r.line, start: start, end: len(b.raw)})
			continue
		}
		b.raw = b.raw[:start]
		if len(b.lines) > 0 {
			return b, nil
		}
	}
}

func (r *Reader) finishCRLF(b *block) {
	if !r.afterCR {
		return
	}
	r.afterCR = false
	if next, _ := r.src.Peek(1); string(next) == "\n" {
		b.keep(next, r.opts.MaxItemBytes)
		_, _ = r.src.Discard(1)
	}
}

// readLine appends the next line and its end to the block, as far as the block has room. The end of the file comes as
// io.EOF together with whether its last line was blank.
func (r *Reader) readLine(b *block) (blank bool, err error) {
	if r.line == 0 {
		if mark, _ := r.src.Peek(3); string(mark) == "\ufeff" {
			_, _ = r.src.Discard(3)
		}
	}
	r.line++
	blank = true
	for {
		if _, err = r.src.Peek(1); err != nil {
			return blank, err
		}
		chunk, _ := r.src.Peek(r.src.Buffered())
		end := bytes.IndexAny(chunk, "\r\n")
		if end >= 0 {
			r.afterCR = chunk[end] == '\r'
			chunk = chunk[:end+1]
		}
		blank = blank && len(bytes.Trim(chunk, spaces)) == 0
		b.keep(chunk, r.opts.MaxItemBytes)
		_, _ = r.src.Discard(len(chunk))
		if end >= 0 {
			return blank, nil
		}
	}
}

// block is the lines between two blank ones, as they came.
type block struct {
	raw   []byte
	lines []line // of raw
	last  int    // number of the block's last line
	full  bool   // what came after raw was let go
}

type line struct{ number, start, end int }

func (b *block) add(l line) {
	b.last = l.number
	if !b.full || len(b.lines) == 0 {
		b.lines = append(b.lines, l)
	}
}

func (b *block) keep(chunk []byte, most int) {
	if b.full || len(b.raw)+len(chunk) > most {
		// Lines without content are no reason to call a block too large.
		b.full = b.full || len(bytes.Trim(chunk, spaces)) > 0
		return
	}
	b.raw = append(b.raw, chunk...)
}

func (b *block) text(l line) string { return trim(string(b.raw[l.start:l.end])) }

func isComment(s string) bool { return len(s) >= 2 && s[:2] == "//" }

// silent reports whether the block holds comments alone.
func (b *block) silent() bool {
	for _, l := range b.lines {
		if !isComment(b.text(l)) {
			return false
		}
	}
	return !b.full
}

// category reads a block whose first line, but for comments, begins with $CATEGORY:. It returns the name as written, the
// index of the line (-1: there is none) and what follows it, if anything does.
func (b *block) category() (name string, at int, rest *block) {
	for i, l := range b.lines {
		s := b.text(l)
		if isComment(s) && !b.full {
			continue
		}
		name, found := strings.CutPrefix(s, "$CATEGORY:")
		if !found || b.full {
			break
		}
		rest = &block{raw: b.raw, lines: b.lines[i+1:], last: b.last}
		if rest.silent() {
			rest = nil
		}
		return name, i, rest
	}
	return "", -1, nil
}

// sum leaves out the blanks around the block, so that a question hashes the same at the end of a file.
func (b *block) sum() [sha256.Size]byte {
	return sha256.Sum256(bytes.Trim(b.raw[b.lines[0].start:b.lines[len(b.lines)-1].end], spaces))
}
