package delivery

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/session"
	"qbank/projections"
)

const (
	name    = "delivery"
	version = 6
)

//go:embed schema.sql
var schema string

// Types gives compiled question types. A registered version never changes.
type Types interface {
	Type(ctx context.Context, ref qtype.Ref) (*qtype.Type, error)
}

// Projection keeps the tables.
type Projection struct {
	projections.Tables
	types Types
}

// New makes the projection.
func New(types Types) *Projection {
	return &Projection{projections.NewTables(name, version, schema), types}
}

// Events names what was published, released and given otherwise, and who began with it.
func (*Projection) Events() []string {
	return append(event.NewCodec(environment.Events, release.Events, reissue.Events).Names(), event.Names(question.Published{}, lesson.Published{}, attempt.Started{},
		session.Planned{}, session.Started{})...)
}

// Apply folds a batch.
func (p *Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var published questions
	var lessons lessons
	var releases releases
	var members members
	for _, e := range batch {
		switch payload := e.Payload.(type) {
		case question.Published:
			if err := published.add(ctx, p.types, e, payload); err != nil {
				return fmt.Errorf("version %d of question %s: %w", payload.Version, e.Stream, err)
			}
			if payload.Kind == question.Erratum {
				releases.erratum(e.Stream, payload.Version, e.RecordedAt.UnixMicro())
			}
		case lesson.Published:
			if err := lessons.add(e.Stream, payload); err != nil {
				return err
			}
		case attempt.Started:
			members.add(payload)
		default:
			if err := releases.add(e); err != nil {
				return err
			}
		}
	}
	for _, write := range []func(context.Context, pgx.Tx) error{published.write, lessons.write, releases.write, members.write} {
		if err := write(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// questions are rows of published versions, by column.
type questions struct {
	ids       []uuid.UUID
	versions  []int
	kinds     []string
	types     []string
	hashes    []string
	publics   [][]byte
	solutions []string
	at        []int64
}

// add parts a content into what students see and what they do not.
func (q *questions) add(ctx context.Context, types Types, e projections.Event, p question.Published) error {
	typ, err := types.Type(ctx, p.Type)
	if err != nil {
		return err
	}
	var doc any
	if err := json.Unmarshal(p.Content, &doc); err != nil {
		return err
	}
	public, solution := typ.Split(doc)
	view := content.Canonical(public)
	q.ids = append(q.ids, e.Stream)
	q.versions = append(q.versions, p.Version)
	q.kinds = append(q.kinds, string(p.Kind))
	q.types = append(q.types, p.Type.String())
	q.hashes = append(q.hashes, string(content.HashBytes(view)))
	q.publics = append(q.publics, view)
	q.solutions = append(q.solutions, string(content.Canonical(solution)))
	q.at = append(q.at, e.RecordedAt.UnixMicro())
	return nil
}

func (q *questions) write(ctx context.Context, tx pgx.Tx) error {
	if len(q.ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		with views as (
			insert into blobs select * from unnest($5::text[], $6::bytea[]) on conflict (hash) do nothing
		), secrets as (
			insert into solutions select * from unnest($1::uuid[], $2::int[], $7::json[])
		)
		insert into question_versions select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $8::bigint[])`,
		q.ids, q.versions, q.kinds, q.types, q.hashes, q.publics, q.solutions, q.at)
	if err != nil {
		return fmt.Errorf("write published questions: %w", err)
	}
	return nil
}

// lessons are rows of published lessons, by column.
type lessons struct {
	ids      []uuid.UUID
	versions []int
	plans    []string
}

func (l *lessons) add(id uuid.UUID, p lesson.Published) error {
	plan, err := json.Marshal(p.Plan)
	if err != nil {
		return fmt.Errorf("encode the plan of lesson %s: %w", id, err)
	}
	l.ids, l.versions, l.plans = append(l.ids, id), append(l.versions, p.Version), append(l.plans, string(plan))
	return nil
}

func (l *lessons) write(ctx context.Context, tx pgx.Tx) error {
	if len(l.ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into lesson_versions select * from unnest($1::uuid[], $2::int[], $3::json[])`, l.ids, l.versions, l.plans)
	if err != nil {
		return fmt.Errorf("write published lessons: %w", err)
	}
	return nil
}
