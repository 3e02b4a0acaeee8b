package delivery

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/release"
)

// Held is a lesson as an environment has it, for everybody or for those in a release under way.
type Held struct {
	Environment environment.Name
	Candidate   bool
	Release     uuid.UUID
	release.Lesson
}

const held = `select * from (
		select environment, false as candidate, release, lesson, org, version, slots, questions, versions from {in}.live
		union all
		select c.environment, true, l.release, l.lesson, l.org, l.version, l.slots, l.questions, l.versions
		from {in}.candidates c join {in}.release_lessons l on l.release = c.release and l.lesson = c.lesson
	) h`

// Holding reads where a question stands in what is live, in every environment and organisation. It is for those who act for none of them.
func (r *Reader) Holding(ctx context.Context, question uuid.UUID) ([]Held, error) {
	return r.held(ctx, `questions @> array[$1::uuid]`, question)
}

// HoldingAny reads what is live of lessons with any of these questions in an environment, of every organisation.
func (r *Reader) HoldingAny(ctx context.Context, in environment.Name, questions []uuid.UUID) ([]Held, error) {
	return r.held(ctx, `questions && $1::uuid[] and environment = $2`, questions, string(in))
}

// HoldingLessons reads what is live of lessons in an environment, of every organisation.
func (r *Reader) HoldingLessons(ctx context.Context, in environment.Name, lessons []uuid.UUID) ([]Held, error) {
	return r.held(ctx, `environment = $1 and lesson = any($2)`, string(in), lessons)
}

func (r *Reader) held(ctx context.Context, where string, args ...any) ([]Held, error) {
	rows, err := r.db.Query(ctx, r.sql.held+` where `+where+` order by environment, lesson, candidate`, args...)
	if err != nil {
		return nil, fmt.Errorf("read what is live: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h Held, err error) {
		var slots []string
		var questions []uuid.UUID
		var versions []int
		err = row.Scan(&h.Environment, &h.Candidate, &h.Release, &h.Lesson.Lesson, &h.Org, &h.Version, &slots, &questions, &versions)
		for i := range slots {
			h.Questions = append(h.Questions, environment.Frozen{Slot: slots[i], Question: questions[i], Version: versions[i]})
		}
		return h, err
	})
	if err != nil {
		return nil, fmt.Errorf("read what is live: %w", err)
	}
	return list, nil
}

// HoldingIn reads where questions stand in what is live, for those of a scope.
func (r *Reader) HoldingIn(ctx context.Context, scope access.Scope, questions []uuid.UUID) (map[uuid.UUID][]Held, error) {
	all, err := r.held(ctx, `questions && $1::uuid[] and environment = $2`, questions, scope.Environment)
	if err != nil {
		return nil, err
	}
	found := map[uuid.UUID][]Held{}
	for _, h := range all {
		if !access.Covers(scope.Org, h.Org) {
			continue
		}
		for _, question := range questions {
			if slices.ContainsFunc(h.Questions, func(f environment.Frozen) bool { return f.Question == question }) {
				found[question] = append(found[question], h)
			}
		}
	}
	return found, nil
}

// Errata lists which versions of questions are errata, in order. Who may read the questions is for the caller to know.
func (r *Reader) Errata(ctx context.Context, questions []uuid.UUID) (map[uuid.UUID][]int, error) {
	return r.versionsBy(ctx, "errata", r.sql.errata, questions)
}

// Reissued reads the versions that reissues give by now, in the order of their pins: those that were asked for, with the errata published since.
// What is not known yet, and what was declined or revoked, is missing.
func (r *Reader) Reissued(ctx context.Context, reissues []uuid.UUID) (map[uuid.UUID][]int, error) {
	return r.versionsBy(ctx, "what is reissued", r.sql.reissued, reissues)
}

// versionsBy reads rows of an id and versions.
func (r *Reader) versionsBy(ctx context.Context, what, query string, ids []uuid.UUID) (map[uuid.UUID][]int, error) {
	rows, err := r.db.Query(ctx, query, ids)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	found := map[uuid.UUID][]int{}
	var id uuid.UUID
	var versions []int
	if _, err := pgx.ForEachRow(rows, []any{&id, &versions}, func() error { found[id] = slices.Clone(versions); return nil }); err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return found, nil
}
