package catalog

import (
	"slices"
	"strings"

	"qbank/domain/fault"
	"qbank/domain/question"
	"qbank/projections/read"
)

// Field is something that questions are filtered and counted by.
type Field string

// The fields. Type is the id of a question type, whatever its version; Batch the id of the import that changed a question last.
const (
	Type       Field = "type"
	State      Field = "state"
	Subject    Field = "subject"
	Stage      Field = "stage"
	Grade      Field = "grade"
	Chapter    Field = "chapter"
	Source     Field = "source"
	Category   Field = "category"
	Difficulty Field = "difficulty"
	Tags       Field = "tag"
	Points     Field = "point"
	Batch      Field = "batch"
)

// single are the fields of which a question has one value, perhaps "", in the order of their columns in values.
var single = []Field{Type, State, Subject, Stage, Grade, Chapter, Source, Category, Difficulty, Batch}

// fields are all of them; of the last two, which are lists, a question has any number of values.
var fields = append(slices.Clone(single), Tags, Points)

// Filter says which questions are wanted; the zero Filter wants all. What is set must all hold.
type Filter struct {
	Text        string             // words that must all occur, or a code
	Any         map[Field][]string // each field has one of these values; "" is a field that is not filled in
	AllTags     []string           // the question has all of these
	UpdatedFrom int64              // microseconds, inclusive; 0: open
	UpdatedTo   int64              // microseconds, exclusive; 0: open
}

// maxValues is how many values a field, or AllTags, may ask for.
const maxValues = 100

// term is how a value of a field stands in the index of terms.
func term(field Field, value string) string { return string(field) + "=" + value }

// terms lists what filters can find a question by.
func terms(q question.Question) []string {
	m := q.Metadata
	batch := ""
	if q.Origin != nil {
		batch = q.Origin.Batch
	}
	values := [...]string{q.Draft.Type.ID, string(q.State), m.Subject, m.Stage, m.Grade, m.Chapter, m.Source, m.Category, m.Difficulty, batch}
	list := make([]string, 0, len(values)+len(m.Tags)+len(m.Points)+2)
	for i, field := range single {
		list = append(list, term(field, values[i]))
	}
	list = appendList(list, Tags, m.Tags)
	return appendList(list, Points, m.Points)
}

func appendList(list []string, field Field, values []string) []string {
	if len(values) == 0 {
		return append(list, term(field, ""))
	}
	for _, value := range values {
		list = append(list, term(field, value))
	}
	return list
}

// check refuses what is out of bounds.
func (f Filter) check() error {
	if err := read.CheckText("/text", f.Text); err != nil {
		return err
	}
	for field, values := range f.Any {
		if !slices.Contains(fields, field) {
			return fault.Refuse(fault.Invalid, "filter.field", fault.Say("questions are not filtered by %.40q", "题目不能按 %.40q 筛选", string(field)))
		}
		if err := checkValues("/"+string(field), values); err != nil {
			return err
		}
	}
	return checkValues("/all_tags", f.AllTags)
}

func checkValues(pointer string, values []string) error {
	if len(values) > maxValues {
		return fault.Refuse(fault.Limit, "filter.values", fault.Say("at most %d values per field", "每个字段最多 %d 个值", maxValues),
			fault.Problem{Pointer: pointer, Code: "max_items", Message: fault.Say("at most %d values", "最多 %d 个值", maxValues)})
	}
	for _, value := range values {
		if err := read.CheckText(pointer, value); err != nil {
			return err
		}
	}
	return nil
}

// where is the filter in SQL, for the questions of an organisation.
func (f Filter) where(org string) (*read.Where, error) {
	where := read.Within("q.org", org)
	if err := f.text(where); err != nil {
		return nil, err
	}
	if query := f.terms(); query != "" {
		where.And("q.terms @@ ?::text::tsquery", query)
	}
	if f.UpdatedFrom != 0 {
		where.And("q.updated_at >= ?", f.UpdatedFrom)
	}
	if f.UpdatedTo != 0 {
		where.And("q.updated_at < ?", f.UpdatedTo)
	}
	return where, nil
}

// text adds the condition that a question has the words, or the code, that are looked for.
func (f Filter) text(where *read.Where) error {
	asked, err := f.asked()
	switch {
	case err != nil:
		return err
	case asked.number != 0:
		where.And("q.number = ?", asked.number)
	case asked.nothing:
		where.And("false")
	case asked.words != "":
		where.And("q.id in (select w.id from "+in+".words w where w.words @@ ?::text::tsquery)", asked.words)
	}
	return nil
}

// wording is what a text asks for. The zero value asks for nothing in particular.
type wording struct {
	number  int64  // the question of this number
	words   string // a tsquery
	nothing bool   // there is no word in it
}

func (f Filter) asked() (w wording, err error) {
	switch {
	case strings.TrimSpace(f.Text) == "":
	case question.LooksLikeCode(f.Text):
		code, err := question.ParseCode(f.Text)
		if err != nil {
			return w, err
		}
		w.number = number(code)
	default:
		w.words = asked(f.Text)
		w.nothing = w.words == ""
	}
	return w, nil
}

// terms writes the fields as one tsquery.
func (f Filter) terms() string {
	var all []string
	for _, field := range fields {
		if values := f.Any[field]; len(values) > 0 {
			some := make([]string, len(values))
			for i, value := range values {
				some[i] = lexeme(term(field, value), false)
			}
			all = append(all, "("+strings.Join(some, " | ")+")")
		}
	}
	for _, tag := range f.AllTags {
		all = append(all, lexeme(term(Tags, tag), false))
	}
	return strings.Join(all, " & ")
}

// number is what a code consists of beside its check digit: it sorts as codes were given.
func number(code question.Code) int64 {
	var n int64
	for _, digit := range []byte(code)[1 : len(code)-1] {
		n = n*10 + int64(digit-'0')
	}
	return n
}
