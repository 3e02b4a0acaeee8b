package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
)

// Topic is where bells ring, in the process's GoChannel and as the name of PostgreSQL's notifications.
const Topic = "qbank_doorbell"

// Options of a bus; the zero value is good.
type Options struct {
	Logger *slog.Logger  // [slog.Default]
	Every  time.Duration // the shortest time between two notifications to other processes [5 ms]
}

// Bus rings doorbells in this process and the others on the same database.
type Bus struct {
	pool    *pgxpool.Pool
	options Options
	node    string // so that a process does not hear itself twice
	channel *gochannel.GoChannel
	near    bell // for this process
	far     bell // for the others
}

// Bell is what is rung: {"head": 42}, and who rang it where it went through PostgreSQL.
type Bell struct {
	Head int64  `json:"head"`
	Node string `json:"node,omitempty"`
}

// New makes a bus. It rings from Run on.
func New(pool *pgxpool.Pool, options Options) *Bus {
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	if options.Every <= 0 {
		options.Every = 5 * time.Millisecond
	}
	logger := watermill.NewSlogLoggerWithLevelMapping(options.Logger, map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug})
	return &Bus{
		pool: pool, options: options, node: uuid.NewString(),
		channel: gochannel.NewGoChannel(gochannel.Config{OutputChannelBuffer: 1}, logger),
		near:    newBell(), far: newBell(),
	}
}

// Ring says that this process has committed up to head. It never blocks.
func (b *Bus) Ring(head int64) {
	b.near.ring(head)
	b.far.ring(head)
}

// OnBell calls fn with the position of each bell, of this process or another, until the bus ends. Bells that ring while fn runs reach it
// as one, with the highest position.
func (b *Bus) OnBell(fn func(head int64)) error {
	messages, err := b.channel.Subscribe(context.Background(), Topic)
	if err != nil {
		return fmt.Errorf("listen for bells: %w", err)
	}
	heard := newBell()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for m := range messages {
			m.Ack() // at once: a listener that is slow must not hold up the channel
			var bell Bell
			if err := json.Unmarshal(m.Payload, &bell); err != nil {
				b.options.Logger.Warn("a bell that cannot be read", "error", err)
				continue
			}
			heard.ring(bell.Head)
		}
	}()
	go func() {
		for {
			select {
			case <-heard.rung:
				fn(heard.head.Load())
			case <-ended:
				return
			}
		}
	}()
	return nil
}

// Run rings until ctx ends, and returns nil then. Losing the database is logged and mended.
func (b *Bus) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return b.ringNear(ctx) })
	group.Go(func() error { return b.persist(ctx, "notify", b.notify) })
	group.Go(func() error { return b.persist(ctx, "listen", b.listen) })
	err := group.Wait()
	if closed := b.channel.Close(); err == nil {
		err = closed
	}
	return err
}

func (b *Bus) ringNear(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.near.rung:
		}
		payload, err := json.Marshal(Bell{Head: b.near.head.Load()})
		if err != nil {
			return err
		}
		if err := b.channel.Publish(Topic, message.NewMessage(uuid.NewString(), payload)); err != nil {
			return fmt.Errorf("ring: %w", err)
		}
	}
}

// persist does something with a connection of its own, again and again until ctx ends.
func (b *Bus) persist(ctx context.Context, what string, do func(context.Context, *pgx.Conn) error) error {
	for {
		err := b.connected(ctx, do)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was asked to end
		}
		b.options.Logger.WarnContext(ctx, "the bus lost its connection", "to", what, "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (b *Bus) connected(ctx context.Context, do func(context.Context, *pgx.Conn) error) error {
	pooled, err := b.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack() // it is held as long as it lives
	defer func() {
		soon, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(soon)
	}()
	return do(ctx, conn)
}

func (b *Bus) notify(ctx context.Context, conn *pgx.Conn) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.far.rung:
		}
		payload, err := json.Marshal(Bell{b.far.head.Load(), b.node})
		if err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, `select pg_notify($1, $2)`, Topic, string(payload)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(b.options.Every):
		}
	}
}

func (b *Bus) listen(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, "listen "+Topic); err != nil {
		return err
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		var bell Bell
		if err := json.Unmarshal([]byte(n.Payload), &bell); err != nil {
			b.options.Logger.WarnContext(ctx, "a notification that cannot be read", "error", err)
			continue
		}
		if bell.Node != b.node {
			b.near.ring(bell.Head)
		}
	}
}

// bell coalesces: however often it is rung before somebody looks, it has rung once, with the highest position.
type bell struct {
	head *atomic.Int64
	rung chan struct{}
}

func newBell() bell { return bell{new(atomic.Int64), make(chan struct{}, 1)} }

func (b bell) ring(head int64) {
	for {
		last := b.head.Load()
		if last >= head || b.head.CompareAndSwap(last, head) {
			break
		}
	}
	select {
	case b.rung <- struct{}{}:
	default:
	}
}
