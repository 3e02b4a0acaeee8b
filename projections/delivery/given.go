package delivery

import (
	"github.com/google/uuid"

	"qbank/domain/reissue"
	"qbank/domain/session"
	"qbank/projections"
)

// Where students were given a view, and by which version: see the table given.

// givenOf adds the views of versions, from rows of (environment, org, questions, versions).
func givenOf(rows string) string {
	return `insert into given select distinct v.public_hash, g.environment, g.org, v.question, v.version from (` + rows + `) g(environment, org, questions, versions)
		cross join lateral unnest(g.questions, g.versions) u(question, version)
		join question_versions v on v.question = u.question and v.version = u.version on conflict do nothing`
}

var (
	givenVersions  = givenOf(`select $1::text, $2::text, $3::uuid[], $4::int[]`)
	givenCandidate = givenOf(`select c.environment, l.org, l.questions, l.versions from candidates c
		join release_lessons l on l.release = c.release and l.lesson = c.lesson where c.release = $1`)
	givenReissue = `with granted as (update reissues set granted = true where reissue = $1 returning environment, org, questions, versions) ` + givenOf(`select * from granted`)
	// An erratum takes the place of the version that it corrects. Whoever asked for a version that had been corrected already meant that one.
	givenErratum = `with followed as (
		update reissues set versions = (select array_agg(case when u.question = $1 and u.version = $2 - 1 then $2 else u.version end order by u.n)
			from unnest(questions, versions) with ordinality u(question, version, n))
		where questions @> array[$1::uuid] and until_at > $3 and ($1, $2 - 1) in (select * from unnest(questions, versions))
		returning environment, org, questions, versions, granted
	) ` + givenOf(`select environment, org, questions, versions from followed where granted`)
)

func (r *releases) given(environment, org string, questions []uuid.UUID, versions []int) {
	r.Queue(givenVersions, environment, org, questions, versions)
}

// candidate is what a release gives from its start on; before, its environment has set its lessons aside and nobody gets them.
func (r *releases) candidate(id uuid.UUID) { r.Queue(givenCandidate, id) }

// erratum is what reissues give instead from now on.
func (r *releases) erratum(question uuid.UUID, version int, at int64) {
	r.Queue(givenErratum, question, version, at)
}

// overruled is what reissues and class sessions give.
func (r *releases) overruled(e projections.Event) {
	switch payload := e.Payload.(type) {
	case reissue.Asked:
		questions, versions := make([]uuid.UUID, len(payload.Pins)), make([]int, len(payload.Pins))
		for i, pin := range payload.Pins {
			questions[i], versions[i] = pin.Question, pin.Version
		}
		r.Queue(`insert into reissues values ($1, $2, $3, $4, $5, $6, false)`, e.Stream, payload.Environment, payload.Org, questions, versions, payload.Until)
	case reissue.Granted:
		r.Queue(givenReissue, e.Stream)
	case reissue.Declined, reissue.Revoked:
		r.Queue(`delete from reissues where reissue = $1`, e.Stream)
	case session.Planned:
		r.Queue(`insert into sessions values ($1, $2, $3)`, e.Stream, payload.Environment, payload.Org)
	case session.Started: // its lesson may belong to another part of the organisation than the students it is held for
		views, questions, versions := make([]string, len(payload.Items)), make([]uuid.UUID, len(payload.Items)), make([]int, len(payload.Items))
		for i, pin := range payload.Items {
			views[i], questions[i], versions[i] = string(pin.Public), pin.Question, pin.Version
		}
		r.Queue(`with started as (delete from sessions where session = $1 returning environment, org)
			insert into given select distinct v.view, s.environment, s.org, v.question, v.version from started s
			cross join unnest($2::text[], $3::uuid[], $4::int[]) v(view, question, version) on conflict do nothing`, e.Stream, views, questions, versions)
	}
}
