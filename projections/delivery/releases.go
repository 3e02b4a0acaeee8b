package delivery

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/attempt"
	"qbank/domain/environment"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/domain/targeting"
	"qbank/projections"
)

// Terms are what a release's plan says about who is in, and of what. They never change.
type Terms struct {
	Unit    release.Unit       `json:"unit"`
	Total   int                `json:"total"`
	Rules   []targeting.Clause `json:"rules"`
	Lessons []uuid.UUID        `json:"-"` // kept apart
}

// releases are what happened to releases and environments, as statements in the order in which it happened: they are few and wide, and
// each may rest on the one before. They go in one round trip.
type releases struct{ pgx.Batch }

func (r *releases) add(e projections.Event) error {
	state := func(now release.State) {
		r.Queue(`update releases set state = $2 where release = $1`, e.Stream, string(now))
	}
	share := func(weight int) { r.Queue(`update releases set weight = $2 where release = $1`, e.Stream, weight) }
	switch payload := e.Payload.(type) {
	case environment.Released:
		slots, questions, versions := columns(payload.Questions)
		r.Queue(`insert into live values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`+replacing, string(payload.Environment), payload.Lesson, payload.Org,
			payload.Release, payload.Version, slots, questions, versions, payload.Note, e.RecordedAt.UnixMicro())
		r.given(string(payload.Environment), payload.Org, questions, versions)
	case environment.Withdrawn:
		r.Queue(`delete from live where environment = $1 and lesson = $2`, string(payload.Environment), payload.Lesson)
	case environment.Opened:
		r.Queue(`insert into candidates select $2::text, lesson, release from release_lessons where release = $1`, payload.Release, string(payload.Environment))
	case environment.Completed:
		r.Queue(`insert into live select $2::text, l.lesson, l.org, l.release, l.version, l.slots, l.questions, l.versions, r.note, $3::bigint
			from release_lessons l join releases r on r.release = l.release where l.release = $1`+replacing, payload.Release, string(payload.Environment), e.RecordedAt.UnixMicro())
		r.Queue(`delete from candidates where release = $1`, payload.Release)
	case environment.Closed:
		r.Queue(`delete from candidates where release = $1`, payload.Release)
	case environment.Patched:
		to := make([]environment.Frozen, len(payload.Places))
		for i, place := range payload.Places {
			to[i] = environment.Frozen{Slot: place.Slot, Question: place.Question, Version: place.To}
		}
		slots, questions, versions := columns(to)
		r.Queue(`update live set versions = `+patched+` where environment = $1 and lesson = $2 and release = $3`,
			string(payload.Environment), payload.Lesson, payload.Release, slots, questions, versions)
		r.Queue(`update release_lessons set versions = `+patched+` where exists (select from candidates c where c.environment = $1 and c.release = $3)
			and lesson = $2 and release = $3`, string(payload.Environment), payload.Lesson, payload.Release, slots, questions, versions)
		r.given(string(payload.Environment), payload.Org, questions, versions)
	case release.Planned:
		return r.plan(e.Stream, payload.Plan)
	case release.Started:
		state(release.IsRunning)
		share(payload.Weight)
		r.candidate(e.Stream)
	case release.Advanced:
		share(payload.Weight)
	case release.Widened:
		share(payload.Weight)
	case release.Paused:
		state(release.IsPaused)
	case release.Resumed:
		state(release.IsRunning)
	case release.Frozen:
		r.Queue(`update releases set thawed = state, state = $2, frozen_at = $3 where release = $1`, e.Stream, string(release.IsFrozen), e.RecordedAt.UnixMicro())
	case release.Thawed:
		r.Queue(`update releases set state = thawed where release = $1`, e.Stream)
	case release.RolledBack:
		state(release.IsRolledBack)
	case release.Finished:
		state(release.IsCompleted)
	case release.Cancelled:
		state(release.IsCancelled)
	default:
		r.overruled(e)
	}
	return nil
}

const replacing = ` on conflict (environment, lesson) do update set org = excluded.org, release = excluded.release, version = excluded.version,
	slots = excluded.slots, questions = excluded.questions, versions = excluded.versions, note = excluded.note, released_at = excluded.released_at`

// patched is the versions of a frozen set with those of some places replaced: $4 are the slots, $5 the questions (a pool has many in one slot), $6 their
// versions.
const patched = `(select array_agg(coalesce(p.version, u.version) order by u.n)
	from unnest(slots, questions, versions) with ordinality u(slot, question, version, n)
	left join unnest($4::text[], $5::uuid[], $6::int[]) p(slot, question, version) on p.slot = u.slot and p.question = u.question)`

func (r *releases) plan(id uuid.UUID, p release.Plan) error {
	terms, err := json.Marshal(Terms{Unit: p.Unit, Total: p.Total, Rules: p.Rules})
	if err != nil {
		return fmt.Errorf("encode the terms of release %s: %w", id, err)
	}
	r.Queue(`insert into releases values ($1, $2, $3, $4, '', 0, 0)`, id, terms, p.Note, string(release.IsPlanned))
	for _, l := range p.Lessons {
		slots, questions, versions := columns(l.Questions)
		r.Queue(`insert into release_lessons values ($1, $2, $3, $4, $5, $6, $7)`, id, l.Lesson, l.Org, l.Version, slots, questions, versions)
	}
	return nil
}

// columns are frozen versions as three arrays.
func columns(frozen []environment.Frozen) (slots []string, questions []uuid.UUID, versions []int) {
	slots, questions, versions = make([]string, len(frozen)), make([]uuid.UUID, len(frozen)), make([]int, len(frozen))
	for i, f := range frozen {
		slots[i], questions[i], versions[i] = f.Slot, f.Question, f.Version
	}
	return slots, questions, versions
}

func (r *releases) write(ctx context.Context, tx pgx.Tx) error {
	if r.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &r.Batch).Close(); err != nil {
		return fmt.Errorf("write releases: %w", err)
	}
	return nil
}

// members are those who began with a candidate.
type members struct{ releases, students []uuid.UUID }

func (m *members) add(s attempt.Started) {
	for _, item := range s.Items {
		if item.Reason == release.Candidate {
			m.releases, m.students = append(m.releases, s.Release), append(m.students, roster.PersonOf(s.Student))
			return
		}
	}
}

func (m *members) write(ctx context.Context, tx pgx.Tx) error {
	if len(m.releases) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into members select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing`, m.releases, m.students)
	if err != nil {
		return fmt.Errorf("write who began with a candidate: %w", err)
	}
	return nil
}
