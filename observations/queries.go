package observations

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/access"
	"qbank/domain/release/guard"
)

// Reader reads observations. It is safe for concurrent use.
type Reader struct{ pool *pgxpool.Pool }

// NewReader makes a reader.
func NewReader(pool *pgxpool.Pool) *Reader { return &Reader{pool} }

// Arms are the two that are compared: the students who got lessons from a release, and those who got the same lessons from any other.
type Arms struct {
	Environment string
	Lessons     []uuid.UUID
	Release     uuid.UUID // the candidate
	Since       int64     // microseconds; what the candidate did from then counts
	Beside      int64     // the same of the baseline
}

// Samples counts the students of two arms.
func (r *Reader) Samples(ctx context.Context, of Arms) (candidate, baseline guard.Sample, err error) {
	rows, err := r.pool.Query(ctx, `
		select release = $3 as candidate, case when ready_at >= since then ready_bucket end as bucket, count(*),
			count(*) filter (where ready_at >= since or failed_at >= since), count(*) filter (where failed_at >= since),
			count(*) filter (where answered_at >= since or answer_failed_at >= since), count(*) filter (where answer_failed_at >= since)
		from exposures, lateral (select case when release = $3 then $4::bigint else $5::bigint end as since) s
		where environment = $1 and lesson = any($2) and greatest(served_at, ready_at, failed_at, answer_failed_at) >= since
		group by 1, 2`, of.Environment, of.Lessons, of.Release, of.Since, of.Beside)
	if err != nil {
		return candidate, baseline, fmt.Errorf("count students of release %s: %w", of.Release, err)
	}
	candidate.Ready, baseline.Ready = guard.Times{}, guard.Times{}
	var isCandidate bool
	var bucket *int
	var part guard.Sample
	_, err = pgx.ForEachRow(rows, []any{&isCandidate, &bucket, &part.Served, &part.Loads, &part.LoadFailures, &part.Answers, &part.AnswerErrors}, func() error {
		to := &baseline
		if isCandidate {
			to = &candidate
		}
		to.Served, to.Loads, to.LoadFailures = to.Served+part.Served, to.Loads+part.Loads, to.LoadFailures+part.LoadFailures
		to.Answers, to.AnswerErrors = to.Answers+part.Answers, to.AnswerErrors+part.AnswerErrors
		if bucket != nil {
			to.Ready[*bucket] += part.Served
		}
		return nil
	})
	if err != nil {
		return candidate, baseline, fmt.Errorf("count students of release %s: %w", of.Release, err)
	}
	return candidate, baseline, nil
}

// Count is how many students were served a version of a lesson that belongs to the scope's organisation, or below, in its environment.
func (r *Reader) Count(ctx context.Context, scope access.Scope, lesson uuid.UUID, version int) (n int, err error) {
	err = r.pool.QueryRow(ctx, `select count(distinct person) from exposures
		where environment = $1 and lesson = $2 and version = $3 and (org = $4 or starts_with(org, $4 || '/'))`,
		scope.Environment, lesson, version, scope.Org).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count who was served version %d of lesson %s: %w", version, lesson, err)
	}
	return n, nil
}

// Gave reports whether a person was served a manifest of a release, as far as it is written: one of its lessons, which are given.
func (r *Reader) Gave(ctx context.Context, environment string, lessons []uuid.UUID, release, person uuid.UUID) (gave bool, err error) {
	err = r.pool.QueryRow(ctx, `select exists (select from exposures where environment = $1 and lesson = any($2) and release = $3 and person = $4)`,
		environment, lessons, release, person).Scan(&gave)
	if err != nil {
		return false, fmt.Errorf("read who was served release %s: %w", release, err)
	}
	return gave, nil
}

// Span says which observations are wanted.
type Span struct {
	Lesson      uuid.UUID
	Release     uuid.UUID // zero: all
	From, Until int64     // microseconds, rounded down to hours
}

// Tally is how a version of a lesson from a release did on a platform: sums of what was observed, not students.
type Tally struct {
	Lesson, Release              uuid.UUID
	Version                      int
	Platform                     string
	Served, Ready, Failed        int64 // manifests; loads
	Answered, AnswerErrors       int64 // answers
	FailedBecause, ErrorsBecause map[Cause]int64
	Times                        guard.Times // to ready
}

// Tallies adds up what was observed of a lesson of the scope, by release, version and platform.
func (r *Reader) Tallies(ctx context.Context, scope access.Scope, span Span) ([]Tally, error) {
	rows, err := r.pool.Query(ctx, `
		select release, version, platform, kind, cause, bucket, sum(n)::bigint from observation_hours
		where environment = $1 and lesson = $2 and (org = $3 or starts_with(org, $3 || '/')) and ($4 = '00000000-0000-0000-0000-000000000000'::uuid or release = $4)
			and hour >= $5 and hour < $6
		group by release, version, platform, kind, cause, bucket order by version desc, release, platform`,
		scope.Environment, span.Lesson, scope.Org, span.Release, hourOf(span.From), span.Until)
	if err != nil {
		return nil, fmt.Errorf("add up the observations of lesson %s: %w", span.Lesson, err)
	}
	var list []Tally
	at := Tally{Lesson: span.Lesson}
	var kind, cause string
	var bucket int
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&at.Release, &at.Version, &at.Platform, &kind, &cause, &bucket, &n}, func() error {
		last := len(list) - 1
		if last < 0 || list[last].Release != at.Release || list[last].Version != at.Version || list[last].Platform != at.Platform {
			fresh := at
			fresh.FailedBecause, fresh.ErrorsBecause, fresh.Times = map[Cause]int64{}, map[Cause]int64{}, guard.Times{}
			list, last = append(list, fresh), last+1
		}
		list[last].add(kind, Cause(cause), bucket, n)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("add up the observations of lesson %s: %w", span.Lesson, err)
	}
	return list, nil
}

func (t *Tally) add(kind string, cause Cause, bucket int, n int64) {
	switch kind {
	case served:
		t.Served += n
	case answered:
		t.Answered += n
	case string(Ready):
		t.Ready += n
		t.Times[bucket] += n
	case string(Failed):
		t.Failed += n
		t.FailedBecause[cause] += n
	case string(AnswerError):
		t.AnswerErrors += n
		t.ErrorsBecause[cause] += n
	}
}

// Causes counts why loads and answers failed in two arms, since the beginning of an hour: sums of reports, not students.
func (r *Reader) Causes(ctx context.Context, of Arms) (candidate, baseline map[Kind]map[Cause]int64, err error) {
	rows, err := r.pool.Query(ctx, `
		select release = $3, kind, cause, sum(n)::bigint from observation_hours
		where environment = $1 and lesson = any($2) and cause <> '' and hour >= case when release = $3 then $4::bigint else $5::bigint end group by 1, 2, 3`,
		of.Environment, of.Lessons, of.Release, hourOf(of.Since), hourOf(of.Beside))
	if err != nil {
		return nil, nil, fmt.Errorf("count causes of release %s: %w", of.Release, err)
	}
	candidate, baseline = map[Kind]map[Cause]int64{Failed: {}, AnswerError: {}}, map[Kind]map[Cause]int64{Failed: {}, AnswerError: {}}
	var isCandidate bool
	var kind Kind
	var cause Cause
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&isCandidate, &kind, &cause, &n}, func() error {
		to := baseline
		if isCandidate {
			to = candidate
		}
		to[kind][cause] += n
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("count causes of release %s: %w", of.Release, err)
	}
	return candidate, baseline, nil
}
