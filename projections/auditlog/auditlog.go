package auditlog

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/attempt"
	"qbank/domain/erasure"
	"qbank/domain/event"
	"qbank/projections"
)

const (
	name    = "auditlog"
	version = 2
)

//go:embed schema.sql
var schema string

// Projection keeps the table.
type Projection struct {
	projections.Tables
	events []string
}

// left are the events of students' own attempts.
var left = event.Names(attempt.Started{}, attempt.Answered{}, attempt.Finished{})

// New makes the projection of all events that a codec knows, but those of students' own attempts.
func New(codec *event.Codec) *Projection {
	names := slices.DeleteFunc(codec.Names(), func(name string) bool { return slices.Contains(left, name) })
	return &Projection{projections.NewTables(name, version, schema), names}
}

// Indexes are what lists go by.
func (*Projection) Indexes() string {
	return `create index if not exists deeds_org on deeds (org, at, id);
create index if not exists deeds_actor on deeds (actor, at, id);
create index if not exists deeds_acting_for on deeds (acting_for, at, id) where acting_for <> '';
create index if not exists deeds_object on deeds (object, at, id);
create index if not exists deeds_person on deeds (person, at, id) where person <> '';
create index if not exists deeds_action on deeds (action, at, id);`
}

// Events names all but those of students' own attempts.
func (p *Projection) Events() []string { return p.events }

// Apply adds a line for each event.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	rows := make([][]any, len(batch))
	for i, e := range batch {
		m, person := e.Meta, ""
		if e.Person != uuid.Nil {
			person = e.Person.String()
		}
		rows[i] = []any{e.ID, m.At, m.Org, m.Environment, m.Actor, m.ActingFor, m.SignIn, m.Correlation, e.Payload.Name(), e.Stream.String(), person, detail(e.Payload), e.Position}
	}
	columns := []string{"id", "at", "org", "environment", "actor", "acting_for", "sign_in", "correlation", "action", "object", "person", "detail", "position"}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"deeds"}, columns, pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("write what was done: %w", err)
	}
	return nil
}

// detail is what the log itself has to say of an event. Most have a history of their own to be looked at; that of an erasure is here alone.
func detail(e event.Event) string {
	switch e := e.(type) {
	case erasure.Begun:
		return e.Reason
	case erasure.Erased:
		var counts []string
		for _, what := range slices.Sorted(maps.Keys(e.Counts)) {
			counts = append(counts, fmt.Sprintf("%s %d", what, e.Counts[what]))
		}
		return strings.Join(counts, ", ")
	}
	return ""
}
