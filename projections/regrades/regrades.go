package regrades

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"qbank/domain/event"
	"qbank/domain/regrade"
	"qbank/projections"
)

const (
	name    = "regrades"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names everything that happens to a regrade.
func (*Projection) Events() []string { return event.NewCodec(regrade.Events).Names() }

// Apply folds a batch: regrades are few, and each step rests on the one before. The statements go in one round trip.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var s statements
	for _, e := range batch {
		if err := s.add(e); err != nil {
			return err
		}
	}
	if err := tx.SendBatch(ctx, &s.Batch).Close(); err != nil {
		return fmt.Errorf("write regrades: %w", err)
	}
	return nil
}

type statements struct{ pgx.Batch }

// step is a line of a regrade's history.
type step struct {
	policy  regrade.Policy
	reason  string
	figures *regrade.Figures
}

func (s *statements) add(e projections.Event) error {
	at := e.RecordedAt.UnixMicro()
	set := func(columns string, args ...any) {
		s.Queue(`update regrades set revision = $2, updated_at = $3, `+columns+` where id = $1`, append([]any{e.Stream, e.Version, at}, args...)...)
	}
	switch p := e.Payload.(type) {
	case regrade.Proposed:
		s.Queue(`insert into regrades values ($1, $2, $3, $4, $5, $6, $7, 1, '', '', '', '', 0, null, $8, $8)`,
			e.Stream, p.Org, p.Environment, p.Question, p.From, p.To, string(regrade.Open), at)
		return s.note(e, step{})
	case regrade.Assessed:
		figures, err := json.Marshal(p.Figures)
		if err != nil {
			return fmt.Errorf("encode the figures of regrade %s: %w", e.Stream, err)
		}
		set(`figures = $4`, figures)
		return s.note(e, step{figures: &p.Figures})
	case regrade.Asked:
		set(`state = $4, policy = $5, reason = $6, asked_by = $7, decided_by = ''`, string(regrade.InQuestion), string(p.Policy), p.Reason, p.By)
		return s.note(e, step{policy: p.Policy, reason: p.Reason})
	case regrade.Approved:
		set(`state = $4, round = $5, decided_by = $6`, string(regrade.Standing), p.Round, p.By)
		return s.note(e, step{policy: p.Policy, reason: p.Note, figures: &p.Figures})
	case regrade.Declined:
		set(`state = $4, decided_by = $5`, string(regrade.Refused), p.By)
		return s.note(e, step{reason: p.Reason})
	case regrade.Revoked:
		set(`state = $4, decided_by = $5`, string(regrade.Over), p.By)
		return s.note(e, step{reason: p.Reason})
	}
	return nil
}

func (s *statements) note(e projections.Event, l step) error {
	var figures []byte
	if l.figures != nil {
		var err error
		if figures, err = json.Marshal(l.figures); err != nil {
			return fmt.Errorf("encode the figures of regrade %s: %w", e.Stream, err)
		}
	}
	_, kind, _ := strings.Cut(e.Payload.Name(), ".")
	s.Queue(`insert into history values ($1, $2, $3, $4, $5, $6, $7, $8)`, e.Stream, e.Position, kind, e.Meta.Actor, e.RecordedAt.UnixMicro(),
		string(l.policy), l.reason, figures)
	return nil
}
