package items

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/itemstats"
	"qbank/domain/scoring"
	"qbank/projections"
	"qbank/projections/read"
)

// Policy says which finished attempt of each student counts.
type Policy string

// The policies. Each looks at the attempts of one student at one version of the lesson.
const (
	First Policy = "first" // the lowest number
	Last  Policy = "last"  // the highest number
	Best  Policy = "best"  // the highest total so far; of equals the earliest
	All   Policy = "all"   // every finished attempt
)

// selects is what a tally's selection must hold.
func (p Policy) selects() (selection, error) {
	switch p {
	case First:
		return selectedFirst, nil
	case Last:
		return selectedLast, nil
	case Best:
		return selectedBest, nil
	case All:
		return 0, nil
	}
	return 0, fault.Refuse(fault.Invalid, "items.policy", fault.Say("no policy %.20q; one of first, last, best, all", "没有作答口径 %.20q，应为 first、last、best 或 all", string(p)))
}

// Reader answers queries. A scope is an environment and an organisation with all below it. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

// MaxForms is how many forms an analysis lists: those that most attempts took.
const MaxForms = 50

// Analysis is what finished attempts say about a version of a lesson, with what it rests on.
type Analysis struct {
	Scope    access.Scope
	Lesson   uuid.UUID
	Version  int // of the lesson
	Policy   Policy
	Attempts int64  // finished, under the policy
	Items    []Item // in the order of the lesson; over all forms
	Forms    []Form // most attempts first
	AllForms int    // how many there are
}

// Item is a place with its figures. A place at which attempts had different questions or versions stands there once for each.
type Item struct {
	Place
	itemstats.ItemFigures
}

// Form is the attempts that were asked the same. Test figures are those of a form.
type Form struct {
	ID       uuid.UUID
	Attempts int64
	Places   []Place
	itemstats.TestFigures
}

// Lesson analyses a version of a lesson. Without attempts, the analysis is empty.
func (r *Reader) Lesson(ctx context.Context, scope access.Scope, lesson uuid.UUID, version int, policy Policy) (Analysis, error) {
	a := Analysis{Scope: scope, Lesson: lesson, Version: version, Policy: policy}
	selects, err := policy.selects()
	if err != nil {
		return a, err
	}
	where := read.InScope("t", scope)
	where.And("t.lesson = ? and t.version = ?", lesson, version)
	forms, err := r.forms(ctx, where, selects)
	if err != nil {
		return a, err
	}
	slices.SortFunc(forms, func(x, y *counted) int {
		return cmp.Or(cmp.Compare(y.tally.Attempts(), x.tally.Attempts()), slices.Compare(x.form[:], y.form[:]))
	})
	a.AllForms = len(forms)
	for i, f := range forms {
		a.Attempts += f.tally.Attempts()
		if i < MaxForms {
			a.Forms = append(a.Forms, Form{f.form, f.tally.Attempts(), f.places, f.tally.Figures()})
		}
	}
	a.Items = merge(forms)
	return a, nil
}

// merge adds up the items of forms, place by place.
func merge(forms []*counted) []Item {
	type merged struct {
		Place
		position int // in the first form that has it
		tally    itemstats.ItemTally
	}
	var list []*merged
	index := map[Place]*merged{}
	for _, f := range forms {
		for i, place := range f.places {
			if index[place] == nil {
				index[place] = &merged{Place: place, position: i}
				list = append(list, index[place])
			}
			index[place].tally.Merge(f.tally.Item(i))
		}
	}
	slices.SortStableFunc(list, func(x, y *merged) int { return x.position - y.position })
	items := make([]Item, len(list))
	for i, m := range list {
		items[i] = Item{m.Place, m.tally.Figures(m.Max)}
	}
	return items
}

// QuestionFigures is what attempts say about a version of a question, over all lessons that use it for the same marks.
type QuestionFigures struct {
	Version int
	Max     scoring.Mark
	Lessons int // versions of lessons
	itemstats.ItemFigures
}

// Question analyses a question, newest version first. The rest of the test is that of each lesson.
func (r *Reader) Question(ctx context.Context, scope access.Scope, question uuid.UUID, policy Policy) ([]QuestionFigures, error) {
	selects, err := policy.selects()
	if err != nil {
		return nil, err
	}
	where := read.InScope("t", scope)
	where.And("f.questions @> array[?::uuid]", question)
	forms, err := r.forms(ctx, where, selects)
	if err != nil {
		return nil, err
	}
	type kind struct {
		version int
		max     scoring.Mark
	}
	type lessonVersion struct {
		lesson  uuid.UUID
		version int
	}
	tallies, lessons := map[kind]*itemstats.ItemTally{}, map[kind]map[lessonVersion]bool{}
	for _, f := range forms {
		for i, place := range f.places {
			k := kind{place.Version, place.Max}
			if place.Question != question {
				continue
			}
			if tallies[k] == nil {
				tallies[k], lessons[k] = &itemstats.ItemTally{}, map[lessonVersion]bool{}
			}
			tallies[k].Merge(f.tally.Item(i))
			lessons[k][lessonVersion{f.lesson, f.version}] = true
		}
	}
	list := make([]QuestionFigures, 0, len(tallies))
	for k, tally := range tallies {
		list = append(list, QuestionFigures{k.version, k.max, len(lessons[k]), tally.Figures(k.max)})
	}
	slices.SortFunc(list, func(x, y QuestionFigures) int { return cmp.Or(y.Version-x.Version, cmp.Compare(y.Max, x.Max)) })
	return list, nil
}

// LessonVersion is a version of a lesson that has finished attempts.
type LessonVersion struct {
	Version  int
	Attempts int64
}

// Versions lists the versions of a lesson with finished attempts, newest first.
func (r *Reader) Versions(ctx context.Context, scope access.Scope, lesson uuid.UUID) ([]LessonVersion, error) {
	where := read.InScope("t", scope)
	where.And("t.lesson = ?", lesson)
	rows, err := r.db.Query(ctx, `select t.version, sum(t.attempts)::bigint from `+in+`.tallies t
		where `+where.String()+` group by t.version order by t.version desc`, where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the analysed versions of a lesson: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[LessonVersion])
	if err != nil {
		return nil, fmt.Errorf("read the analysed versions of a lesson: %w", err)
	}
	return list, nil
}

// counted is a form of a version of a lesson with its tally.
type counted struct {
	lesson  uuid.UUID
	version int
	form    uuid.UUID
	places  []Place
	tally   *itemstats.Tally
}

// forms adds up, form by form, the tallies of a selection, in one statement.
func (r *Reader) forms(ctx context.Context, where *read.Where, selects selection) ([]*counted, error) {
	where.And("t.selection & ? = ?", selects, selects)
	rows, err := read.Query(ctx, r.db, `select t.lesson, t.version, t.form, f.slots, f.questions, f.versions, f.maxima, t.tally
		from `+in+`.tallies t join `+in+`.forms f using (form)
		where `+where.String()+` order by t.lesson, t.version, t.form`, where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read tallies: %w", err)
	}
	var list []*counted
	var row counted
	var c columns
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&row.lesson, &row.version, &row.form, &c.slots, &c.questions, &c.versions, &c.maxima, &data}, func() error {
		tally := &itemstats.Tally{}
		if err := tally.UnmarshalBinary(data); err != nil {
			return err
		}
		if tally.Items() != len(c.slots) {
			return fmt.Errorf("a tally of %d items at form %s of %d", tally.Items(), row.form, len(c.slots))
		}
		if n := len(list); n > 0 && list[n-1].lesson == row.lesson && list[n-1].version == row.version && list[n-1].form == row.form {
			list[n-1].tally.Merge(tally)
			return nil
		}
		list = append(list, &counted{row.lesson, row.version, row.form, c.places(), tally})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read tallies: %w", err)
	}
	return list, nil
}
