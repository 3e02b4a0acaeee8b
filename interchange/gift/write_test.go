package gift

import (
	"crypto/sha256"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"qbank/domain/fault"
)

// Writer writes items with blank lines between, and a $CATEGORY line wherever the category changes.
type Writer struct {
	w        io.Writer
	category string
}

// NewWriter returns a Writer in no category.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes one item. Its error is the fault gift.unwritable, after which the file is still good, or what the
// destination failed with.
func (w *Writer) Write(i Item) error {
	text, err := Format(i)
	if err != nil {
		return err
	}
	if i.Category != w.category {
		line := categoryLine(i.Category)
		if r := NewReader(strings.NewReader(line+"\n?"), Options{}); !inCategory(r, i.Category) {
			return unwritable("the category %q does not read back the same", "分类 %q 写出后无法原样读回", shorten(i.Category))
		}
		text = slices.Concat([]byte(line+"\n"), text)
		w.category = i.Category
	}
	if _, err := w.w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("gift: %w", err)
	}
	return nil
}

func categoryLine(name string) string {
	return "$CATEGORY: " + strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(name) + "\n"
}

func inCategory(r *Reader, name string) bool {
	item, err := r.Next()
	return err == nil && item.OK() && item.Category == name
}

// Format writes an item as GIFT, without its category and ending with a newline. Texts are trimmed and CRLF becomes LF.
// GIFT cannot say everything: an item that would not read back equal is refused as gift.unwritable. Two short answers with ->
// in them are such a case.
func Format(i Item) ([]byte, error) {
	i = normal(i)
	var b strings.Builder
	writeComment(&b, i)
	if i.Title != "" {
		b.WriteString("::" + escape(i.Title) + "::")
	}
	b.WriteString(stemPrefix(i) + escape(i.Stem.Text))
	if i.Kind != Description {
		b.WriteString(answers(i))
	}
	if i.MissingWord {
		if i.Tail == "" {
			b.WriteString(`\n`) // something must follow for the answers to stand inside
		}
		b.WriteString(escape(i.Tail))
	}
	b.WriteByte('\n')
	out := b.String()
	if !readsBack(out, i) {
		return nil, unwritable("question %q says something that GIFT has no words for", "题目 %q 含有 GIFT 无法表达的内容", shorten(i.Title+" "+i.Stem.Text))
	}
	return []byte(out), nil
}

func unwritable(en, zh string, args ...any) error {
	return fault.Refuse(fault.Invalid, "gift.unwritable", fault.Say(en, zh, args...))
}

func readsBack(text string, want Item) bool {
	r := NewReader(strings.NewReader(text), Options{MaxItemBytes: len(text) + 1, MaxAnswers: len(want.Answers) + 1})
	got, err := r.Next()
	if err != nil || !got.OK() {
		return false
	}
	if _, err := r.Next(); err != io.EOF {
		return false
	}
	got.Category, want.Category = "", ""
	return reflect.DeepEqual(normal(got), want)
}

// normal is an item as it reads back: texts trimmed, an empty text in the format it would inherit, no traces of a file.
func normal(i Item) Item {
	i.FirstLine, i.LastLine, i.SHA256, i.Problems = 0, 0, [sha256.Size]byte{}, nil
	clean := func(s string) string { return trim(strings.ReplaceAll(s, "\r\n", "\n")) }
	text := func(t Text) Text {
		t.Text = clean(t.Text)
		if t.Text == "" || t.Format == "" {
			t.Format = i.Stem.Format
		}
		return t
	}
	if i.Stem.Format == "" {
		i.Stem.Format = Moodle
	}
	i.Title, i.Comment = clean(i.Title), clean(i.Comment)
	if len(i.Tags) == 0 {
		i.Tags = nil
	}
	if i.MissingWord {
		i.Stem.Text, i.Tail = strings.TrimLeft(i.Stem.Text, spaces), strings.TrimRight(i.Tail, spaces)
	} else {
		i.Stem.Text = clean(i.Stem.Text)
	}
	i.GeneralFeedback = text(i.GeneralFeedback)
	var answers []Answer
	for _, a := range i.Answers {
		if i.Kind != TrueFalse {
			a.Text = text(a.Text)
		}
		a.Feedback = text(a.Feedback)
		if a.Pair != nil {
			a.Pair = &Pair{Left: text(a.Pair.Left), Right: clean(a.Pair.Right)}
		}
		answers = append(answers, a)
	}
	i.Answers = answers
	return i
}

var escaper = strings.NewReplacer(`\`, `\\`, ":", `\:`, "#", `\#`, "=", `\=`, "{", `\{`, "}", `\}`, "~", `\~`, "\n", `\n`)

func escape(s string) string { return escaper.Replace(s) }

// prefixed writes a text with its format where it is not the inherited one, or where the text looks like one.
func prefixed(t Text, inherited TextFormat) string {
	if _, n := formatPrefix(t.Text); n > 0 || t.Format != inherited {
		return "[" + string(t.Format) + "]" + escape(t.Text)
	}
	return escape(t.Text)
}

// stemPrefix is the stem's format where it must be said; it also keeps a stem from being taken for a comment.
func stemPrefix(i Item) string {
	_, n := formatPrefix(i.Stem.Text)
	if n > 0 || i.Stem.Format != Moodle || i.Title == "" && isComment(i.Stem.Text) {
		return "[" + string(i.Stem.Format) + "]"
	}
	return ""
}

// answers writes the block in braces.
func answers(i Item) string {
	inherited := i.Stem.Format
	feedback := func(t Text) string {
		if t.Text == "" {
			return ""
		}
		return "#" + prefixed(t, inherited)
	}
	var lines []string
	for _, a := range i.Answers {
		switch i.Kind {
		case SingleChoice, MultipleChoice:
			mark := "~%" + a.Fraction.String() + "%"
			if a.Fraction == Full && i.Kind == SingleChoice {
				mark = "="
			} else if _, _, found := weight(a.Text.Text); a.Fraction == 0 && !found {
				mark = "~"
			}
			lines = append(lines, mark+prefixed(a.Text, inherited)+feedback(a.Feedback))
		case ShortAnswer:
			lines = append(lines, "=%"+a.Fraction.String()+"%"+prefixed(a.Text, inherited)+feedback(a.Feedback))
		case Matching:
			if a.Pair != nil {
				lines = append(lines, "="+prefixed(a.Pair.Left, inherited)+" -> "+escape(a.Pair.Right))
			}
		case Numeric:
			if a.Number != nil {
				lines = append(lines, "=%"+a.Fraction.String()+"%"+a.Number.String()+feedback(a.Feedback))
			}
		}
	}
	if i.Kind == ShortAnswer && len(lines) == 1 && strings.Contains(lines[0], "->") {
		lines[0] = lines[0][1:] // with = it would be a pair
	}
	general := ""
	if i.GeneralFeedback.Text != "" {
		general = "####" + prefixed(i.GeneralFeedback, inherited)
	}
	switch i.Kind {
	case Essay:
		return "{" + general + "}"
	case TrueFalse:
		return "{" + verdict(i, inherited) + general + "}"
	}
	var b strings.Builder
	b.WriteByte('{')
	if i.Kind == Numeric {
		b.WriteByte('#')
	}
	b.WriteByte('\n')
	for _, l := range append(lines, general) {
		if l != "" {
			b.WriteString("\t" + l + "\n")
		}
	}
	b.WriteByte('}')
	return b.String()
}

// verdict writes T or F, the feedback to the wrong answer and that to the right one.
func verdict(i Item, inherited TextFormat) string {
	var word, wrong, right string
	for _, a := range i.Answers {
		if a.Correct {
			word, right = a.Text.Text, prefixed(a.Feedback, inherited)
		} else {
			wrong = prefixed(a.Feedback, inherited)
		}
	}
	switch {
	case right != "":
		return word + "#" + wrong + "#" + right
	case wrong != "":
		return word + "#" + wrong
	}
	return word
}

// String writes the number as GIFT does: "3.14:0.01", "3.1..3.2" or "*".
func (n Number) String() string {
	switch {
	case n.Any:
		return "*"
	case n.Min != "" || n.Max != "":
		return n.Min + ".." + n.Max
	case n.Tolerance != "":
		return n.Value + ":" + n.Tolerance
	}
	return n.Value
}

// writeComment is the inverse of readComment.
func writeComment(b *strings.Builder, i Item) {
	var line []string
	flush := func() {
		if len(line) > 0 {
			b.WriteString("// " + strings.Join(line, " ") + "\n")
			line = nil
		}
	}
	token := func(name, value string) {
		line = append(line, "["+name+":"+strings.ReplaceAll(value, "]", `\]`)+"]")
		if strings.HasSuffix(value, `\`) {
			flush() // or the bracket, escaped by accident, would end at the next token's
		}
	}
	if i.ID != "" {
		token("id", i.ID)
	}
	for _, tag := range i.Tags {
		token("tag", tag)
	}
	if i.Comment != "" {
		line = append(line, strings.ReplaceAll(i.Comment, "\n", "\n// "))
	}
	flush()
}
