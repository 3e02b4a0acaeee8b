// Package stack puts the parts of qbank together on one database: the log, the read models, the commands.
//
// Programs and tests that need a working qbank open a [Stack]; the doors are mounted on it elsewhere.
package stack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"qbank/commands"
	"qbank/domain"
	"qbank/eventstore"
	"qbank/internal/bus"
	"qbank/internal/numbers"
	"qbank/internal/people"
	"qbank/migrations"
	"qbank/projections"
	"qbank/projections/catalog"
	"qbank/projections/delivery"
	"qbank/projections/gradebook"
	"qbank/projections/imports"
	"qbank/projections/items"
	"qbank/projections/knowledge"
	"qbank/projections/lessons"
	"qbank/projections/roster"
	"qbank/projections/types"
	"qbank/schemas"
)

// Options of a stack.
type Options struct {
	Logger  *slog.Logger          // nil: the default one
	Metrics prometheus.Registerer // nil: none
}

// Stack is a working qbank.
type Stack struct {
	Pool      *pgxpool.Pool
	Store     *eventstore.Store
	Engine    *projections.Engine
	Commands  *commands.Bus
	People    *people.Book
	Delivery  *delivery.Queries
	Catalog   *catalog.Queries
	Lessons   *lessons.Queries
	Types     *types.Queries
	Knowledge *knowledge.Queries
	Roster    *roster.Queries
	Imports   *imports.Queries
	Gradebook *gradebook.Queries
	Items     *items.Queries
	Logger    *slog.Logger
	bells     *bus.Bus
}
