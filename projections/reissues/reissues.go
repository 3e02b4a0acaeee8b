package reissues

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/hotconfig"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/takedown"
	"qbank/projections"
)

const (
	name    = "reissues"
	version = 3
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

var _ projections.Projection = Projection{}

// New makes the projection.
func New() Projection { return Projection{projections.NewTables(name, version, schema)} }

// Events names everything that happens to reissues and takedowns, and what of releases and of the configuration students are told.
func (Projection) Events() []string {
	return append(event.NewCodec(reissue.Events, takedown.Events, hotconfig.Events).Names(), event.Names(
		environment.Released{}, environment.Withdrawn{}, environment.Opened{}, environment.Completed{}, environment.Closed{},
		release.Started{}, release.Advanced{}, release.Widened{}, release.RolledBack{})...)
}

// statements are what a batch changes, in the order in which it happened. They are few, and each rests on the one before.
type statements struct{ pgx.Batch }

// Apply folds a batch.
func (Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var s statements
	for _, e := range batch {
		if err := s.add(e); err != nil {
			return fmt.Errorf("position %d: %w", e.Position, err)
		}
	}
	if err := tx.SendBatch(ctx, &s.Batch).Close(); err != nil {
		return fmt.Errorf("write reissues: %w", err)
	}
	return nil
}

func (s *statements) add(e projections.Event) error {
	switch p := e.Payload.(type) {
	case reissue.Asked:
		return s.asked(e, p)
	case reissue.Granted:
		s.Queue(`update reissues set state = $2, students = $3, digest = $4, granted_by = $5, granted_at = $6, granted = $7, note = $8, revision = $9, begun = from_at <= $6 where id = $1`,
			e.Stream, string(reissue.IsGranted), p.Reach.Students, string(p.Reach.Digest), p.By, p.At, e.Position, p.Note, e.Version)
		s.noticeOf(e, Reissued)
	case reissue.Declined:
		s.ended(e, reissue.IsDeclined, p.By, p.Reason)
	case reissue.Revoked:
		s.ended(e, reissue.IsRevoked, p.By, p.Reason)
		s.noticeOf(e, ReissueRevoked)
	case reissue.Begun:
		s.Queue(`update reissues set begun = true, revision = $2 where id = $1`, e.Stream, e.Version)
		s.noticeOf(e, Reissued)
	case reissue.Expired:
		s.Queue(`update reissues set expired = true, revision = $2 where id = $1`, e.Stream, e.Version)
		s.noticeOf(e, ReissueExpired)
	case takedown.Imposed:
		s.Queue(`insert into takedowns (id, org, environment, question, version, reason, imposed_by, imposed_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			p.Takedown, p.Org, p.Environment, p.Question, p.Version, p.Reason, e.Meta.Actor, e.Meta.At)
		return s.notice(e, p.Environment, "", TakenDown, p.Takedown, takenDown{p.Question, p.Version})
	case takedown.Lifted:
		s.Queue(`update takedowns set lifted_by = $2, lifted_at = $3, lifted_why = $4 where id = $1`, p.Takedown, e.Meta.Actor, e.Meta.At, p.Reason)
		return s.notice(e, p.Environment, "", TakedownLifted, p.Takedown, takenDown{Question: p.Question})
	default:
		if change, is := hotconfig.Changed(e.Payload); is {
			return s.notice(e, string(change.Environment), change.Org, ConfigChanged, e.Stream, changedKey{change.Key})
		}
		return s.released(e)
	}
	return nil
}

// released tells what becomes of releases. Who is in one is not said: everybody asks for the own manifest.
func (s *statements) released(e projections.Event) error {
	switch p := e.Payload.(type) {
	case environment.Released:
		return s.notice(e, string(p.Environment), p.Org, ReleaseChanged, p.Release, lessons{[]uuid.UUID{p.Lesson}})
	case environment.Withdrawn:
		return s.notice(e, string(p.Environment), "", ReleaseChanged, p.Release, lessons{[]uuid.UUID{p.Lesson}})
	case environment.Opened:
		ids := make([]uuid.UUID, len(p.Lessons))
		for i, entry := range p.Lessons {
			ids[i] = entry.Lesson
		}
		s.Queue(`insert into candidates values ($1, $2, $3)`, p.Release, string(p.Environment), ids)
	case environment.Completed:
		s.ofCandidate(e, p.Release)
		s.Queue(`delete from candidates where release = $1`, p.Release)
	case environment.Closed:
		s.Queue(`delete from candidates where release = $1`, p.Release)
	default:
		s.ofCandidate(e, e.Stream)
	}
	return nil
}

func (s *statements) asked(e projections.Event, p reissue.Asked) error {
	pins, err := json.Marshal(p.Pins)
	if err != nil {
		return fmt.Errorf("encode pins: %w", err)
	}
	audience, err := json.Marshal(p.Audience)
	if err != nil {
		return fmt.Errorf("encode an audience: %w", err)
	}
	questions := make([]uuid.UUID, len(p.Pins))
	for i, pin := range p.Pins {
		questions[i] = pin.Question
	}
	s.Queue(`insert into reissues (id, org, environment, question, lesson, version, pins, questions, audience, from_at, until_at, reason, state, second,
			students, digest, asked_by, asked_at, revision)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		e.Stream, p.Org, p.Environment, p.Question, p.Lesson, p.Version, pins, questions, audience, p.From, p.Until, p.Reason, string(reissue.IsAsked), p.Second,
		p.Reach.Students, string(p.Reach.Digest), p.By, e.Meta.At, e.Version)
	return nil
}

func (s *statements) ended(e projections.Event, state reissue.State, by, why string) {
	s.Queue(`update reissues set state = $2, ended_by = $3, ended_at = $4, ended_why = $5, revision = $6 where id = $1`,
		e.Stream, string(state), by, e.Meta.At, why, e.Version)
}

func (s *statements) notice(e projections.Event, environment, org string, kind Kind, subject uuid.UUID, data any) error {
	encoded, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode a notice: %w", err)
	}
	s.Queue(`insert into notices values ($1, $2, $3, $4, $5, $6, $7)`, e.Position, environment, org, string(kind), subject, encoded, e.Meta.At)
	return nil
}

// noticeOf is a notice of a reissue: what it gives stands in its row.
func (s *statements) noticeOf(e projections.Event, kind Kind) {
	s.Queue(`insert into notices select $2, environment, '', $3, id, json_build_object('question', nullif(question, '00000000-0000-0000-0000-000000000000'),
			'lesson', nullif(lesson, '00000000-0000-0000-0000-000000000000'), 'version', version, 'from', from_at, 'until', until_at, 'questions', questions), $4
		from reissues where id = $1`, e.Stream, e.Position, string(kind), e.Meta.At)
}

func (s *statements) ofCandidate(e projections.Event, id uuid.UUID) {
	s.Queue(`insert into notices select $2, environment, '', $3, release, json_build_object('lessons', lessons), $4 from candidates where release = $1`,
		id, e.Position, string(ReleaseChanged), e.Meta.At)
}
