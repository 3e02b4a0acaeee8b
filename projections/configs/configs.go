package configs

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/hotconfig"
	"qbank/projections"
)

const (
	name    = "configs"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names everything that happens to configuration keys.
func (*Projection) Events() []string {
	return event.NewCodec(hotconfig.Events).Names()
}

// Apply folds a batch. Changes are few, and each step rests on the one before: they go in one round trip, in their order.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var s pgx.Batch
	for _, e := range batch {
		if err := queue(&s, e); err != nil {
			return err
		}
	}
	if err := tx.SendBatch(ctx, &s).Close(); err != nil {
		return fmt.Errorf("write configurations: %w", err)
	}
	return nil
}

// line is what an event adds to a key's history.
type line struct {
	environment environment.Name
	seen        int
	reason      string
	said        any // nil: nothing
}

func queue(s *pgx.Batch, e projections.Event) error {
	at := e.RecordedAt.UnixMicro()
	var l line
	switch p := e.Payload.(type) {
	case hotconfig.Described:
		spec, err := json.Marshal(p.Spec)
		if err != nil {
			return fmt.Errorf("encode what %s is: %w", p.Key, err)
		}
		s.Queue(`insert into keys values ($1, $2, $3, $4, false, $5, $6, $7, $8) on conflict (id) do update set spec = excluded.spec, retired = false`,
			e.Stream, p.Org, string(p.Key), spec, e.Version, e.Meta.Actor, at, e.Position)
		l = line{"", p.Seen, p.Reason, p.Spec}
	case hotconfig.RulesSet:
		rules, err := json.Marshal(p.Rules)
		if err != nil {
			return fmt.Errorf("encode rules of %s: %w", p.Key, err)
		}
		s.Queue(`insert into rulesets values ($1, $2, $3, false) on conflict (id, environment) do update set rules = excluded.rules`, e.Stream, string(p.Environment), rules)
		l = line{p.Environment, p.Seen, p.Reason, p.Rules}
	case hotconfig.Killed:
		s.Queue(`insert into rulesets values ($1, $2, '[]', true) on conflict (id, environment) do update set killed = true`, e.Stream, string(p.Environment))
		l = line{p.Environment, p.Seen, p.Reason, nil}
	case hotconfig.Revived:
		s.Queue(`update rulesets set killed = false where id = $1 and environment = $2`, e.Stream, string(p.Environment))
		l = line{p.Environment, p.Seen, p.Reason, nil}
	case hotconfig.Retired:
		s.Queue(`update keys set retired = true where id = $1`, e.Stream)
		s.Queue(`delete from rulesets where id = $1`, e.Stream)
		l = line{"", p.Seen, p.Reason, nil}
	default:
		return nil
	}
	s.Queue(`update keys set revision = $2, updated_by = $3, updated_at = $4, position = $5 where id = $1`, e.Stream, e.Version, e.Meta.Actor, at, e.Position)
	var said []byte
	if l.said != nil {
		var err error
		if said, err = json.Marshal(l.said); err != nil {
			return fmt.Errorf("encode a change of configuration %s: %w", e.Stream, err)
		}
	}
	_, kind, _ := strings.Cut(e.Payload.Name(), ".")
	s.Queue(`insert into history values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, e.Stream, e.Position, string(l.environment), kind, e.Version, l.seen,
		e.Meta.Actor, at, l.reason, said)
	return nil
}
