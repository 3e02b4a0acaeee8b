package delivery

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/projections"
)

const (
	name    = "delivery"
	version = 1
)

//go:embed schema.sql
var schema string

// Types gives compiled question types. A registered version never changes.
type Types interface {
	Type(ctx context.Context, ref qtype.Ref) (*qtype.Type, error)
}

// Projection keeps the tables.
type Projection struct{ types Types }

// New makes the projection.
func New(types Types) *Projection { return &Projection{types: types} }

// Name is "delivery".
func (*Projection) Name() string { return name }

// Version is that of the tables.
func (*Projection) Version() int { return version }

// Schema is the DDL of the tables.
func (*Projection) Schema() string { return schema }

// Events names what was published and released.
func (*Projection) Events() []string {
	return []string{
		question.Published{}.Name(), lesson.Published{}.Name(),
		environment.Released{}.Name(), environment.Withdrawn{}.Name(),
	}
}

// Apply folds a batch.
func (p *Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var published questions
	var lessons lessons
	lanes := lanes{}
	for _, e := range batch {
		switch payload := e.Payload.(type) {
		case question.Published:
			if err := published.add(ctx, p.types, e, payload); err != nil {
				return fmt.Errorf("version %d of question %s: %w", payload.Version, e.Stream, err)
			}
		case lesson.Published:
			if err := lessons.add(e.Stream, payload); err != nil {
				return err
			}
		case environment.Released:
			lanes[lane{payload.Environment, payload.Lesson}] = standing{payload, e.RecordedAt.UnixMicro()}
		case environment.Withdrawn:
			lanes[lane{payload.Environment, payload.Lesson}] = standing{}
		}
	}
	for _, write := range []func(context.Context, pgx.Tx) error{published.write, lessons.write, lanes.write} {
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

// lane is a lesson in an environment.
type lane struct {
	environment environment.Name
	lesson      uuid.UUID
}

// standing is what is live there at the end of a batch; the zero value is nothing.
type standing struct {
	environment.Released
	at int64
}

type lanes map[lane]standing

// write replaces what stood in each lane. Releases are few and wide: they go one by one, in one round trip.
func (l lanes) write(ctx context.Context, tx pgx.Tx) error {
	if len(l) == 0 {
		return nil
	}
	var statements pgx.Batch
	for key, now := range l {
		if now.Release == uuid.Nil {
			statements.Queue(`delete from live where environment = $1 and lesson = $2`, string(key.environment), key.lesson)
			continue
		}
		released, err := json.Marshal(now.Released)
		if err != nil {
			return fmt.Errorf("encode release %s: %w", now.Release, err)
		}
		ids, versions := make([]uuid.UUID, len(now.Questions)), make([]int, len(now.Questions))
		for i, frozen := range now.Questions {
			ids[i], versions[i] = frozen.Question, frozen.Version
		}
		statements.Queue(`
			insert into live (environment, lesson, org, version, questions, versions, released, released_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
			on conflict (environment, lesson) do update set org = excluded.org, version = excluded.version, questions = excluded.questions,
				versions = excluded.versions, released = excluded.released, released_at = excluded.released_at`,
			string(key.environment), key.lesson, now.Org, now.Version, ids, versions, released, now.at)
	}
	if err := tx.SendBatch(ctx, &statements).Close(); err != nil {
		return fmt.Errorf("write what is live: %w", err)
	}
	return nil
}
