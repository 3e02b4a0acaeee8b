package items

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"qbank/domain/attempt"
	"qbank/domain/itemstats"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
)

// group is what attempts have in common that are counted together, form by form.
type group struct {
	environment, org string
	lesson           uuid.UUID
	version          int
}

// taker is a student with all attempts at one version of a lesson.
type taker struct {
	group
	student string
}

// selection is the set of policies that select an attempt.
type selection int16

const (
	selectedFirst selection = 1 << iota
	selectedLast
	selectedBest
)

// sheet is an attempt: its answers, and what of it stands in the tables.
type sheet struct {
	attempt uuid.UUID
	taker
	number    int
	form      *form
	answers   itemstats.Vector
	finished  bool
	selection selection
	changed   bool

	stored *storedSheet // nil: no row yet
}

// storedSheet is the row of a sheet. A finished one is counted in a tally, under its selection.
type storedSheet struct {
	finished  bool
	selection selection
	answers   []byte
}

func start(id uuid.UUID, e attempt.Started, f *form) *sheet {
	return &sheet{attempt: id, taker: taker{group{e.Environment, e.Org, e.Lesson, e.Version}, e.Student}, number: e.Number,
		form: f, answers: make(itemstats.Vector, len(f.places)), changed: true}
}

// at is the answer at a place.
func (s *sheet) at(slot lesson.Slot) (*itemstats.Response, error) {
	i, known := s.form.index[slot]
	if !known {
		return nil, fmt.Errorf("attempt %s has no place %q", s.attempt, slot)
	}
	s.changed = true
	return &s.answers[i], nil
}

// answer puts an answer in: the last one counts.
func (s *sheet) answer(e attempt.Answered) error {
	r, err := s.at(e.Slot)
	if err != nil {
		return err
	}
	r.Tries++
	return s.settle(e.Slot, e.Status, e.Mark, e.Parts)
}

// settle puts what an answer is worth in place of what stands.
func (s *sheet) settle(slot lesson.Slot, status scoring.Status, mark scoring.Mark, parts []scoring.Part) error {
	r, err := s.at(slot)
	if err != nil {
		return err
	}
	*r = itemstats.Response{Tries: r.Tries, Chosen: chosen(parts)}
	switch status {
	case scoring.Scored:
		r.State, r.Mark = itemstats.Marked, mark
	case scoring.Pending:
		r.State = itemstats.Pending
	case scoring.Unscored:
		r.State = itemstats.Unscored
	default:
		return fmt.Errorf("attempt %s: an answer of the unknown status %q", s.attempt, status)
	}
	return nil
}

// grade puts the mark of a person in place of the one that stands.
func (s *sheet) grade(e attempt.Graded) error {
	r, err := s.at(e.Slot)
	if err != nil {
		return err
	}
	r.State, r.Mark = itemstats.Marked, e.Mark
	return nil
}

// reform puts the sheet on another form with the same places. It is open, so that nothing of it is counted yet.
func (s *sheet) reform(to *form) { s.form, s.changed = to, true }

// leaveOut puts the sheet on a form that lacks some of its places.
func (s *sheet) leaveOut(to *form) {
	answers := make(itemstats.Vector, len(to.places))
	for i, p := range to.places {
		answers[i] = s.answers[s.form.index[p.Slot]]
	}
	s.answers = answers
	s.reform(to)
}

// longest is the most bytes of an option's id that are kept: what scores by plain value may have texts for ids.
const longest = 64

// chosen lists the options of an answer, in order and each once.
func chosen(parts []scoring.Part) []itemstats.Option {
	if len(parts) == 0 {
		return nil
	}
	options := make([]itemstats.Option, len(parts))
	for i, p := range parts {
		options[i] = itemstats.Option{Item: short(p.Item), Given: short(p.Given), Right: p.Right}
	}
	if len(options) > 1 {
		slices.SortFunc(options, itemstats.Option.Compare)
		options = slices.Compact(options)
	}
	return options
}

func short(id string) string {
	if len(id) <= longest {
		return id
	}
	return strings.ToValidUTF8(id[:longest], "") + "…"
}

// encoded is the answers as they stand in the row.
func (s *sheet) encoded() ([]byte, error) {
	return s.answers.AppendBinary(make([]byte, 0, 8*len(s.answers)))
}

// elect sets which of a student's finished attempts each policy selects.
func elect(finished []*sheet) {
	slices.SortFunc(finished, func(a, b *sheet) int {
		return cmp.Or(a.number-b.number, slices.Compare(a.attempt[:], b.attempt[:])) // class sessions count their attempts apart
	})
	best, most := 0, scoring.Mark(0)
	for i, s := range finished {
		s.selection = 0
		if total, _ := s.answers.Total(); i == 0 || total > most {
			best, most = i, total
		}
	}
	finished[0].selection |= selectedFirst
	finished[len(finished)-1].selection |= selectedLast
	finished[best].selection |= selectedBest
}

// counting is what a sheet adds to a tally, and takes out of one.
type counting struct {
	tally  tallyKey
	vector itemstats.Vector
	out    bool
}

type tallyKey struct {
	group
	form      uuid.UUID
	selection selection
}

// recount compares a finished sheet with its row.
func (s *sheet) recount() ([]counting, error) {
	now, err := s.encoded()
	if err != nil {
		return nil, err
	}
	var list []counting
	if was := s.stored; was != nil && was.finished {
		if was.selection == s.selection && bytes.Equal(was.answers, now) {
			return nil, nil
		}
		var before itemstats.Vector
		if err := before.UnmarshalBinary(was.answers); err != nil {
			return nil, fmt.Errorf("the sheet of attempt %s: %w", s.attempt, err)
		}
		list = append(list, counting{tallyKey{s.group, s.form.id, was.selection}, before.Settle(), true})
	}
	s.changed = true
	return append(list, counting{tally: tallyKey{s.group, s.form.id, s.selection}, vector: slices.Clone(s.answers).Settle()}), nil
}
