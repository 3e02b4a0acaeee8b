package compare_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/content/compare"
)

// shown writes spans as people would mark them: [-gone-]{+come+}.
func shown(spans []compare.Span) string {
	var b strings.Builder
	for _, s := range spans {
		switch s.Op {
		case compare.Deleted:
			b.WriteString("[-" + s.Text + "-]")
		case compare.Inserted:
			b.WriteString("{+" + s.Text + "+}")
		default:
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func TestWordsAreComparedAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, format, before, after, want string }{
		{"a word", "plain", "The quick fox", "The slow fox", "The [-quick-]{+slow+} fox"},
		{"a number is one", "plain", "It is 3.14 m", "It is 3.15 m", "It is [-3.14-]{+3.15+} m"},
		{"an apostrophe is in a word", "plain", "It's so", "It was so", "[-It's-]{+It was+} so"},
		{"Chinese by character", "plain", "下列说法正确的是", "下列说法错误的是", "下列说法[-正确-]{+错误+}的是"},
		{"a tag is one", "html", "<p>a</p>", `<p class="x">a</p>`, `[-<p>-]{+<p class="x">+}a</p>`},
		{"a comment is one", "html", "a<!-- 1 > 0 -->", "a<!-- 2 > 0 -->", "a[-<!-- 1 > 0 -->-]{+<!-- 2 > 0 -->+}"},
		{"an entity is one", "html", "1 &lt; 2", "1 &gt; 2", "1 [-&lt;-]{+&gt;+} 2"},
		{"no tags in plain text", "plain", "a <b c", "a <b d", "a <b [-c-]{+d+}"},
		{"less is no tag", "html", "a < b", "a < c", "a < [-b-]{+c+}"},
		{"a command is one", "latex", `\frac{1}{2}`, `\dfrac{1}{2}`, `[-\frac-]{+\dfrac+}{1}{2}`},
		{"an escaped sign is one", "latex", `\{x\}`, `\[x\]`, `[-\{-]{+\[+}x[-\}-]{+\]+}`},
		{"a formula in markdown", "markdown", `若 $\alpha=1$`, `若 $\beta=1$`, `若 $[-\alpha-]{+\beta+}=1$`},
		{"spaces alone are not what stayed", "plain", "one two three", "four five three", "[-one two-]{+four five+} three"},
		{"something at the end", "plain", "a", "a b", "a{+ b+}"},
		{"from nothing", "plain", "", "new", "{+new+}"},
		{"to nothing", "plain", "old", "", "[-old-]"},
		{"the same", "plain", "same", "same", ""},
		{"a family is one", "plain", "👩‍👩‍👧 a", "👩 a", "[-👩‍👩‍👧-]{+👩+} a"},
		{"an open tag", "html", "a <b", "a <i", "a <[-b-]{+i+}"},
		{"a lone backslash", "latex", `a\`, `b\`, `[-a-]{+b+}\`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := shown(compare.Words(c.before, c.after, c.format)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// lawful holds spans to what they promise.
func lawful(t interface{ Fatalf(string, ...any) }, before, after string, spans []compare.Span) {
	var was, is strings.Builder
	for i, s := range spans {
		if s.Text == "" || i > 0 && spans[i-1].Op == s.Op || i > 0 && spans[i-1].Op == compare.Inserted && s.Op == compare.Deleted {
			t.Fatalf("the spans are not in their simplest form: %q", spans)
		}
		if s.Op != compare.Inserted {
			was.WriteString(s.Text)
		}
		if s.Op != compare.Deleted {
			is.WriteString(s.Text)
		}
	}
	if before == after {
		if spans != nil {
			t.Fatalf("nothing changed in %q, and %q did", before, spans)
		}
		return
	}
	if was.String() != before || is.String() != after {
		t.Fatalf("from %q to %q: the spans are %q", before, after, spans)
	}
}

var formats = []string{"plain", "markdown", "html", "latex", "moodle", ""}

func TestSpansAreBothTexts(t *testing.T) {
	t.Parallel()
	word := rapid.SampledFrom([]string{"one", "two", " ", "\n", "题", "干", "<b>", "</b>", "&amp;", `\frac`, `\`, "<", "&", "3.14", "é", "👩‍👧", "{", "$"})
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(word, 0, 40).Draw(t, "before")
		before := strings.Join(list, "")
		for range rapid.IntRange(0, 5).Draw(t, "edits") {
			at := rapid.IntRange(0, len(list)).Draw(t, "at")
			to := rapid.IntRange(at, min(len(list), at+3)).Draw(t, "to")
			list = append(append(append([]string{}, list[:at]...), rapid.SliceOfN(word, 0, 3).Draw(t, "new")...), list[to:]...)
		}
		after := strings.Join(list, "")
		lawful(t, before, after, compare.Words(before, after, rapid.SampledFrom(formats).Draw(t, "format")))
	})
}

// A comparison that would take too long shows the texts as gone and come, with what they have in common at the ends.
func TestTextsTooFarApartAreShownWhole(t *testing.T) {
	t.Parallel()
	a, b := "the beginning "+strings.Repeat("a b c ", 20_000)+"the end", "the beginning "+strings.Repeat("x y z ", 20_000)+"the end"
	spans := compare.Words(a, b, "plain")
	lawful(t, a, b, spans)
	if len(spans) != 4 || spans[0].Text != "the beginning " || spans[3].Text != " the end" {
		t.Errorf("%d spans", len(spans))
	}
}

func FuzzWords(f *testing.F) {
	for i, seed := range [][2]string{{"one two", "one three"}, {"<p>题干</p>", "<p class='x'>题目</p>"}, {`\frac{1}{2}`, `\dfrac12`}, {"a &lt; b", "a < b"},
		{"\xff<", "<!--"}, {"e\u0301", "e"}, {"1,000.5", "1,000"}} {
		f.Add(seed[0], seed[1], uint8(i)) //nolint:gosec // a few
	}
	f.Fuzz(func(t *testing.T, before, after string, format uint8) {
		lawful(t, before, after, compare.Words(before, after, formats[int(format)%len(formats)]))
	})
}
