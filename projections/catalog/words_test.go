package catalog

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTextsAreCutIntoWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"Pythagoras' theorem", []string{"pythagoras", "theorem"}},
		{"勾股定理", []string{"勾股", "股定", "定理", "理"}},
		{"求x的值。", []string{"求", "x", "的值", "值"}},
		{"ＡＢＣ１２３ ①", []string{"abc123", "1"}},
		{`$\frac{1}{2}$`, []string{"frac", "1", "2"}},
		{"naïve Straße", []string{"naïve", "straße"}},
		{"the the THE", []string{"the"}},
		{strings.Repeat("长", 3), []string{"长长", "长"}},
		{strings.Repeat("a", 100), []string{strings.Repeat("a", 64)}},
		{strings.Repeat("é", 100), []string{strings.Repeat("é", 32)}},
	} {
		l := newLexicon(maxWords)
		l.addText(c.text)
		if !slices.Equal(l.words, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, l.words, c.want)
		}
	}
}

func TestAQueryAsksForWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":            "",
		" ?! ":        "",
		"勾股":          "'勾股'",
		"勾":           "'勾':*",
		"勾股定":         "'勾股' & '股定'",
		"right angl":  "'right' & 'angl':*",
		"right angl ": "'right' & 'angl'",
		"x的值":         "'x' & '的值'",
		"it's":        "'it' & 's':*",
	} {
		if got := asked(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, seed := range []string{"勾股定理 a²+b²=c²", "ﬁn ½ Ａ", "\xff\xfe", "한국어 テスト", "'\\ &|!:*()", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		l := newLexicon(maxWords)
		l.addText(text)
		for _, word := range l.words {
			if word == "" || len(word) > maxWord || strings.ContainsAny(word, "'\\ \x00") || word != strings.ToValidUTF8(word, "") {
				t.Errorf("%q has the word %q", text, word)
			}
		}
		asked(text)
	})
}

// Whatever stands in a text is found by it: each word that a piece asks for is a word of the text, or begins one.
func TestAPieceOfATextFindsIt(t *testing.T) {
	t.Parallel()
	alphabet := []rune("勾股定理求值abcé1 ,。")
	rapid.Check(t, func(t *rapid.T) {
		text := []rune(rapid.StringOfN(rapid.SampledFrom(alphabet), 1, 40, -1).Draw(t, "text"))
		from := rapid.IntRange(0, len(text)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, len(text)).Draw(t, "to")
		if from > 0 && isWord(text[from]) && !isPaired(text[from]) && isWord(text[from-1]) {
			t.Skip("begins inside a word")
		}
		l := newLexicon(maxWords)
		l.addText(string(text))
		query := asked(string(text[from:to]))
		if query == "" {
			return
		}
		for _, part := range strings.Split(query, " & ") {
			word, begins := strings.CutSuffix(part, ":*")
			word = strings.Trim(word, "'")
			if !slices.ContainsFunc(l.words, func(w string) bool { return w == word || begins && strings.HasPrefix(w, word) }) {
				t.Fatalf("%q in %q asks for %s, the text has %q", string(text[from:to]), string(text), query, l.words)
			}
		}
	})
}

func TestArraysAreWrittenForPostgreSQL(t *testing.T) {
	t.Parallel()
	for want, list := range map[string][]string{`{}`: nil, `{"a"}`: {"a"}, `{"a b","c,d"}`: {"a b", "c,d"}, `{"\"","\\","NULL",""}`: {`"`, `\`, "NULL", ""}} {
		if got := array(list); got != want {
			t.Errorf("%q: got %s, want %s", list, got, want)
		}
	}
}
