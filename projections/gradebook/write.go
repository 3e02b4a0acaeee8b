package gradebook

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/roster"
)

// save writes the batch, column by column. Nothing is read first.
func (f *fold) save(ctx context.Context, tx pgx.Tx) error {
	for _, step := range []struct {
		what string
		do   func(context.Context, pgx.Tx) error
	}{
		{"forms", f.saveForms}, {"new attempts", f.saveStarted}, {"answers", f.saveAnswers}, {"marks by hand", f.saveGrades}, {"revised marks", f.saveRevisions},
		{"finished attempts", f.saveFinished}, {"new versions", f.saveReformed}, {"totals", f.saveTotals},
	} {
		if err := step.do(ctx, tx); err != nil {
			return fmt.Errorf("write %s: %w", step.what, err)
		}
	}
	return nil
}

func (f *fold) saveForms(ctx context.Context, tx pgx.Tx) error {
	if len(f.forms) == 0 {
		return nil
	}
	var ids []uuid.UUID
	var places []string
	for id, list := range f.forms {
		ids, places = append(ids, id), append(places, string(list))
	}
	_, err := tx.Exec(ctx, `with fresh as (
			insert into forms select form, places::json from unnest($1::uuid[], $2::text[]) as u(form, places) on conflict do nothing returning form, places)
		insert into asked select distinct (p->>'question')::uuid, (p->>'version')::int, form from fresh, json_array_elements(places) p`, ids, places)
	return err
}

func (f *fold) saveStarted(ctx context.Context, tx pgx.Tx) error {
	if len(f.started) == 0 {
		return nil
	}
	var ids, lessons, forms, people []uuid.UUID
	var environments, orgs, students, classes []string
	var versions, numbers, items []int32
	var maxima, times []int64
	for _, s := range f.started {
		most := int64(0)
		for _, item := range s.Items {
			most += int64(item.Max)
		}
		ids, lessons, forms = append(ids, s.id), append(lessons, s.Lesson), append(forms, s.form)
		environments, orgs, students = append(environments, s.Environment), append(orgs, s.Org), append(students, s.Student)
		versions, numbers, items = append(versions, int32(s.Version)), append(numbers, int32(s.Number)), append(items, int32(len(s.Items)))
		maxima, times, classes = append(maxima, most), append(times, s.At), append(classes, array(s.Classes))
		people = append(people, roster.PersonOf(s.Student))
	}
	_, err := tx.Exec(ctx, `insert into attempts (attempt, environment, org, lesson, version, student, number, classes, form, items, max, started_at, person)
		select attempt, environment, org, lesson, version, student, number, classes::uuid[], form, items, max, started_at, person
		from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::int[], $6::text[], $7::int[], $8::text[], $9::uuid[], $10::int[], $11::bigint[], $12::bigint[],
			$13::uuid[]) as u(attempt, environment, org, lesson, version, student, number, classes, form, items, max, started_at, person)`,
		ids, environments, orgs, lessons, versions, students, numbers, classes, forms, items, maxima, times, people)
	return err
}

// array writes ids as PostgreSQL does: arrays of arrays would all have to be of one length.
func array(ids []uuid.UUID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return "{" + strings.Join(texts, ",") + "}"
}

func (f *fold) saveAnswers(ctx context.Context, tx pgx.Tx) error {
	var ids []uuid.UUID
	var slots, keys, statuses []string
	var sequences, tries []int32
	var fractions, marks, times, clients []int64
	var grades, gradedAt []*int64
	var graders []*string
	var sealed []*bool
	for _, c := range f.order {
		a := c.answer
		if a == nil {
			continue
		}
		ids, slots, keys, statuses = append(ids, c.attempt), append(slots, string(c.slot)), append(keys, a.Key), append(statuses, string(a.Status))
		sequences, tries = append(sequences, int32(c.sequence)), append(tries, int32(c.tries))
		fractions, marks = append(fractions, int64(a.Fraction)), append(marks, int64(a.Mark))
		times, clients = append(times, a.At), append(clients, a.ClientAt)
		var grade, at *int64
		var by *string
		var said *bool
		if g := c.grade; g != nil {
			any := g.Sealed != nil
			grade, at, by, said = (*int64)(&g.Mark), &c.gradedAt, &g.By, &any
		}
		grades, gradedAt, graders, sealed = append(grades, grade), append(gradedAt, at), append(graders, by), append(sealed, said)
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into answers (attempt, slot, key, sequence, status, fraction, mark, tries, at, client_at, grade, graded_by, graded_at, sealed)
		select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::bigint[], $7::bigint[], $8::int[], $9::bigint[], $10::bigint[],
			$11::bigint[], $12::text[], $13::bigint[], $14::boolean[])
		on conflict (attempt, slot) do update set key = excluded.key, sequence = excluded.sequence, status = excluded.status,
			revised = null, dropped = 0, regrade = null, fraction = excluded.fraction, mark = excluded.mark, tries = answers.tries + excluded.tries, at = excluded.at, client_at = excluded.client_at,
			grade = excluded.grade, graded_by = excluded.graded_by, graded_at = excluded.graded_at, sealed = excluded.sealed`,
		ids, slots, keys, sequences, statuses, fractions, marks, tries, times, clients, grades, graders, gradedAt, sealed)
	return err
}

// saveGrades writes marks by hand of answers that stand in the table already.
func (f *fold) saveGrades(ctx context.Context, tx pgx.Tx) error {
	var ids []uuid.UUID
	var slots, graders []string
	var grades, times []int64
	var sealed []bool
	for _, c := range f.order {
		if g := c.grade; c.answer == nil && g != nil {
			ids, slots, grades = append(ids, c.attempt), append(slots, string(c.slot)), append(grades, int64(g.Mark))
			graders, sealed, times = append(graders, g.By), append(sealed, g.Sealed != nil), append(times, c.gradedAt)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `update answers a set grade = u.grade, graded_by = u.graded_by, graded_at = u.graded_at, sealed = u.sealed
		from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::boolean[]) as u(attempt, slot, grade, graded_by, graded_at, sealed)
		where a.attempt = u.attempt and a.slot = u.slot`, ids, slots, grades, graders, times, sealed)
	return err
}

// saveRevisions writes what regrades make of the answers that count.
func (f *fold) saveRevisions(ctx context.Context, tx pgx.Tx) error {
	var ids []uuid.UUID
	var slots []string
	var marks []*int64
	var dropped []int64
	var regrades []*uuid.UUID
	for _, c := range f.order {
		if r := c.revision; r != nil {
			ids, slots = append(ids, c.attempt), append(slots, string(c.slot))
			marks, dropped, regrades = append(marks, r.mark), append(dropped, r.dropped), append(regrades, r.regrade)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `update answers a set revised = u.revised, dropped = u.dropped, regrade = u.regrade
		from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[]) as u(attempt, slot, revised, dropped, regrade)
		where a.attempt = u.attempt and a.slot = u.slot`, ids, slots, marks, dropped, regrades)
	return err
}

func (f *fold) saveFinished(ctx context.Context, tx pgx.Tx) error {
	if len(f.finished) == 0 {
		return nil
	}
	var ids []uuid.UUID
	var times []int64
	for _, e := range f.finished {
		ids, times = append(ids, e.attempt), append(times, e.at)
	}
	_, err := tx.Exec(ctx, `update attempts a set finished_at = u.at from unnest($1::uuid[], $2::bigint[]) as u(attempt, at) where a.attempt = u.attempt`, ids, times)
	return err
}

// saveTotals draws the totals of finished attempts again. They are sums of integers, so they depend on the answers alone.
func (f *fold) saveTotals(ctx context.Context, tx pgx.Tx) error {
	ids := f.touched()
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `with done as materialized (select attempt from attempts where attempt = any($1) and finished_at > 0)
		update attempts a set total = s.total, answered = s.answered, pending = s.pending, dropped = s.dropped
		from done cross join lateral (`+sums+` where n.attempt = done.attempt) s
		where a.attempt = done.attempt`, ids)
	return err
}

// sums draws the totals of an attempt from its answers.
const sums = `select coalesce(sum(coalesce(n.revised, n.grade, n.mark)), 0)::bigint as total, count(*)::int as answered,
	count(*) filter (where n.status = 'pending' and n.grade is null and n.revised is null)::int as pending,
	coalesce(sum(n.dropped), 0)::bigint as dropped from answers n`
