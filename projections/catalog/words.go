package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"
	"golang.org/x/text/unicode/norm"
)

// The bounds of what is looked for.
const (
	maxWord  = 64    // bytes of a word; longer ones are cut
	maxWords = 3_000 // different words of a question
	maxAsked = 40    // words of a query; the rest is not looked for
)

// lexicon collects different words.
type lexicon struct {
	seen  map[string]struct{}
	words []string
	most  int
}

func newLexicon(most int) *lexicon { return &lexicon{seen: map[string]struct{}{}, most: most} }

func (l *lexicon) reset() {
	clear(l.seen)
	l.words = l.words[:0]
}

func (l *lexicon) add(word string) {
	if len(word) > maxWord {
		word = word[:maxWord]
		for !utf8.ValidString(word) {
			word = word[:len(word)-1]
		}
	}
	if _, known := l.seen[word]; known || len(l.words) >= l.most {
		return
	}
	l.seen[word] = struct{}{}
	l.words = append(l.words, word)
}

// addText adds the words of a text.
func (l *lexicon) addText(text string) {
	each(normal(text), func(run string, paired bool) {
		if paired {
			l.addPairs(run)
		} else {
			l.add(run)
		}
	})
}

// addPairs adds each two neighbours, and the last character alone: so every single character begins some word.
func (l *lexicon) addPairs(run string) {
	previous := -1
	for i, r := range run {
		if previous >= 0 {
			l.add(run[previous : i+utf8.RuneLen(r)])
		}
		previous = i
	}
	l.add(run[previous:])
}

// vector is the words as a tsvector. It goes to PostgreSQL in its binary form: reading the textual one costs more than all the rest
// of writing a question.
func vector(words []string) pgtype.TSVector {
	lexemes := make([]pgtype.TSVectorLexeme, len(words))
	for i, word := range words {
		lexemes[i].Word = word
	}
	return pgtype.TSVector{Lexemes: lexemes, Valid: true}
}

// quote writes a lexeme for a tsquery.
func quote(b *strings.Builder, word string) {
	b.WriteByte('\'')
	if strings.ContainsAny(word, `'\`) {
		word = strings.ReplaceAll(strings.ReplaceAll(word, `\`, `\\`), `'`, `''`)
	}
	b.WriteString(word)
	b.WriteByte('\'')
}

// asked writes what a text asks for as PostgreSQL reads a tsquery, and "" where it holds nothing that could be looked for. A single
// character asks for all pairs that it begins, the last word for all that begin with it.
func asked(text string) string {
	var parts []string
	each(normal(text), func(run string, paired bool) {
		l := newLexicon(maxAsked)
		switch {
		case !paired:
			l.add(run)
			parts = append(parts, lexeme(l.words[0], false))
		case utf8.RuneCountInString(run) == 1:
			parts = append(parts, lexeme(run, true))
		default:
			l.addPairs(run)
			for _, pair := range l.words[:len(l.words)-1] {
				parts = append(parts, lexeme(pair, false))
			}
		}
	})
	if len(parts) == 0 {
		return ""
	}
	if last := parts[len(parts)-1]; !strings.HasSuffix(last, ":*") && endsInWord(text) {
		parts[len(parts)-1] = last + ":*"
	}
	return strings.Join(parts[:min(len(parts), maxAsked)], " & ")
}

func endsInWord(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return isWord(r) && !isPaired(r)
}

func lexeme(word string, begins bool) string {
	var b strings.Builder
	quote(&b, word)
	if begins {
		b.WriteString(":*")
	}
	return b.String()
}

// normal brings a text into the form in which words are compared.
func normal(text string) string {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			return strings.ToLower(norm.NFKC.String(text))
		}
	}
	return strings.ToLower(text)
}

// each calls yield for every run of characters that belong together: words, and runs that are cut into pairs.
func each(text string, yield func(run string, paired bool)) {
	start, paired := -1, false
	for i, r := range text {
		word := isWord(r)
		pair := word && isPaired(r)
		if start >= 0 && (!word || pair != paired) {
			yield(text[start:i], paired)
			start = -1
		}
		if word && start < 0 {
			start, paired = i, pair
		}
	}
	if start >= 0 {
		yield(text[start:], paired)
	}
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.M)
}

// isPaired reports whether a script writes no blanks between words.
func isPaired(r rune) bool {
	if r < 0x0e00 {
		return false
	}
	if 0x4e00 <= r && r <= 0x9fff {
		return true
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}
