package uses

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/projections"
)

const (
	name    = "uses"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names what changes where questions stand, and what versions there are.
func (*Projection) Events() []string {
	return event.Names(lesson.Created{}, lesson.Edited{}, lesson.Published{}, lesson.Retired{},
		lesson.RevisionDeclined{}, question.Published{})
}

// statements are what a batch changes, in the order in which it happened. They go in one round trip.
type statements struct{ pgx.Batch }

// Apply folds a batch.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var s statements
	for _, e := range batch {
		s.add(e)
	}
	if s.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &s.Batch).Close(); err != nil {
		return fmt.Errorf("write uses: %w", err)
	}
	return nil
}

func (s *statements) add(e projections.Event) {
	at := e.RecordedAt.UnixMicro()
	switch p := e.Payload.(type) {
	case lesson.Created:
		s.Queue(`insert into lessons values ($1, $2, $3, $4, false)`, e.Stream, p.Org, p.Plan.Title, e.Meta.Actor)
		s.places(e.Stream, false, p.Plan)
	case lesson.Edited:
		s.Queue(`update lessons set title = $2, owner = $3 where lesson = $1`, e.Stream, p.Plan.Title, e.Meta.Actor)
		s.places(e.Stream, false, p.Plan)
	case lesson.Published:
		s.places(e.Stream, true, p.Plan)
	case lesson.Retired:
		s.Queue(`update lessons set retired = true where lesson = $1`, e.Stream)
	case lesson.RevisionDeclined:
		s.Queue(`insert into declined values ($1, $2, $3, $4, $5, $6) on conflict (lesson, question) do update
			set version = excluded.version, by = excluded.by, reason = excluded.reason, at = excluded.at`,
			e.Stream, p.Question, p.Version, e.Meta.Actor, p.Reason, at)
	case question.Published:
		if p.Kind == question.Erratum {
			s.Queue(`update revised set latest = $2 where question = $1`, e.Stream, p.Version)
		} else if p.Version > 1 {
			s.Queue(`insert into revised values ($1, $2, $2, $3) on conflict (question) do update set revision = excluded.revision,
				latest = excluded.latest, at = excluded.at`, e.Stream, p.Version, at)
		}
	}
}

// places are replaced: a draft, or a newest published version, has others now.
func (s *statements) places(id uuid.UUID, published bool, plan lesson.Plan) {
	var slots []string
	var questions []uuid.UUID
	var numbers []int
	for _, item := range plan.Items {
		slots, questions, numbers = append(slots, string(item.Slot)), append(questions, item.Question), append(numbers, item.Version)
	}
	for _, draw := range plan.Draws {
		for _, q := range draw.Pool {
			slots, questions, numbers = append(slots, string(draw.PoolSlot())), append(questions, q.Question), append(numbers, q.Version)
		}
	}
	s.Queue(`delete from places where lesson = $1 and published = $2`, id, published)
	s.Queue(`insert into places select $1, $2, * from unnest($3::text[], $4::uuid[], $5::int[])`, id, published, slots, questions, numbers)
}
