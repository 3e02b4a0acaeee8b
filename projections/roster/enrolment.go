package roster

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/roster"
	"qbank/projections/read"
)

// enrolment finds, in one statement, the classes that a student is in and what they belong to. What stands above a class is the class's own
// organisation's, so that only classes have to be checked.
const enrolment = `
	with mine as (
		select c.id, c.code, c.course from {in}.members m join {in}.classes c on c.id = m.class where {where} order by c.id limit {limit}
	), courses as (
		select distinct n.id, n.code, n.parent from mine join {in}.nodes n on n.id = mine.course
	), terms as (
		select distinct n.id, n.code, n.parent from courses join {in}.nodes n on n.id = courses.parent
	), lines as (
		select distinct n.id, n.code from terms join {in}.nodes n on n.id = terms.parent
	)
	select 'class' as what, id, code from mine
	union all select 'course', id, code from courses
	union all select 'term', id, code from terms
	union all select 'line', id, code from lines
	union all (select distinct s.role, s.person, '' from mine join {in}.staff s on s.class = mine.id)
	union all (select 'grade', student, grade from {in}.students s where student = {student} and {known})
	union all (select 'region', student, region from {in}.students s where student = {student} and {known})
	union all select 'position', {student}, coalesce((select position from checkpoints where name = {name} and version = {version} and not shadow), 0)::text
	order by what, id`

// Enrolment reads, in one round trip, all that the roster knows of the subject of a token now: as with [Reader.ClassesOf], within the scope's
// organisation, above it and below it.
func (r *Reader) Enrolment(ctx context.Context, scope access.Scope, student string) (roster.Enrolment, error) {
	return r.enrolment(ctx, func(column string) *read.Where { return read.Around(column, scope.Org) }, student)
}

// EnrolmentWithin is Enrolment as staff of an organisation may see it: what is of the organisation and below.
func (r *Reader) EnrolmentWithin(ctx context.Context, org, student string) (roster.Enrolment, error) {
	return r.enrolment(ctx, func(column string) *read.Where { return read.Within(column, org) }, student)
}

func (r *Reader) enrolment(ctx context.Context, org func(column string) *read.Where, student string) (roster.Enrolment, error) {
	e := roster.Enrolment{Codes: map[uuid.UUID]string{}}
	where := org("c.org")
	id := where.Arg(roster.PersonOf(student))
	where.And("m.student = " + id)
	where.And(current)
	known := org("s.org").String() // of the same parameters: they are the first ones
	sql := strings.NewReplacer("{in}", in, "{where}", where.String(), "{limit}", where.Arg(maxClasses), "{student}", id+"::uuid", "{known}", known,
		"{name}", where.Arg(name), "{version}", where.Arg(version)).Replace(enrolment)
	rows, err := r.db.Query(ctx, sql, where.Args()...)
	if err != nil {
		return e, fmt.Errorf("read the enrolment of a student: %w", err)
	}
	lists := map[string]*[]uuid.UUID{"class": &e.Classes, "course": &e.Courses, "term": &e.Terms, "line": &e.Lines,
		string(roster.Teacher): &e.Teachers, string(roster.Tutor): &e.Tutors}
	var what, text string
	var of uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&what, &of, &text}, func() error {
		if list, is := lists[what]; is {
			*list = append(*list, of)
			if text != "" {
				e.Codes[of] = text
			}
			return nil
		}
		switch what {
		case "grade":
			e.Grade = text
		case "region":
			e.Region = text
		case "position":
			_, err := fmt.Sscan(text, &e.Position)
			return err
		}
		return nil
	})
	if err != nil {
		return e, fmt.Errorf("read the enrolment of a student: %w", err)
	}
	return e, nil
}
