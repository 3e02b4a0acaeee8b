package observations

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/release/guard"
	"qbank/domain/roster"
)

// Run writes what was taken until ctx ends, and then what is left.
func (r *Recorder) Run(ctx context.Context) error {
	tick := time.NewTicker(r.options.Every)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-tick.C:
			if err := r.write(ctx, n%seldom == 0); err != nil && ctx.Err() == nil {
				r.options.Logger.WarnContext(ctx, "write observations; they are kept for the next time", "error", err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if err := r.Flush(last); err != nil {
				r.options.Logger.WarnContext(last, "the last observations are lost", "error", err)
			}
			return nil
		}
	}
}

// Flush writes what was taken, in one transaction. Where that fails, it is kept for the next time.
func (r *Recorder) Flush(ctx context.Context) error { return r.write(ctx, true) }

// write leaves those who only answered for another time, unless it is to write all or there are many of them. Errors are not written ahead of
// the answers beside which they are seen.
func (r *Recorder) write(ctx context.Context, all bool) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.mu.Lock()
	who, sums, reports := r.who, r.sums, r.reports
	r.who, r.sums, r.reports = map[student]exposure{}, map[sum]int64{}, nil
	failed := slices.ContainsFunc(reports, func(said report) bool { return said.Kind == AnswerError })
	if !all && !failed && len(who) < r.options.Room/2 {
		for key, e := range who {
			if e.served == 0 {
				r.who[key] = e
				delete(who, key)
			}
		}
	}
	r.mu.Unlock()
	if len(who)+len(sums)+len(reports) == 0 {
		return nil
	}
	var unknown []report
	err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) (err error) {
		// Nodes write one after another: each touches many rows, and none would know in which order another does.
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('observations', 1902272107))`); err != nil {
			return err
		}
		if err := writeExposures(ctx, tx, who); err != nil {
			return err
		}
		if err := writeSums(ctx, tx, sums); err != nil {
			return err
		}
		unknown, err = writeReports(ctx, tx, reports)
		return err
	})
	if err != nil {
		r.restore(who, sums, reports)
		return fmt.Errorf("write observations: %w", err)
	}
	r.written.WithLabelValues("exposures").Add(float64(len(who)))
	r.written.WithLabelValues("reports").Add(float64(len(reports) - len(unknown)))
	r.wait(unknown)
	return nil
}

// restore puts back what could not be written, as far as there is room.
func (r *Recorder) restore(who map[student]exposure, sums map[sum]int64, reports []report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, e := range who {
		newer, waiting := r.who[key]
		if !waiting && len(r.who) >= r.options.Room {
			r.drop("exposures", 1)
			continue
		}
		e.served, e.answeredAt = max(e.served, newer.served), max(e.answeredAt, newer.answeredAt)
		r.who[key] = e
	}
	for key, n := range sums {
		if m, waiting := r.sums[key]; waiting || len(r.sums) < r.options.Room {
			r.sums[key] = m + n
		} else {
			r.drop("sums", 1)
		}
	}
	r.keep(reports)
}

// wait keeps reports whose student was served nothing of the kind as far as is known: the node that did may not have written it yet.
func (r *Recorder) wait(unknown []report) {
	var kept []report
	for _, said := range unknown {
		if said.tried++; said.tried < tries {
			kept = append(kept, said)
		}
	}
	r.drop("not_served", len(unknown)-len(kept))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(kept)
}

func (r *Recorder) keep(reports []report) {
	room := max(0, r.options.Room-len(r.reports))
	r.drop("reports", len(reports)-min(room, len(reports)))
	r.reports = append(r.reports, reports[:min(room, len(reports))]...)
}

func writeExposures(ctx context.Context, tx pgx.Tx, who map[student]exposure) error {
	for part := range slices.Chunk(slices.Collect(maps.Keys(who)), batch) {
		var environments, orgs []string
		var lessons, releases, persons []uuid.UUID
		var versions []int
		var served, answered []int64
		for _, key := range part {
			e := who[key]
			environments, lessons, releases = append(environments, key.environment), append(lessons, key.lesson), append(releases, key.release)
			persons, orgs, versions = append(persons, roster.PersonOf(key.subject)), append(orgs, e.org), append(versions, e.version)
			served, answered = append(served, e.served), append(answered, e.answeredAt)
		}
		// Two subjects may name one person.
		_, err := tx.Exec(ctx, `
			insert into exposures as x (environment, lesson, release, person, org, version, first_at, served_at, answered_at)
			select environment, lesson, release, person, min(org), min(version), min(greatest(served, answered)), max(greatest(served, answered)), nullif(max(answered), 0)
			from unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::bigint[], $8::bigint[])
				as g(environment, lesson, release, person, org, version, served, answered)
			group by environment, lesson, release, person
			on conflict (environment, lesson, release, person) do update
			set served_at = greatest(x.served_at, excluded.served_at), answered_at = greatest(x.answered_at, excluded.answered_at)`,
			environments, lessons, releases, persons, orgs, versions, served, answered)
		if err != nil {
			return fmt.Errorf("exposures: %w", err)
		}
	}
	return nil
}

const addUp = ` on conflict (environment, lesson, release, platform, hour, kind, cause, bucket) do update set n = h.n + excluded.n`

func writeSums(ctx context.Context, tx pgx.Tx, sums map[sum]int64) error {
	for part := range slices.Chunk(slices.Collect(maps.Keys(sums)), batch) {
		var environments, orgs, platforms, kinds []string
		var lessons, releases []uuid.UUID
		var versions []int
		var hours, counts []int64
		for _, key := range part {
			environments, orgs, platforms, kinds = append(environments, key.environment), append(orgs, key.org), append(platforms, key.platform), append(kinds, key.kind)
			lessons, releases, versions = append(lessons, key.lesson), append(releases, key.release), append(versions, key.version)
			hours, counts = append(hours, key.hour), append(counts, sums[key])
		}
		// What is one key here is one there but for what a lesson always has: org and version.
		_, err := tx.Exec(ctx, `
			insert into observation_hours as h (environment, lesson, release, platform, hour, kind, cause, bucket, org, version, n)
			select environment, lesson, release, platform, hour, kind, '', 0, min(org), min(version), sum(n)
			from unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::int[], $9::bigint[])
				as g(environment, lesson, release, platform, hour, kind, org, version, n)
			group by environment, lesson, release, platform, hour, kind`+addUp,
			environments, lessons, releases, platforms, hours, kinds, orgs, versions, counts)
		if err != nil {
			return fmt.Errorf("sums: %w", err)
		}
	}
	return nil
}

// writeReports writes reports that were not written before, and returns those whose student was served nothing of the kind.
func writeReports(ctx context.Context, tx pgx.Tx, reports []report) (unknown []report, err error) {
	type name struct {
		environment string
		person      uuid.UUID
		id          string
	}
	first := make(map[name]report, len(reports))
	for _, said := range reports {
		key := name{said.environment, roster.PersonOf(said.subject), said.ID}
		if _, twice := first[key]; !twice {
			first[key] = said
		}
	}
	names := slices.SortedFunc(maps.Keys(first), func(a, b name) int {
		return cmp.Or(cmp.Compare(a.environment, b.environment), bytes.Compare(a.person[:], b.person[:]), cmp.Compare(a.id, b.id))
	})
	for part := range slices.Chunk(names, batch) {
		var orgs, environments, ids, kinds, causes, platforms, versions []string
		var persons, lessons, releases []uuid.UUID
		var took, buckets, at, received []int64
		for _, key := range part {
			said := first[key]
			environments, persons, ids = append(environments, key.environment), append(persons, key.person), append(ids, key.id)
			orgs, lessons, releases = append(orgs, said.org), append(lessons, said.Lesson), append(releases, said.Release)
			kinds, causes = append(kinds, string(said.Kind)), append(causes, string(said.Cause))
			took, platforms, versions = append(took, said.Took), append(platforms, said.platform), append(versions, said.appVersion)
			bucket := 0
			if said.Kind == Ready {
				bucket = guard.Bucket(said.Took)
			}
			buckets, at, received = append(buckets, int64(bucket)), append(at, said.At), append(received, said.received)
		}
		rows, err := tx.Query(ctx, insertReports, environments, persons, ids, lessons, releases, kinds, causes, took, buckets, platforms, versions, at, received, time.Hour.Microseconds(), orgs)
		if err != nil {
			return nil, fmt.Errorf("reports: %w", err)
		}
		missing, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err != nil {
			return nil, fmt.Errorf("reports: %w", err)
		}
		for _, n := range missing {
			unknown = append(unknown, first[part[n-1]])
		}
	}
	return unknown, nil
}

// insertReports counts each report once, and returns the numbers of those that belong to no exposure.
const insertReports = `
	with given as (
		select * from unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::int[], $9::int[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $15::text[])
			with ordinality as g(environment, person, id, lesson, release, kind, cause, took, bucket, platform, app_version, at, received, home, n)
	), known as (
		select g.*, x.org, x.version from given g
		join exposures x on x.environment = g.environment and x.lesson = g.lesson and x.release = g.release and x.person = g.person
			and (x.org = g.home or starts_with(x.org, g.home || '/') or starts_with(g.home, x.org || '/')) -- others may call somebody the same
	), fresh as (
		insert into reports (environment, person, id, lesson, release, kind, cause, took, platform, app_version, at, received_at)
		select environment, person, id, lesson, release, kind, cause, took, platform, app_version, at, received from known
		on conflict do nothing returning environment, person, id
	), counted as (
		select k.* from known k join fresh f on f.environment = k.environment and f.person = k.person and f.id = k.id
	), summed as (
		insert into observation_hours as h (environment, lesson, release, platform, hour, kind, cause, bucket, org, version, n)
		select environment, lesson, release, platform, at - at % $14::bigint, kind, cause, bucket, min(org), min(version), count(*)
		from counted group by 1, 2, 3, 4, 5, 6, 7, 8` + addUp + `
	), marked as (
		update exposures x set
			ready_bucket = case when c.ready_at >= coalesce(x.ready_at, 0) then c.ready_bucket else x.ready_bucket end,
			ready_at = greatest(x.ready_at, c.ready_at), failed_at = greatest(x.failed_at, c.failed_at),
			answer_failed_at = greatest(x.answer_failed_at, c.answer_failed_at)
		from (
			select environment, lesson, release, person, max(at) filter (where kind = 'ready') as ready_at,
				(array_agg(bucket order by at desc) filter (where kind = 'ready'))[1] as ready_bucket,
				max(at) filter (where kind = 'failed') as failed_at, max(at) filter (where kind = 'answer_error') as answer_failed_at
			from counted group by environment, lesson, release, person
		) c
		where x.environment = c.environment and x.lesson = c.lesson and x.release = c.release and x.person = c.person
	)
	select g.n::int from given g where not exists (select from known k where k.n = g.n)`
