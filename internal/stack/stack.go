// Package stack puts the parts of qbank together on one database: the log, the read models, the commands.
//
// Programs and tests that need a working qbank open a [Stack]; the doors are mounted on it elsewhere.
package stack

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"qbank/commands"
	"qbank/domain"
	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/eventstore"
	"qbank/internal/bus"
	"qbank/internal/health"
	"qbank/internal/numbers"
	"qbank/internal/people"
	"qbank/migrations"
	"qbank/projections"
	"qbank/projections/delivery"
	"qbank/schemas"
)

// Options of a stack.
type Options struct {
	Logger  *slog.Logger          // nil: the default one
	Metrics prometheus.Registerer // nil: none
}

// Stack is a working qbank. Run keeps its read models up to date.
type Stack struct {
	Pool     *pgxpool.Pool
	Store    *eventstore.Store
	Engine   *projections.Engine
	Commands *commands.Bus
	People   *people.Book
	Delivery *delivery.Reader
	Logger   *slog.Logger
	bells    *bus.Bus
}

// Open migrates the database, assembles the parts on it and registers the built-in question types.
func Open(ctx context.Context, pool *pgxpool.Pool, o Options) (*Stack, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if err := migrations.Up(ctx, pool); err != nil {
		return nil, fmt.Errorf("migrate the database: %w", err)
	}
	s := &Stack{Pool: pool, Logger: o.Logger, bells: bus.New(pool, bus.Options{Logger: o.Logger})}
	var err error
	s.Store, err = eventstore.Open(ctx, pool, eventstore.Options{Upcasters: upcasters(domain.Codec), Logger: o.Logger,
		OnCommit: s.bells.Ring, Registerer: o.Metrics})
	if err != nil {
		return nil, fmt.Errorf("open the event store: %w", err)
	}
	if s.People, err = people.New(pool); err != nil {
		return nil, err
	}
	types := commands.NewTypes(s.Store, domain.Codec)
	s.readModels(types, o)
	if err := s.writeSide(types, o); err != nil {
		return nil, err
	}
	return s, s.registerTypes(ctx)
}

// readModels is the list of all read models.
func (s *Stack) readModels(types *commands.Types, o Options) {
	s.Delivery = delivery.NewReader(s.Pool, types)
	s.Engine = projections.New(s.Pool, s.Store, domain.Codec, projections.Options{Logger: o.Logger, Registerer: o.Metrics},
		delivery.New(types),
	)
}

func (s *Stack) writeSide(types *commands.Types, o Options) error {
	judges, err := newJudges(s.Delivery)
	if err != nil {
		return err
	}
	live, err := newLive(s.Delivery)
	if err != nil {
		return err
	}
	s.Commands = &commands.Bus{
		Log: s.Store, Codec: domain.Codec, Types: types, Numbers: numbers.Sequence{Pool: s.Pool}, Judges: judges, Live: live,
		Classes: noClasses{}, People: s.People, Logger: o.Logger, Metrics: o.Metrics,
	}
	return s.Commands.Start()
}

func (s *Stack) registerTypes(ctx context.Context) error {
	builtIn, err := schemas.BuiltIn()
	if err != nil {
		return fmt.Errorf("compile the built-in question types: %w", err)
	}
	return commands.RegisterBuiltIn(ctx, s.Commands, builtIn)
}

// Run keeps the read models up to date until ctx ends.
func (s *Stack) Run(ctx context.Context) error {
	if err := s.bells.OnBell(func(head int64) { s.Store.Wake(); s.Engine.Wake(head) }); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.bells.Run(ctx) })
	g.Go(func() error { return s.Engine.Run(ctx) })
	return g.Wait()
}

// Checks are what must be so before the stack is ready.
func (s *Stack) Checks() []health.Check {
	return []health.Check{{Name: "projections", Run: s.Engine.Ready}}
}

// Close ends the store, after the appends that are under way.
func (s *Stack) Close() { s.Store.Close() }

func upcasters(codec *event.Codec) map[eventstore.UpcastKey]eventstore.Upcaster {
	steps := map[eventstore.UpcastKey]eventstore.Upcaster{}
	codec.Upcasts(func(name string, from int, up event.Upcast) {
		steps[eventstore.UpcastKey{Type: name, SchemaVersion: from}] = func(e eventstore.Event) (eventstore.Event, error) {
			data, err := up(e.Data)
			e.Data, e.SchemaVersion = data, from+1
			return e, err
		}
	})
	return steps
}

type noClasses struct{}

func (noClasses) ClassesOf(context.Context, access.Scope, string) ([]uuid.UUID, error) { return nil, nil }
