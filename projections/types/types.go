package types

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"qbank/domain/event"
	"qbank/domain/qtype"
	"qbank/projections"
)

const (
	name    = "types"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the table.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names the registrations.
func (*Projection) Events() []string { return event.Names(qtype.Registered{}) }

// Apply adds the versions of a batch. They are few and large: one row each, in one round trip.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var rows pgx.Batch
	for _, e := range batch {
		r := e.Payload.(qtype.Registered)
		var document struct {
			Category string          `json:"category"`
			Title    json.RawMessage `json:"title"`
		}
		if err := json.Unmarshal(r.Document, &document); err != nil {
			return fmt.Errorf("decode the document of %s: %w", r.Ref, err)
		}
		number, err := parts(r.Ref)
		if err != nil {
			return err
		}
		rows.Queue(`insert into types (id, version, major, minor, patch, org, built_in, category, title, hash, document, registered_by, registered_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			r.Ref.ID, r.Ref.Version, number[0], number[1], number[2], r.Org, r.BuiltIn, document.Category, []byte(document.Title), string(r.Hash),
			[]byte(r.Document), e.Meta.Actor, e.RecordedAt.UnixMicro())
	}
	if err := tx.SendBatch(ctx, &rows).Close(); err != nil {
		return fmt.Errorf("write types: %w", err)
	}
	return nil
}

// parts are the numbers of a version.
func parts(ref qtype.Ref) (number [3]int, err error) {
	if _, err := fmt.Sscanf(ref.Version, "%d.%d.%d", &number[0], &number[1], &number[2]); err != nil {
		return number, fmt.Errorf("the version of %s: %w", ref, err)
	}
	return number, nil
}
