package gift_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"qbank/domain/fault"
	"qbank/interchange/gift"
)

// Whatever is read without an error can be written, and what was written reads back equal.
func checkRoundTrip(t interface {
	Helper()
	Fatalf(string, ...any)
}, items []gift.Item) {
	t.Helper()
	var file bytes.Buffer
	w := gift.NewWriter(&file)
	var want []gift.Item
	for _, item := range items {
		if !item.OK() {
			continue
		}
		if err := w.Write(item); err != nil {
			t.Fatalf("%v\nitem %+v", err, item)
		}
		want = append(want, content(item))
	}
	r := gift.NewReader(&file, gift.Options{})
	for _, w := range want {
		got, err := r.Next()
		if err != nil {
			t.Fatalf("%v; want %+v", err, w)
		}
		// An empty text has the format it inherits, so compare as written again.
		one, err1 := gift.Format(w)
		two, err2 := gift.Format(got)
		if err1 != nil || err2 != nil || !bytes.Equal(one, two) || got.Category != w.Category {
			t.Fatalf("wrote\n%s\nread %+v\nwant %+v (%v, %v)", one, got, w, err1, err2)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Fatalf("after the last item: %v", err)
	}
}

func TestItemsReadBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(rapid.Custom(anItem), 1, 4).Draw(t, "items")
		var file bytes.Buffer
		w := gift.NewWriter(&file)
		for _, item := range items {
			if err := w.Write(item); err != nil {
				t.Fatalf("%v\n%+v", err, item)
			}
		}
		r := gift.NewReader(&file, gift.Options{})
		for _, want := range items {
			got, err := r.Next()
			if err != nil || !got.OK() {
				t.Fatalf("%v %+v", err, got.Problems)
			}
			if !reflect.DeepEqual(content(got), want) {
				t.Fatalf("got  %+v\nwant %+v", content(got), want)
			}
		}
	})
}

var (
	formats = rapid.SampledFrom([]gift.TextFormat{gift.Moodle, gift.HTML, gift.Plain, gift.Markdown})
	words   = rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", "题", " ", "\n", `\`, `\n`, ":", "::", "#", "####", "=", "~", "{", "}", "%50%", "%", "[html]", "[", "]", "//", "$CATEGORY:", "T", "…", "\u3000",
		}), 1, 8).Draw(t, "parts")
		return strings.TrimSpace("x" + strings.Join(parts, ""))[1:] + "."
	})
	fractions = rapid.SampledFrom([]gift.Fraction{gift.Full, 0, gift.Full / 2, 3_333_333, -gift.Full, 1_234_567, -4_200_007})
)

func anItem(t *rapid.T) gift.Item {
	stem := gift.Text{Format: formats.Draw(t, "format"), Text: strings.TrimLeft(words.Draw(t, "stem"), " \n")}
	none := gift.Text{Format: stem.Format}
	text := func(name string) gift.Text {
		if rapid.Bool().Draw(t, "no "+name) {
			return none
		}
		return gift.Text{Format: formats.Draw(t, "format"), Text: strings.TrimSpace(words.Draw(t, name))}
	}
	i := gift.Item{
		Category: rapid.SampledFrom([]string{"", "a/b", `odd \: {~}`}).Draw(t, "category"),
		ID:       rapid.SampledFrom([]string{"", "q-1", "a]b", `a\`, "[id:x"}).Draw(t, "id"),
		Tags:     rapid.SliceOfN(rapid.SampledFrom([]string{"易", "a]", `b\`, "two words"}), 1, 3).Draw(t, "tags"),
		Comment:  rapid.SampledFrom([]string{"", "score=1", "one\ntwo // three"}).Draw(t, "comment"),
		Title:    strings.TrimSpace(words.Draw(t, "title")),
		Stem:     stem, GeneralFeedback: none,
		Kind: rapid.SampledFrom([]gift.Kind{
			gift.Description, gift.Essay, gift.TrueFalse, gift.SingleChoice, gift.MultipleChoice, gift.ShortAnswer, gift.Matching, gift.Numeric,
		}).Draw(t, "kind"),
	}
	if i.Kind == gift.Description {
		return i
	}
	i.GeneralFeedback = text("general feedback")
	if i.MissingWord = rapid.Bool().Draw(t, "missing word"); i.MissingWord {
		i.Tail = words.Draw(t, "tail")
	}
	for range rapid.IntRange(2, 5).Draw(t, "answers") {
		a := gift.Answer{Text: none, Feedback: text("feedback"), Fraction: fractions.Draw(t, "fraction")}
		a.Correct = a.Fraction == gift.Full
		switch i.Kind {
		case gift.SingleChoice, gift.ShortAnswer:
			a.Text = text("answer")
		case gift.MultipleChoice:
			a.Text, a.Correct = text("answer"), a.Fraction > 0
		case gift.Matching:
			a.Feedback, a.Fraction, a.Correct = none, gift.Full, true
			a.Pair = &gift.Pair{Left: text("left"), Right: strings.TrimSpace(words.Draw(t, "right") + "->")}
		case gift.Numeric:
			a.Number = rapid.SampledFrom([]*gift.Number{{Any: true}, {Value: "-3.50"}, {Value: "1e3", Tolerance: "0"}, {Min: "-5", Max: "-3."}}).Draw(t, "number")
		}
		i.Answers = append(i.Answers, a)
	}
	switch i.Kind {
	case gift.Essay:
		i.Answers = nil
	case gift.SingleChoice:
		i.Answers[0].Fraction, i.Answers[0].Correct = gift.Full, true
		i.Answers[1].Fraction, i.Answers[1].Correct = 0, false
	case gift.TrueFalse:
		yes := rapid.Bool().Draw(t, "yes")
		i.Answers = []gift.Answer{
			{Text: gift.Text{Format: gift.Plain, Text: "TRUE"}, Correct: yes, Feedback: i.Answers[0].Feedback},
			{Text: gift.Text{Format: gift.Plain, Text: "FALSE"}, Correct: !yes, Feedback: i.Answers[1].Feedback},
		}
		for n := range i.Answers {
			if i.Answers[n].Correct {
				i.Answers[n].Fraction = gift.Full
			}
		}
	}
	return i
}

func TestWhatGIFTCannotSayIsRefused(t *testing.T) {
	t.Parallel()
	text := func(s string) gift.Text { return gift.Text{Format: gift.Moodle, Text: s} }
	for name, item := range map[string]gift.Item{
		"an arrow among short answers": {Kind: gift.ShortAnswer, Stem: text("?"), Answers: []gift.Answer{
			{Text: text("a->b"), Fraction: gift.Full, Correct: true}, {Text: text("c"), Fraction: gift.Full, Correct: true}}},
		"a tag with a bracket that Moodle forbids": {Kind: gift.Description, Stem: text("?"), Tags: []string{"a<b"}},
		"a weight that Moodle rounds":              {Kind: gift.Numeric, Stem: text("?"), Answers: []gift.Answer{{Fraction: 3_333_300, Number: &gift.Number{Value: "1"}}}},
		"no kind":                                  {Stem: text("?")},
		"nothing":                                  {Kind: gift.Description},
		"a NUL":                                    {Kind: gift.Description, Stem: text("a\x00b")},
	} {
		if out, err := gift.Format(item); !fault.Is(err, "gift.unwritable") {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
	if err := gift.NewWriter(io.Discard).Write(gift.Item{Category: " a ", Kind: gift.Description, Stem: text("?")}); !fault.Is(err, "gift.unwritable") {
		t.Errorf("a category with blanks around: %v", err)
	}
}

func TestReadingDoesNotDependOnHowBytesArrive(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.gift")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		whole := readAll(t, bytes.NewReader(text))
		if bytewise := readAll(t, iotest.OneByteReader(bytes.NewReader(text))); !reflect.DeepEqual(whole, bytewise) {
			t.Errorf("%s reads differently byte by byte", file)
		}
		checkRoundTrip(t, whole)
	}
}

func TestLineEndsAtTheEdgeOfTheBuffer(t *testing.T) {
	t.Parallel()
	for pad := 64<<10 - 3; pad < 64<<10+3; pad++ {
		file := strings.Repeat("x", pad) + "\r\n{T}\r\n\r\nnext{F}"
		items := readAll(t, strings.NewReader(file))
		if len(items) != 2 || items[0].Kind != gift.TrueFalse || items[0].LastLine != 2 || items[1].FirstLine != 4 {
			t.Fatalf("pad %d: %d items, %+v", pad, len(items), items[0].Problems)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	codes := func(o gift.Options, file string) (codes []string, end error) {
		r := gift.NewReader(strings.NewReader(file), o)
		for {
			item, err := r.Next()
			if err != nil {
				return codes, err
			}
			code := "ok"
			if !item.OK() {
				code = item.Problems[0].Code
			}
			codes = append(codes, code)
		}
	}
	for _, c := range []struct {
		name    string
		options gift.Options
		file    string
		want    []string
		code    string // of the fault at the end
	}{
		{"a large item", gift.Options{MaxItemBytes: 100}, "a{T}\n\n" + strings.Repeat("long\n", 50) + "\nb{T}", []string{"ok", "gift.too_large", "ok"}, ""},
		{"one long line", gift.Options{MaxItemBytes: 100}, strings.Repeat("long ", 100000) + "{T}\n\nb{T}", []string{"gift.too_large", "ok"}, ""},
		{"a long category", gift.Options{MaxItemBytes: 100}, "$CATEGORY: " + strings.Repeat("a/", 100) + "\n\nb{T}", []string{"gift.too_large", "ok"}, ""},
		{"many blank lines", gift.Options{MaxItemBytes: 100}, strings.Repeat(" \n", 5000) + "b{T}" + strings.Repeat(" \n", 5000), []string{"ok"}, ""},
		{"just small enough", gift.Options{MaxItemBytes: 5}, "a{T}\n\nb{T}\n", []string{"ok", "ok"}, ""},
		{"many answers", gift.Options{}, "a{=a" + strings.Repeat("~b", 500) + "}\n\nb{=a" + strings.Repeat("~b", 499) + "}", []string{"gift.too_many_answers", "ok"}, ""},
		{"many items", gift.Options{MaxItems: 2}, "a{T}\n\nb{T}\n\n// a comment\n\nc{T}", []string{"ok", "ok"}, "gift.too_many_items"},
	} {
		got, end := codes(c.options, c.file)
		if !reflect.DeepEqual(got, c.want) || (c.code == "" && end != io.EOF) || (c.code != "" && !fault.Is(end, c.code)) { //nolint:errorlint // the end is io.EOF itself
			t.Errorf("%s: %v, then %v; want %v, then %q", c.name, got, end, c.want, c.code)
		}
	}
}

func TestASourceThatFailsIsNoEnd(t *testing.T) {
	t.Parallel()
	r := gift.NewReader(io.MultiReader(strings.NewReader("a{T}\n\nb{"), iotest.ErrReader(io.ErrUnexpectedEOF)), gift.Options{})
	if item, err := r.Next(); err != nil || !item.OK() {
		t.Fatal(item, err)
	}
	for range 2 {
		if _, err := r.Next(); err == nil || err == io.EOF {
			t.Fatal("want the source's error, got", err)
		}
	}
}

func TestCategoryPath(t *testing.T) {
	t.Parallel()
	for category, want := range map[string][]string{
		"":                                  nil,
		"gaokao/Math":                       {"gaokao", "Math"},
		"$course$/top/Default for A / Sets": {"Default for A", "Sets"},
		"in//out/b":                         {"in/out", "b"},
		"a/top":                             {"a", "top"},
	} {
		if got := gift.CategoryPath(category); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q; want %q", category, got, want)
		}
	}
}

func FuzzReader(f *testing.F) {
	files, err := filepath.Glob("testdata/*.gift")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("{#1e999..2}\n\n{->}\n\n{a->b#->}\n\n$CATEGORY: \xf8\n::::{#*:1~}\\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r := gift.NewReader(bytes.NewReader(file), gift.Options{MaxItemBytes: 4096, MaxAnswers: 50, MaxItems: 100})
		lines := bytes.Count(file, []byte("\n")) + bytes.Count(file, []byte("\r")) + 1
		var items []gift.Item
		for {
			item, err := r.Next()
			if err != nil {
				break
			}
			if item.FirstLine < 1 || item.LastLine < item.FirstLine || item.LastLine > lines || len(item.Answers) > 50 {
				t.Fatalf("lines %d to %d of %d, %d answers", item.FirstLine, item.LastLine, lines, len(item.Answers))
			}
			for _, p := range item.Problems {
				if p.Line > item.LastLine || p.Column < 1 || p.Column > len(file)+1 || p.Message.EN == "" || p.Message.ZH == "" {
					t.Fatalf("%+v in lines %d to %d", p, item.FirstLine, item.LastLine)
				}
			}
			items = append(items, item)
		}
		checkRoundTrip(t, items)
	})
}
