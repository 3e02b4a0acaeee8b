package compare

import (
	"slices"
	"strings"
)

// Op says what became of a span.
type Op string

// What becomes of a span.
const (
	Equal    Op = "equal"
	Deleted  Op = "deleted"
	Inserted Op = "inserted"
)

// Span is a piece of text that stayed, went or came.
type Span struct {
	Op   Op
	Text string
}

// effort bounds the steps of one comparison, of however many texts; each takes some nanoseconds.
const effort = 8_000_000

// words compares two texts word by word, each as of its format ("plain", "markdown", "html", "latex", "moodle"), with the effort that is left; equal texts
// have no spans.
func words(before, after, formatBefore, formatAfter string, left *int) []Span {
	if before == after {
		return nil
	}
	a, b := tokens(before, formatBefore), tokens(after, formatAfter)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var s script
	s.add(Equal, a[:head])
	s.edits(a[head:len(a)-tail], b[head:len(b)-tail], left)
	s.add(Equal, a[len(a)-tail:])
	return s.spans()
}

// script is what leads from one list of tokens to the other, in runs.
type script []run

type run struct {
	op     Op
	tokens []string
}

func (s *script) add(op Op, tokens []string) {
	if len(tokens) == 0 {
		return
	}
	if n := len(*s); n > 0 && (*s)[n-1].op == op {
		(*s)[n-1].tokens = slices.Concat((*s)[n-1].tokens, tokens)
		return
	}
	*s = append(*s, run{op, tokens})
}

// edits appends a shortest way from a to b, or all of a and then all of b where that takes too long to find.
func (s *script) edits(a, b []string, left *int) {
	ops, found := shortest(a, b, left)
	if !found {
		s.add(Deleted, a)
		s.add(Inserted, b)
		return
	}
	i, j := 0, 0
	for from := 0; from < len(ops); {
		to := from
		for to < len(ops) && ops[to] == ops[from] {
			to++
		}
		n := to - from
		switch ops[from] {
		case Inserted:
			s.add(Inserted, b[j:j+n])
			j += n
		case Deleted:
			s.add(Deleted, a[i:i+n])
			i += n
		default:
			s.add(Equal, a[i:i+n])
			i, j = i+n, j+n
		}
		from = to
	}
}

// spans writes the runs as people read them: between two places that stayed, first what went, then what came. White space that stayed
// alone amid changes counts as changed: a sentence that was written anew is not shown in shreds.
func (s script) spans() []Span {
	var out []Span
	var gone, come strings.Builder
	flush := func() {
		if gone.Len() > 0 {
			out = append(out, Span{Deleted, gone.String()})
		}
		if come.Len() > 0 {
			out = append(out, Span{Inserted, come.String()})
		}
		gone.Reset()
		come.Reset()
	}
	for i, r := range s {
		text := strings.Join(r.tokens, "")
		amid := i > 0 && i < len(s)-1
		switch {
		case r.op == Deleted:
			gone.WriteString(text)
		case r.op == Inserted:
			come.WriteString(text)
		case amid && gone.Len() > 0 && come.Len() > 0 && strings.TrimSpace(text) == "":
			gone.WriteString(text)
			come.WriteString(text)
		default:
			flush()
			out = append(out, Span{Equal, text})
		}
	}
	flush()
	return out
}
