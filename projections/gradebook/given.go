package gradebook

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/roster"
	"qbank/projections/read"
)

// Tried tells which of some persons began an attempt.
func (r *Reader) Tried(ctx context.Context, scope access.Scope, persons []uuid.UUID) (map[uuid.UUID]bool, error) {
	where := read.InScope("t", scope)
	where.And("t.person = any(?::uuid[])", persons)
	rows, err := read.Query(ctx, r.db, `select distinct t.person from `+in+`.attempts t where `+where.String(), where.Args()...)
	var ids []uuid.UUID
	if err == nil {
		ids, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	}
	if err != nil {
		return nil, fmt.Errorf("look for students: %w", err)
	}
	tried := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		tried[id] = true
	}
	return tried, nil
}

// Notes counts the marks by hand of a person's answers with which something was said, under the person's key.
func (r *Reader) Notes(ctx context.Context, person uuid.UUID) (n int, err error) {
	err = r.db.QueryRow(ctx, `select count(*) from `+in+`.attempts t join `+in+`.answers a on a.attempt = t.attempt where t.person = $1 and a.sealed`, person).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what was said of a person's answers: %w", err)
	}
	return n, nil
}

// Given reads the questions that stood in an attempt, whatever became of it, of one of the students, or of anybody who was in one of the classes when it
// began.
func (r *Reader) Given(ctx context.Context, scope access.Scope, students []string, classes []uuid.UUID) (map[uuid.UUID]bool, error) {
	persons := make([]uuid.UUID, len(students))
	for i, s := range students {
		persons[i] = roster.PersonOf(s)
	}
	// Each by itself: students are found by an index, and where no class is named nothing else is looked at.
	where := read.InScope("t", scope)
	attempts := `select t.form from ` + in + `.attempts t where ` + where.String()
	those := attempts + ` and t.person = any(` + where.Arg(persons) + `) and t.student = any(` + where.Arg(students) + `)`
	if len(classes) > 0 {
		those += ` union ` + attempts + ` and t.classes && ` + where.Arg(classes) + `::uuid[]`
	}
	rows, err := read.Query(ctx, r.db, `select distinct (p.place ->> 'question')::uuid from `+in+`.forms f cross join json_array_elements(f.places) p(place)
		where f.form in (`+those+`)`, where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the questions that students were given: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("read the questions that students were given: %w", err)
	}
	given := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		given[id] = true
	}
	return given, nil
}
