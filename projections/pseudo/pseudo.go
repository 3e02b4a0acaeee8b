package pseudo

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"qbank/domain/event"
	"qbank/domain/pseudo"
	"qbank/projections"
)

const (
	name    = "pseudo"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the table.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names everything that happens to tickets.
func (*Projection) Events() []string {
	return event.Names(pseudo.Opened{}, pseudo.Approved{}, pseudo.Minted{}, pseudo.Closed{})
}

// Apply folds a batch, event by event: tickets are few.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var statements pgx.Batch
	for _, e := range batch {
		switch payload := e.Payload.(type) {
		case pseudo.Opened:
			statements.Queue(`insert into tickets values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 0, 0, 0, '', '')`, e.Stream, payload.Org, payload.Environment,
				payload.Staff, payload.Student, payload.Person, payload.Reason, payload.Write, payload.At, payload.Until)
		case pseudo.Approved:
			statements.Queue(`update tickets set approved_by = $2 where id = $1`, e.Stream, payload.By)
		case pseudo.Minted:
			statements.Queue(`update tickets set tokens = tokens + 1, expires_at = $2 where id = $1`, e.Stream, payload.Expires)
		case pseudo.Closed:
			statements.Queue(`update tickets set ended_at = $2, ended_by = $3, end_reason = $4 where id = $1`, e.Stream, e.Meta.At, payload.By, payload.Reason)
		}
	}
	if err := tx.SendBatch(ctx, &statements).Close(); err != nil {
		return fmt.Errorf("write tickets: %w", err)
	}
	return nil
}
