package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"qbank/domain/fault"
)

// lane is the one order of all streams. The table has room for more; they would be orders of their own.
const lane = 0

// ErrClosed is returned by a store that was closed.
var ErrClosed = errors.New("the event store is closed")

// Options of a store. The zero value is good.
type Options struct {
	Upcasters  map[UpcastKey]Upcaster
	Logger     *slog.Logger
	OnCommit   func(head int64)      // the doorbell: called after each commit with the last position it stored; must not block
	MaxBatch   int                   // events that share a transaction; 1,000
	Committers int                   // transactions under way at a time; 2
	Registerer prometheus.Registerer // where the figures go; nowhere
}

// Store is the log. It is safe for use by many goroutines. Make one with Open, per process and database.
type Store struct {
	pool      *pgxpool.Pool
	queue     *queue
	upcasters map[UpcastKey]Upcaster
	log       *slog.Logger
	onCommit  func(int64)
	maxBatch  int
	metrics   *metrics
	doorbells doorbells

	life    context.Context // of commits under way
	end     context.CancelFunc
	closing chan struct{}
	once    sync.Once
	working sync.WaitGroup
}

// Open makes a store on a migrated database. Reads go through pool; commits have connections of their own (Options.Committers),
// made like the pool's. It refuses a database that is not migrated ("database.not_migrated").
func Open(ctx context.Context, pool *pgxpool.Pool, opts Options) (*Store, error) {
	if err := checkDatabase(ctx, pool); err != nil {
		return nil, err
	}
	figures, err := newMetrics(opts.Registerer)
	if err != nil {
		return nil, fmt.Errorf("register the event store's figures: %w", err)
	}
	s := &Store{
		pool:      pool,
		queue:     newQueue(),
		upcasters: opts.Upcasters,
		log:       opts.Logger,
		onCommit:  opts.OnCommit,
		maxBatch:  opts.MaxBatch,
		metrics:   figures,
		closing:   make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.maxBatch <= 0 {
		s.maxBatch = 1000
	}
	committers := opts.Committers
	if committers <= 0 {
		committers = 2
	}
	s.life, s.end = context.WithCancel(context.Background())
	for range committers {
		s.working.Add(1)
		go (&committer{store: s}).run()
	}
	return s, nil
}

func checkDatabase(ctx context.Context, pool *pgxpool.Pool) error {
	var migrated bool
	err := pool.QueryRow(ctx, "select to_regproc('append_events') is not null").Scan(&migrated)
	if err != nil {
		return fmt.Errorf("reach the event store's database: %w", err)
	}
	if !migrated {
		return fault.Refuse(fault.Unavailable, "database.not_migrated", fault.Say(
			"The database has no event log yet; migrate it first.", "数据库尚无事件日志,请先执行迁移。"))
	}
	return nil
}

// connect makes a connection for a committer. Whatever the database's default, it is READ COMMITTED.
func (s *Store) connect(ctx context.Context) (*pgx.Conn, error) {
	settings := s.pool.Config() // a copy
	config := settings.ConnConfig
	if settings.BeforeConnect != nil {
		if err := settings.BeforeConnect(ctx, config); err != nil {
			return nil, err
		}
	}
	config.RuntimeParams["default_transaction_isolation"] = "read committed"
	config.RuntimeParams["application_name"] = "qbank append"
	return pgx.ConnectConfig(ctx, config)
}

// Close takes no more appends, finishes those that wait and returns. A commit that cannot reach the database is given up:
// its callers learn that its outcome is not known. Followers end by their context.
func (s *Store) Close() {
	s.once.Do(func() {
		close(s.closing)
		s.queue.close()
		limit := time.AfterFunc(closeWithin, s.end)
		s.working.Wait()
		limit.Stop()
		s.end()
	})
}
