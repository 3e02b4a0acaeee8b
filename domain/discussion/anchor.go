package discussion

import (
	"strings"
	"unicode/utf8"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// maxQuote bounds a quote, characters.
const maxQuote = 500

// Anchor is the place that a thread hangs on, as it was seen. The document is a question's content or a lesson's plan.
type Anchor struct {
	Path     []string     `json:"path"`            // members by name, items as "#id", as far as they have ids; none is the whole
	Pointer  string       `json:"pointer"`         // JSON Pointer into the document that was seen
	Revision int          `json:"revision"`        // of the subject
	Hash     content.Hash `json:"hash"`            // of the document that was seen
	Value    content.Hash `json:"value"`           // of what Path led to
	Range    *Range       `json:"range,omitempty"` // of a text: the part that is meant
	Quote    string       `json:"quote,omitempty"` // that part
}

// Range is a part of a text, in characters (code points), without the one at End.
type Range struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// NewAnchor hangs something on a place of the document of a revision, or on a part of a text there.
func NewAnchor(document any, revision int, pointer string, part *Range) (Anchor, error) {
	a := Anchor{Pointer: pointer, Revision: revision, Hash: content.HashOf(document), Range: part}
	value, there := content.At(document, pointer)
	if !there || pointer != "" && pointer[0] != '/' {
		return a, badAnchor("/pointer", fault.Say("there is nothing at this pointer in the revision you saw", "在您所看到的修订中，该指针处没有内容"))
	}
	for at := pointer; ; at = at[:strings.LastIndexByte(at, '/')] { // up to where ids lead
		path, followed := content.Path(document, at)
		if followed {
			a.Path = path
			_, held, _ := content.Locate(document, path)
			a.Value = content.HashOf(held)
			break
		}
	}
	if part == nil {
		return a, nil
	}
	text, isText := value.(string)
	if !isText || part.Start < 0 || part.End <= part.Start || part.End > utf8.RuneCountInString(text) || part.End-part.Start > maxQuote {
		return a, badAnchor("/range", fault.Say("a range is 1 to %d characters of the text that the pointer leads to", "范围应为指针所指文本中的 1 到 %d 个字符", maxQuote))
	}
	a.Quote = string([]rune(text)[part.Start:part.End])
	return a, nil
}

func badAnchor(at string, message fault.Text) error {
	return fault.Refuse(fault.Invalid, "discussion.anchor", fault.Say("the comment cannot be put there", "无法在该处添加评论"),
		fault.Problem{Pointer: at, Code: "anchor", Message: message})
}

// State says how an anchor's place does by now.
type State string

// How an anchor's place does.
const (
	Current  State = "current"  // as it was seen, perhaps elsewhere
	Outdated State = "outdated" // still there, and changed
	Gone     State = "gone"
)

// Standing is where an anchor's place is by now.
type Standing struct {
	State   State
	Pointer string // JSON Pointer into the document as it is; "" where it is gone
	Range   *Range // where the quoted part stands now; nil where there was none, or it is no longer there
}

// Standing finds an anchor's place in the document as it is, whose hash is given.
func (a Anchor) Standing(document any, hash content.Hash) Standing {
	if hash == a.Hash {
		return Standing{Current, a.Pointer, a.Range}
	}
	pointer, value, there := content.Locate(document, a.Path)
	if !there {
		return Standing{State: Gone}
	}
	if content.HashOf(value) == a.Value {
		return Standing{Current, pointer + content.Pointer(content.Tokens(a.Pointer)[len(a.Path):]...), a.Range}
	}
	s := Standing{State: Outdated, Pointer: pointer}
	if text, isText := value.(string); isText && a.Range != nil {
		s.Range = nearest(text, a.Quote, a.Range.Start)
	}
	return s
}

// nearest finds the quote in a text, where it stands several times the one that is nearest to where it was.
func nearest(text, quote string, start int) *Range {
	var best *Range
	length, at := utf8.RuneCountInString(quote), 0
	for {
		i := strings.Index(text, quote)
		if i < 0 {
			return best
		}
		at += utf8.RuneCountInString(text[:i])
		if best != nil && distance(at, start) >= distance(best.Start, start) {
			return best
		}
		best = &Range{at, at + length}
		_, size := utf8.DecodeRuneInString(text[i:])
		at, text = at+1, text[i+size:]
	}
}

func distance(a, b int) int { return max(a-b, b-a) }
