package processes

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"qbank/domain/event"
	"qbank/internal/checkpoint"
	"qbank/projections"
)

// Options of a router; the zero value of a field stands for the value in brackets.
type Options struct {
	Logger     *slog.Logger          // [slog.Default]
	Node       string                // this program, as others see it in the status [host and process id]
	Registerer prometheus.Registerer // of the metrics [none]
	Tick       time.Duration         // how long a lost doorbell, a standby or an order to retry waits at most [1 s]
	Retries    int                   // of an event within one delivery [3]
	Patience   int                   // deliveries until the process shows as parked [3]
	Longest    time.Duration         // between two deliveries of an event that is refused [1 min]
}

// Router runs processes.
type Router struct {
	pool        *pgxpool.Pool
	log         projections.Log
	codec       *event.Codec
	options     Options
	router      *message.Router
	subscribers []*Subscriber
	names       map[string]bool
}

// New makes a router without processes.
func New(pool *pgxpool.Pool, log projections.Log, codec *event.Codec, o Options) (*Router, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Node == "" {
		host, _ := os.Hostname() // an empty name still leaves the process id
		o.Node = fmt.Sprintf("%s:%d", host, os.Getpid())
	}
	if o.Retries <= 0 {
		o.Retries = 3
	}
	logger := watermill.NewSlogLoggerWithLevelMapping(o.Logger, map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug})
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: 10 * time.Second}, logger)
	if err != nil {
		return nil, fmt.Errorf("make the router of processes: %w", err)
	}
	router.AddMiddleware(
		explain,
		measure(o.Registerer),
		middleware.CorrelationID,
		middleware.Retry{MaxRetries: o.Retries, InitialInterval: 20 * time.Millisecond, Multiplier: 3, MaxInterval: time.Second,
			RandomizationFactor: 0.5, ResetContextOnRetry: true, Logger: logger}.Middleware,
		middleware.Recoverer,
	)
	return &Router{pool: pool, log: log, codec: codec, options: o, router: router, names: map[string]bool{}}, nil
}

var goodName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Add adds a process before Run. A name that is taken or bad, and events that the codec does not know, are defects and panic.
func (r *Router) Add(p Process, start Start) {
	name := p.Name()
	if !goodName.MatchString(name) || r.names[name] {
		panic("processes: " + name + " cannot name a process, or names two")
	}
	r.names[name] = true
	s := NewSubscriber(r.pool, r.log, r.codec, SubscriberOptions{
		Events: p.Events(), Start: start, Logger: r.options.Logger, Node: r.options.Node,
		Tick: r.options.Tick, Patience: r.options.Patience, Longest: r.options.Longest,
	})
	r.subscribers = append(r.subscribers, s)
	r.router.AddConsumerHandler(name, name, s, func(m *message.Message) error {
		e, err := FromMessage(m)
		if err != nil {
			return err
		}
		return p.Handle(m.Context(), e)
	})
}

// Run works until ctx ends and returns nil then.
func (r *Router) Run(ctx context.Context) error {
	if len(r.subscribers) == 0 {
		<-ctx.Done()
		return nil
	}
	if err := r.router.Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("run processes: %w", err)
	}
	return nil
}

// Wake tells the processes that the log has grown to head. It never blocks; a call that is lost costs at most a tick.
func (r *Router) Wake(head int64) {
	for _, s := range r.subscribers {
		s.Wake(head)
	}
}

func measure(registerer prometheus.Registerer) message.HandlerMiddleware {
	seconds := promauto.With(registerer).NewHistogramVec(prometheus.HistogramOpts{
		Name: "qbank_process_handle_seconds", Help: "How long processes take to answer an event, retries included.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9),
	}, []string{"process", "outcome"})
	return func(next message.HandlerFunc) message.HandlerFunc {
		return func(m *message.Message) ([]*message.Message, error) {
			began := time.Now()
			out, err := next(m)
			outcome := "done"
			if err != nil {
				outcome = "refused"
			}
			seconds.WithLabelValues(message.HandlerNameFromCtx(m.Context()), outcome).Observe(time.Since(began).Seconds())
			return out, err
		}
	}
}

// The states of a process.
const (
	Running = "running"
	Parked  = "parked" // it stays on an event that it cannot answer
)

// Status is how a process does.
type Status struct {
	Name     string
	State    string
	Position int64
	Head     int64 // of the log
	Rate     float64
	Worker   string    // the node that moved it last
	Since    time.Time // when it last moved
	Failure  *Failure  // where State is Parked
}

// Failure is the event that a process stays on.
type Failure struct {
	Position int64
	Event    uuid.UUID
	Error    string
	Attempts int
	At       time.Time
}

// ReadStatus returns how every process does, by name, those of other programs included. head is that of the log.
func ReadStatus(ctx context.Context, pool *pgxpool.Pool, head int64) ([]Status, error) {
	rows, err := checkpoint.All(ctx, pool, "")
	if err != nil {
		return nil, err
	}
	var list []Status
	for _, row := range rows {
		if row.Version != 0 {
			continue
		}
		s := Status{Name: row.Name, State: Running, Position: row.Position, Head: max(head, row.Position), Worker: row.Worker, Since: row.UpdatedAt}
		if s.Head > s.Position {
			s.Rate = row.Rate
		}
		if f := row.Failure; f != nil {
			s.State, s.Rate = Parked, 0
			s.Failure = &Failure{f.Position, f.Event, f.Error, f.Attempts, f.At}
		}
		list = append(list, s)
	}
	return list, nil
}

// Status returns how every process does, those of other programs included.
func (r *Router) Status(ctx context.Context) ([]Status, error) {
	head, err := r.log.Head(ctx)
	if err != nil {
		return nil, err
	}
	return ReadStatus(ctx, r.pool, head)
}
