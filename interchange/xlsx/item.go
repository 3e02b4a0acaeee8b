package xlsx

import (
	"strings"

	"qbank/domain/fault"
)

// Row is what the cells of a row say, column by column from the left. Columns without a known heading are left out, and
// so are empty cells, unless something is wrong with them.
type Row struct {
	Sheet  string `json:"sheet"`
	Number int    `json:"number"` // from 1, as the program shows it
	Cells  []Cell `json:"cells"`
}

// Cell is one cell of a known column.
type Cell struct {
	Field   Field  `json:"field"`
	Column  string `json:"column"`            // "C"
	Text    string `json:"text"`              // as displayed, trimmed
	Formula bool   `json:"formula,omitempty"` // Text is a stored result
	Merged  string `json:"merged,omitempty"`  // the range that the cell is merged into, "C2:C5"
}

// cell returns the first cell of a field; without one, an empty cell in no column.
func (r Row) cell(f Field) Cell {
	for _, c := range r.Cells {
		if c.Field == f {
			return c
		}
	}
	return Cell{Field: f}
}

// Type is what sort of question a row is.
type Type string

// The types of questions.
const (
	Single      Type = "single"
	Multiple    Type = "multiple"
	TrueFalse   Type = "true-false"
	ShortText   Type = "short-text"
	Numeric     Type = "numeric"
	Matching    Type = "matching"
	Essay       Type = "essay"
	Description Type = "description"
)

// Item is what a row means.
type Item struct {
	Row         Row      `json:"row"`
	ID          string   `json:"id,omitempty"`
	Type        Type     `json:"type"`               // "" where the sheet names a type that is not known
	Inferred    bool     `json:"inferred,omitempty"` // the sheet does not name a type; the answer told it
	Stem        string   `json:"stem"`
	Options     []Option `json:"options,omitempty"` // of Single, Multiple; of TrueFalse where the sheet writes them out
	Answer      Answer   `json:"answer"`
	Explanation string   `json:"explanation,omitempty"`
	Score       int64    `json:"score,omitempty"` // in millionths of a mark; 0 is none given
	Difficulty  Level    `json:"difficulty"`
	Points      []string `json:"points,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Subject     string   `json:"subject,omitempty"`
	Stage       string   `json:"stage,omitempty"`
	Grade       string   `json:"grade,omitempty"`
	Chapter     string   `json:"chapter,omitempty"`
	Source      string   `json:"source,omitempty"`

	Problems []Problem `json:"problems,omitempty"`
}

// Option is one option of a choice.
type Option struct {
	Label string `json:"label"` // "A" to "H", by its column
	Text  string `json:"text"`
}

// Answer is the key. Which field is set depends on the type.
type Answer struct {
	Labels  []string `json:"labels,omitempty"`  // Single (one), Multiple: sorted, each an option's
	True    *bool    `json:"true,omitempty"`    // TrueFalse
	Texts   []string `json:"texts,omitempty"`   // ShortText: each is accepted
	Numbers []Number `json:"numbers,omitempty"` // Numeric: each is accepted
	Pairs   []Pair   `json:"pairs,omitempty"`   // Matching
	Model   string   `json:"model,omitempty"`   // Essay: an answer to compare with
}

// Number is a value with a tolerance, or a range: decimals such as "3.14" or "1.5e10".
type Number struct {
	Value     string `json:"value,omitempty"`
	Tolerance string `json:"tolerance,omitempty"` // "" is 0
	Min       string `json:"min,omitempty"`
	Max       string `json:"max,omitempty"`
}

// Pair is what belongs together. An empty left side makes the right one a distractor.
type Pair struct {
	Left  string `json:"left"`
	Right string `json:"right"`
}

// Level is how hard a question is meant to be: a level or a facility, or neither.
type Level struct {
	Level    int    `json:"level,omitempty"`    // 1 easy, 2 rather easy, 3 medium, 4 rather hard, 5 hard; 0 is not given
	Facility string `json:"facility,omitempty"` // 难度系数, the share of the mark that is expected, between 0 and 1: "0.65"
}

// Severity says whether an item can be used in spite of a problem.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // do not take the item
	Warning Severity = "warning" // the item can be taken, after a look
)

// Problem is one wrong cell, or with no column a wrong row. Codes are append-only.
type Problem struct {
	Sheet    string     `json:"sheet"`
	Row      int        `json:"row"`
	Column   string     `json:"column,omitempty"` // "C"
	Field    Field      `json:"field,omitempty"`
	Code     string     `json:"code"` // such as "xlsx.formula"
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

func (i Item) option(label string) (Option, bool) {
	for _, o := range i.Options {
		if o.Label == label {
			return o, true
		}
	}
	return Option{}, false
}

// shorten keeps what people read in a message within bounds.
func shorten(s string) string {
	const most = 40
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return strings.ReplaceAll(s, "\n", " ")
}
