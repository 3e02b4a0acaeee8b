package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/event"
)

// Event is a fact as a projection sees it. It is decoded once and shared by every projection of the process: read it,
// never change it or what it points to.
type Event struct {
	Position   int64 // in the log: 1, 2, 3, ...
	Stream     uuid.UUID
	Version    int // in its stream: 1, 2, 3, ...
	ID         uuid.UUID
	Person     uuid.UUID // whose key enciphers what is personal in the payload; zero where nothing is
	RecordedAt time.Time
	Meta       event.Meta
	Payload    event.Event
}

// Projection is a read model: its tables and how events change them. Its methods are called by several goroutines; all but
// Apply return the same at every call.
type Projection interface {
	// Name is lower case letters, digits and underscores, at most 40: "catalog".
	Name() string

	// Version counts from 1. Raise it when the tables or the meaning of their rows change: the engine fills the new version
	// beside the old one.
	Version() int

	// Events names the events it wants. Others pass by without being decoded.
	Events() []string

	// Schema is the DDL of its tables. It runs once per copy, with only the copy's own schema on the search path, so it
	// names nothing but its own tables. Avoid enum and composite types: statements that readers have prepared outlive a rebuild only
	// where the types of their columns do.
	Schema() string

	// Apply folds a batch, in the order of the log, into the tables. The search path of tx is the copy's own schema. What
	// Apply writes and the move of the checkpoint are one transaction, which the engine commits. An error rolls all of
	// it back, and Apply sees these events again in another batch, so it keeps nothing in memory between calls, or takes care
	// that what it keeps is only a cache of committed rows.
	Apply(ctx context.Context, tx pgx.Tx, batch []Event) error
}

// Indexed is a projection with indexes that only its readers need. A copy that is being filled has no readers, so they are made when it
// has caught up, before it serves: sorting once is many times faster than sorting each row in.
type Indexed interface {
	// Indexes is DDL like Schema. It may run again after an interruption: create index if not exists.
	Indexes() string
}

// SchemaName is the PostgreSQL schema that readers of a version qualify its tables with: "catalog_v1".
func SchemaName(name string, version int) string {
	return fmt.Sprintf("%s_v%d", name, version)
}
