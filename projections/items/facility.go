package items

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/itemstats"
	"qbank/projections/read"
)

// QuestionVersion names a version of a question.
type QuestionVersion struct {
	Question uuid.UUID
	Version  int
}

// Facility is the mean share of the marks that first attempts got at a version of a question, over all lessons.
type Facility struct {
	Value float64 // 0 to 1; less, where answers cost marks
	N     int64   // students, where each met it in one lesson
}

// Facilities reads the facility of every version that was answered in the scope.
func (r *Reader) Facilities(ctx context.Context, scope access.Scope) (map[QuestionVersion]Facility, error) {
	where := read.InScope("t", scope)
	where.And("t.selection & ? = ?", selectedFirst, selectedFirst)
	rows, err := read.Query(ctx, r.db, `select f.questions, f.versions, f.maxima, t.tally from `+in+`.tallies t join `+in+`.forms f using (form)
		where `+where.String()+` order by t.lesson, t.version, t.form, t.selection`, where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read facilities: %w", err)
	}
	found := map[QuestionVersion]Facility{}
	var c columns
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&c.questions, &c.versions, &c.maxima, &data}, func() error {
		var tally itemstats.Tally
		if err := tally.UnmarshalBinary(data); err != nil {
			return err
		}
		for i := range min(tally.Items(), len(c.questions)) {
			n, sum := tally.Item(i).Share()
			if n == 0 || c.maxima[i] <= 0 {
				continue
			}
			key := QuestionVersion{c.questions[i], int(c.versions[i])}
			f := found[key]
			f.Value += float64(sum) / float64(c.maxima[i]) // a sum, until all are in
			f.N += n
			found[key] = f
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read facilities: %w", err)
	}
	for key, f := range found {
		f.Value /= float64(f.N)
		found[key] = f
	}
	return found, nil
}
