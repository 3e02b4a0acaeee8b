package releases

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/release"
	"qbank/projections"
)

const (
	name    = "releases"
	version = 2
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names everything that happens to releases and environments.
func (*Projection) Events() []string {
	return event.NewCodec(release.Events, environment.Events).Names()
}

// statements are what a batch changes, in the order in which it happened: releases are few, and each step rests on the one before. They go in one
// round trip.
type statements struct{ pgx.Batch }

// Apply folds a batch.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var s statements
	for _, e := range batch {
		if err := s.add(e); err != nil {
			return err
		}
	}
	if err := tx.SendBatch(ctx, &s.Batch).Close(); err != nil {
		return fmt.Errorf("write releases: %w", err)
	}
	return nil
}

// change is what an event does to a release.
type change struct {
	state   release.State // "": stays
	weight  *int          // nil: stays
	reason  string
	figures *release.Figures
}

func (s *statements) add(e projections.Event) error {
	switch p := e.Payload.(type) {
	case environment.Released:
		return s.whole(e, p)
	case environment.Withdrawn:
		s.Queue(`delete from baselines where environment = $1 and lesson = $2`, string(p.Environment), p.Lesson)
		return s.note(e, p.Release, change{reason: p.Reason})
	case environment.Completed:
		s.Queue(`insert into baselines select $2::text, lesson, release from frozen where release = $1`+replacing, p.Release, string(p.Environment))
	case environment.Patched:
		return s.note(e, p.Release, change{reason: patches(p.Places)})
	case release.Planned:
		return s.plan(e, p.Plan)
	case release.Started:
		return s.change(e, change{state: release.IsRunning, weight: &p.Weight, reason: late(p)})
	case release.Advanced:
		return s.change(e, change{weight: &p.Weight, figures: p.Figures})
	case release.Widened:
		return s.change(e, change{weight: &p.Weight, reason: p.Reason})
	case release.Paused:
		return s.change(e, change{state: release.IsPaused, reason: p.Reason})
	case release.Resumed:
		return s.change(e, change{state: release.IsRunning})
	case release.Frozen:
		s.Queue(`update releases set thawed = state where id = $1`, e.Stream)
		return s.change(e, change{state: release.IsFrozen, reason: p.Reason})
	case release.Thawed:
		s.Queue(`update releases set state = thawed where id = $1`, e.Stream)
		return s.change(e, change{})
	case release.RolledBack:
		return s.change(e, change{state: release.IsRolledBack, reason: p.Reason, figures: p.Figures})
	case release.Finished:
		return s.change(e, change{state: release.IsCompleted, figures: p.Figures})
	case release.Cancelled:
		return s.change(e, change{state: release.IsCancelled, reason: p.Reason})
	}
	return nil
}

// late says by how much a release started late; "" where it did not.
func late(s release.Started) string {
	if s.Late == 0 {
		return ""
	}
	return "late by " + (time.Duration(s.Late) * time.Microsecond).Round(time.Second).String()
}

const replacing = ` on conflict (environment, lesson) do update set release = excluded.release`

// patches says what errata came to which places: "q1: 1 → 2".
func patches(places []environment.Patch) string {
	lines := make([]string, len(places))
	for i, p := range places {
		lines[i] = fmt.Sprintf("%s: %d → %d", p.Slot, p.From, p.To)
	}
	return strings.Join(lines, ", ")
}

// whole is a lesson that goes live at once.
func (s *statements) whole(e projections.Event, p environment.Released) error {
	at := e.RecordedAt.UnixMicro()
	s.Queue(`insert into releases values ($1, $2, $3, '', $4, '', 1, $5, null, $6, 0, $7, $8, $7, $8)`, p.Release, p.Org, string(p.Environment),
		string(release.IsCompleted), []uuid.UUID{p.Lesson}, p.Note, e.Meta.Actor, at)
	s.Queue(`insert into baselines values ($1, $2, $3)`+replacing, string(p.Environment), p.Lesson, p.Release)
	if err := s.freeze(p.Release, release.Set{{Lesson: p.Lesson, Org: p.Org, Version: p.Version, Questions: p.Questions}}); err != nil {
		return err
	}
	return s.note(e, p.Release, change{})
}

func (s *statements) plan(e projections.Event, p release.Plan) error {
	set, lessons := p.Lessons, make([]uuid.UUID, len(p.Lessons))
	for i, l := range set {
		lessons[i] = l.Lesson
	}
	p.Lessons = nil
	plan, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode the plan of release %s: %w", e.Stream, err)
	}
	s.Queue(`insert into releases values ($1, $2, $3, $4, $5, '', 0, $6, $7, $8, $9, $10, $11, $10, $11)`, e.Stream, p.Org, string(p.Environment), p.Title,
		string(release.IsPlanned), lessons, plan, p.Note, e.Version, e.Meta.Actor, e.RecordedAt.UnixMicro())
	if err := s.freeze(e.Stream, set); err != nil {
		return err
	}
	return s.note(e, e.Stream, change{})
}

func (s *statements) freeze(id uuid.UUID, set release.Set) error {
	for i, l := range set {
		questions, err := json.Marshal(l.Questions)
		if err != nil {
			return fmt.Errorf("encode a lesson of release %s: %w", id, err)
		}
		s.Queue(`insert into frozen values ($1, $2, $3, $4, $5, $6)`, id, i, l.Lesson, l.Org, l.Version, questions)
	}
	return nil
}

// change is a step in a release's own stream.
func (s *statements) change(e projections.Event, c change) error {
	s.Queue(`update releases set state = coalesce(nullif($2, ''), state), weight = coalesce($3, weight), revision = $4, updated_by = $5, updated_at = $6 where id = $1`,
		e.Stream, string(c.state), c.weight, e.Version, e.Meta.Actor, e.RecordedAt.UnixMicro())
	return s.note(e, e.Stream, c)
}

// note writes a line of a release's history.
func (s *statements) note(e projections.Event, id uuid.UUID, c change) error {
	var figures []byte
	if c.figures != nil {
		var err error
		if figures, err = json.Marshal(c.figures); err != nil {
			return fmt.Errorf("encode the figures of release %s: %w", id, err)
		}
	}
	_, kind, _ := strings.Cut(e.Payload.Name(), ".")
	s.Queue(`insert into history values ($1, $2, $3, $4, $5, $6, $7, $8)`, id, e.Position, kind, e.Meta.Actor, e.RecordedAt.UnixMicro(), c.weight, c.reason, figures)
	return nil
}
