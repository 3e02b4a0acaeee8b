package gift

import (
	"crypto/sha256"
	"strings"

	"qbank/domain/fault"
)

// Kind is what sort of question a block is.
type Kind string

// The kinds of items.
const (
	Description    Kind = "description"     // text without a question; no answers
	Essay          Kind = "essay"           // {}; no answers
	TrueFalse      Kind = "true-false"      // {T}; two answers: TRUE, then FALSE
	SingleChoice   Kind = "single-choice"   // {=a ~b}; several may be worth 100 %, one may be chosen
	MultipleChoice Kind = "multiple-choice" // {~%50%a ~%50%b ~c}
	ShortAnswer    Kind = "short-answer"    // {=a =%50%b}; * in a text stands for anything
	Matching       Kind = "matching"        // {=a -> b =c -> d}
	Numeric        Kind = "numeric"         // {#3.14:0.01}
)

// TextFormat is how a text is marked up.
type TextFormat string

// The formats that GIFT knows. Moodle is Moodle's own "auto-format": HTML where line ends count.
const (
	Moodle   TextFormat = "moodle"
	HTML     TextFormat = "html"
	Plain    TextFormat = "plain"
	Markdown TextFormat = "markdown"
)

// Text is a text, unescaped and trimmed, and its format. A text without a format of its own has the stem's;
// a stem without one is [Moodle].
type Text struct {
	Format TextFormat `json:"format"`
	Text   string     `json:"text"`
}

// Item is one question as the file has it.
type Item struct {
	Category string   `json:"category,omitempty"` // of the last $CATEGORY line; see CategoryPath
	ID       string   `json:"id,omitempty"`       // [id:…] of a comment
	Tags     []string `json:"tags,omitempty"`     // [tag:…] of comments, in order
	Comment  string   `json:"comment,omitempty"`  // the rest of the comments, a line each, without //
	Title    string   `json:"title,omitempty"`

	Kind        Kind     `json:"kind"` // "" where the block could not be understood
	Stem        Text     `json:"stem"`
	MissingWord bool     `json:"missing_word,omitempty"` // the answers stand inside the sentence
	Tail        string   `json:"tail,omitempty"`         // what follows them then, in the stem's format; inner spaces kept
	Answers     []Answer `json:"answers,omitempty"`

	GeneralFeedback Text `json:"general_feedback"`

	FirstLine int               `json:"first_line"` // of the block, counting from 1; comments belong to it
	LastLine  int               `json:"last_line"`
	SHA256    [sha256.Size]byte `json:"-"` // of the block's bytes as they came; of the part kept if it was too large

	Problems []Problem `json:"problems,omitempty"`
}

// Answer is one answer, option or pair of an item.
type Answer struct {
	Text     Text     `json:"text"` // empty for Matching and Numeric
	Fraction Fraction `json:"fraction"`
	Correct  bool     `json:"correct"` // earns the whole mark, or in MultipleChoice a part of it; true for every pair
	Feedback Text     `json:"feedback"`
	Pair     *Pair    `json:"pair,omitempty"`   // Matching only
	Number   *Number  `json:"number,omitempty"` // Numeric only
}

// Pair is what belongs together. An empty left side makes the right one a distractor.
type Pair struct {
	Left  Text   `json:"left"`
	Right string `json:"right"` // always plain
}

// Number is what a numeric answer accepts: anything, Min to Max, or Value give or take Tolerance. Numbers are kept as
// they were written: decimal, perhaps with an exponent.
type Number struct {
	Any       bool   `json:"any,omitempty"`
	Value     string `json:"value,omitempty"`
	Tolerance string `json:"tolerance,omitempty"` // "" is none given, which means 0
	Min       string `json:"min,omitempty"`
	Max       string `json:"max,omitempty"`
}

// Severity says whether an item can be used in spite of a problem.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // the item is not what its author meant; do not take it
	Warning Severity = "warning" // the item can be taken, after a look
)

// Problem is one wrong place. Codes are append-only.
type Problem struct {
	Line     int        `json:"line"`   // in the file, from 1
	Column   int        `json:"column"` // in characters, from 1
	Code     string     `json:"code"`   // such as "gift.braces"
	Severity Severity   `json:"severity"`
	Message  fault.Text `json:"message"`
}

// OK reports whether the item has no problem of severity [Error].
func (i Item) OK() bool {
	for _, p := range i.Problems {
		if p.Severity == Error {
			return false
		}
	}
	return true
}

// Sentence returns the stem and the tail, with blank where the answers stood in the sentence. Moodle's is "_____".
func (i Item) Sentence(blank string) string {
	if !i.MissingWord {
		return i.Stem.Text
	}
	return i.Stem.Text + blank + i.Tail
}

// Field returns the value of the first key=value word of the comment with this key, such as "1" for score in
// "score=1". Moodle knows no such fields; other programs write them.
func (i Item) Field(key string) (string, bool) {
	for _, word := range strings.Fields(i.Comment) {
		if k, v, found := strings.Cut(word, "="); found && k == key {
			return v, true
		}
	}
	return "", false
}

// CategoryPath splits a category into names: "/" separates them and "//" is a slash in a name. A leading context such
// as "$course$" and Moodle's own "top" are left out.
func CategoryPath(category string) []string {
	const slash = "\x00"
	var path []string
	for i, name := range strings.Split(strings.ReplaceAll(category, "//", slash), "/") {
		name = strings.TrimSpace(strings.ReplaceAll(name, slash, "/"))
		isContext := i == 0 && len(name) > 2 && strings.HasPrefix(name, "$") && strings.HasSuffix(name, "$")
		if name == "" || isContext || (len(path) == 0 && name == "top") {
			continue
		}
		path = append(path, name)
	}
	return path
}
