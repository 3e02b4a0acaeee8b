package gradebook

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/projections/read"
)

// Concerned is how a student stands to questions of which another version is about to come.
type Concerned struct {
	Student  uuid.UUID   // opaque
	Open     []uuid.UUID // attempts that are open and have one of them unanswered
	Answered bool        // one of them was answered, in an attempt that is open
	Exempt   bool        // an attempt that is open keeps its versions: an exam
}

// maxConcerned bounds how many students are asked about at once.
const maxConcerned = 1_000

// Concerned reads how students stand to questions, in an environment; lesson narrows it to one. Those without an open attempt that has any of the questions are
// missing. At most 1,000 students at once.
func (r *Reader) Concerned(ctx context.Context, environment string, students, questions []uuid.UUID, lesson uuid.UUID) (map[uuid.UUID]Concerned, error) {
	if len(students) > maxConcerned {
		return nil, fmt.Errorf("%d students at once; %d is the bound", len(students), maxConcerned)
	}
	var where read.Where
	where.And("t.environment = ? and t.person = any(?) and t.finished_at = 0", environment, students)
	if lesson != uuid.Nil {
		where.And("t.lesson = ?", lesson)
	}
	among := where.Arg(questions)
	rows, err := r.db.Query(ctx, `select t.person, t.attempt, bool_or(n.slot is null and not coalesce(p.keep, false)), bool_or(n.slot is not null), bool_or(coalesce(p.keep, false))
		from `+in+`.attempts t join `+in+`.forms f using (form)
		cross join lateral json_to_recordset(f.places) as p(slot text, question uuid, keep boolean)
		left join `+in+`.answers n on n.attempt = t.attempt and n.slot = p.slot
		where p.question = any(`+among+`) and `+where.String()+` group by t.person, t.attempt order by t.attempt`, where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read open attempts: %w", err)
	}
	found := map[uuid.UUID]Concerned{}
	var student, attempt uuid.UUID
	var open, answered, exempt bool
	_, err = pgx.ForEachRow(rows, []any{&student, &attempt, &open, &answered, &exempt}, func() error {
		c := found[student]
		c.Student, c.Answered, c.Exempt = student, c.Answered || answered, c.Exempt || exempt
		if open {
			c.Open = append(c.Open, attempt)
		}
		found[student] = c
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read open attempts: %w", err)
	}
	return found, nil
}
