package staff

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"qbank/domain/apikey"
	"qbank/domain/event"
	"qbank/domain/staff"
	"qbank/projections"
)

const (
	name    = "staff"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names everything that happens to roles and to keys.
func (*Projection) Events() []string {
	return event.Names(staff.RoleGranted{}, staff.RoleRevoked{}, apikey.Created{}, apikey.Revoked{})
}

// Apply folds a batch, event by event: roles and keys change seldom.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var statements pgx.Batch
	for _, e := range batch {
		at := e.RecordedAt.UnixMicro()
		switch payload := e.Payload.(type) {
		case staff.RoleGranted:
			statements.Queue(`insert into people values ($1, $2) on conflict do nothing`, payload.Person, at)
			statements.Queue(`insert into roles values ($1, $2, $3, $4, $5, $6) on conflict (person, org, role) do update
				set environments = excluded.environments, granted_by = excluded.granted_by, granted_at = excluded.granted_at`,
				payload.Person, payload.Org, string(payload.Role), texts(payload.Environments), e.Meta.Actor, at)
		case staff.RoleRevoked:
			statements.Queue(`delete from roles where person = $1 and org = $2 and role = $3`, payload.Person, payload.Org, string(payload.Role))
		case apikey.Created:
			statements.Queue(`insert into keys values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 0, '')`, e.Stream, payload.Prefix, payload.Org, payload.Title,
				texts(payload.Roles), texts(payload.Environments), texts(payload.Networks), e.Meta.Actor, at, payload.ExpiresAt)
		case apikey.Revoked:
			statements.Queue(`update keys set revoked_by = $2, revoked_at = $3, reason = $4 where id = $1`, e.Stream, e.Meta.Actor, at, payload.Reason)
		}
	}
	if err := tx.SendBatch(ctx, &statements).Close(); err != nil {
		return fmt.Errorf("write roles and keys: %w", err)
	}
	return nil
}

// texts is a list that is never null.
func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
