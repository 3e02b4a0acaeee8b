package processes

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/event"
	"qbank/eventstore"
	"qbank/internal/checkpoint"
	"qbank/projections"
)

// Subscriber is the log as a Watermill subscriber. The topic is the name of a process: its checkpoint says which event comes next, Ack moves it,
// Nack brings the same event again. One subscription of a name delivers at a time, in whatever program; the others stand by.
type Subscriber struct {
	pool    *pgxpool.Pool
	log     projections.Log
	codec   *event.Codec
	known   map[string]bool
	wants   map[string]bool
	options SubscriberOptions
	bell    chan struct{}

	once    sync.Once
	closing chan struct{}
	open    sync.WaitGroup
}

var _ message.Subscriber = (*Subscriber)(nil)

// SubscriberOptions say what is delivered and how; the zero value of a field stands for the value in brackets.
type SubscriberOptions struct {
	Events   []string      // the types that are delivered; the checkpoint passes the others by
	Start    Start         // where a name begins that has no checkpoint [FromBeginning]
	Logger   *slog.Logger  // [slog.Default]
	Node     string        // this program, as others see it in the status
	Tick     time.Duration // how long a lost doorbell, a standby or an order to retry waits at most [1 s]
	Patience int           // Nacks of one event until it shows as parked [3]
	Longest  time.Duration // between two deliveries of an event that is refused [1 min]
}

// NewSubscriber makes a subscriber. An event type that the codec does not know is a defect of the program and panics.
func NewSubscriber(pool *pgxpool.Pool, log projections.Log, codec *event.Codec, o SubscriberOptions) *Subscriber {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Tick <= 0 {
		o.Tick = time.Second
	}
	if o.Patience <= 0 {
		o.Patience = 3
	}
	if o.Longest <= 0 {
		o.Longest = time.Minute
	}
	s := &Subscriber{pool: pool, log: log, codec: codec, options: o, known: map[string]bool{}, wants: map[string]bool{},
		bell: make(chan struct{}, 1), closing: make(chan struct{})}
	for _, name := range codec.Names() {
		s.known[name] = true
	}
	for _, name := range o.Events {
		if !s.known[name] {
			panic("processes: " + name + " is wanted, which no aggregate defines")
		}
		s.wants[name] = true
	}
	return s
}

// Wake says that the log has grown to head.
func (s *Subscriber) Wake(int64) {
	select {
	case s.bell <- struct{}{}:
	default:
	}
}

// Subscribe delivers the events that follow the checkpoint of a process until ctx ends or the subscriber is closed. A message has the
// event's id, its data as payload, and its place as metadata; FromMessage returns the event itself.
func (s *Subscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	select {
	case <-s.closing:
		return nil, errors.New("the subscriber is closed")
	default:
	}
	ctx, cancel := context.WithCancel(ctx)
	out := make(chan *message.Message)
	d := &delivery{Subscriber: s, key: checkpoint.Key{Name: topic}, out: out, logger: s.options.Logger.With("process", topic)}
	s.open.Add(2)
	go func() {
		defer s.open.Done()
		defer cancel()
		select {
		case <-s.closing:
		case <-ctx.Done():
		}
	}()
	go func() {
		defer s.open.Done()
		defer close(out)
		defer cancel()
		d.run(ctx)
	}()
	return out, nil
}

// Close ends all subscriptions.
func (s *Subscriber) Close() error {
	s.once.Do(func() { close(s.closing) })
	s.open.Wait()
	return nil
}

// delivery is one subscription.
type delivery struct {
	*Subscriber
	key    checkpoint.Key
	out    chan<- *message.Message
	logger *slog.Logger
}

var errStandby = errors.New("another program delivers it, or its event is not known to this one")

func (d *delivery) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := d.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if !errors.Is(err, errStandby) {
			d.logger.WarnContext(ctx, "the delivery starts anew", "error", err)
		}
		d.sleep(ctx, d.options.Tick/2+rand.N(d.options.Tick), nil)
	}
}

// sleep reports whether it was woken.
func (d *delivery) sleep(ctx context.Context, t time.Duration, wake <-chan struct{}) bool {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-wake:
		return true
	}
	return false
}

// session delivers with a database session of its own, which holds the lock.
func (d *delivery) session(ctx context.Context) error {
	pooled, err := d.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	held, err := checkpoint.TryLock(ctx, pooled, checkpoint.Working(d.key))
	if err != nil || !held {
		pooled.Release()
		return errors.Join(err, errStandby)
	}
	conn := pooled.Hijack() // the lock is the session's
	defer func() {
		soon, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(soon)
	}()
	// A crash of the server may lose the latest moves of the checkpoint. Then events come again, as after any crash.
	if _, err := conn.Exec(ctx, "set synchronous_commit = off"); err != nil {
		return err
	}
	row, err := d.place(ctx, conn)
	if err != nil {
		return err
	}
	skips, err := checkpoint.Skips(ctx, conn, d.key.Name, d.key.Version)
	if err != nil {
		return err
	}
	w := &work{delivery: d, conn: conn, row: row, seen: row.Position, skips: skips, since: time.Now()}
	d.logger.DebugContext(ctx, "delivering", "position", row.Position)
	return w.follow(ctx)
}

// place returns the process's checkpoint and makes it where there is none.
func (d *delivery) place(ctx context.Context, conn *pgx.Conn) (checkpoint.Row, error) {
	row, err := d.load(ctx, conn)
	if err != nil || row != nil {
		return deref(row), err
	}
	start := int64(0)
	if d.options.Start == FromHead {
		if start, err = d.log.Head(ctx); err != nil {
			return checkpoint.Row{}, err
		}
	}
	if err := checkpoint.Create(ctx, conn, d.key, start); err != nil {
		return checkpoint.Row{}, err
	}
	row, err = d.load(ctx, conn)
	return deref(row), err
}

func deref(row *checkpoint.Row) checkpoint.Row {
	if row == nil {
		return checkpoint.Row{}
	}
	return *row
}

func (d *delivery) load(ctx context.Context, conn *pgx.Conn) (*checkpoint.Row, error) {
	rows, err := checkpoint.All(ctx, conn, d.key.Name)
	if err != nil {
		return nil, err
	}
	return checkpoint.Find(rows, d.key), nil
}

// work is what a session knows.
type work struct {
	*delivery
	conn  *pgx.Conn
	row   checkpoint.Row // as stored
	seen  int64          // everything up to here is acknowledged or passed by
	skips map[int64]bool // what somebody decided to leave out
	since time.Time      // of the last move
}

const (
	atOnce = 500                    // events that are read together
	quiet  = 100 * time.Millisecond // after so long without an event, others learn that some were passed by
)

func (w *work) follow(ctx context.Context) error {
	for {
		recorded, err := w.log.ReadAll(ctx, w.seen, atOnce)
		if err != nil {
			return err
		}
		for _, r := range recorded {
			if err := w.take(ctx, r); err != nil {
				return err
			}
		}
		switch {
		case len(recorded) == 0:
			err = w.rest(ctx)
		case time.Since(w.since) >= w.options.Tick: // it does not come to rest
			err = w.store(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// rest waits for more. Where none comes, it stores what was passed by, or looks after the session.
func (w *work) rest(ctx context.Context) error {
	if w.seen == w.row.Position {
		if w.sleep(ctx, w.options.Tick, w.bell) {
			return nil
		}
		return w.check(ctx)
	}
	if w.sleep(ctx, quiet, w.bell) {
		return nil
	}
	return w.store(ctx)
}

// check finds out whether the session still lives and nobody else has moved the checkpoint.
func (w *work) check(ctx context.Context) error {
	row, err := w.load(ctx, w.conn)
	if err != nil {
		return err
	}
	if row == nil || row.Position != w.row.Position || row.Build != w.row.Build {
		return checkpoint.ErrOvertaken
	}
	return nil
}

// take deals with one event: it is delivered until it is acknowledged or skipped, or passed by.
func (w *work) take(ctx context.Context, r eventstore.Recorded) error {
	if w.known[r.Type] && !w.wants[r.Type] {
		w.seen = r.Position
		return nil
	}
	if !w.skips[r.Position] {
		if err := w.insist(ctx, r); err != nil {
			return err
		}
	}
	w.seen = r.Position
	return w.store(ctx)
}

// insist delivers an event until it is acknowledged or skipped.
func (w *work) insist(ctx context.Context, r eventstore.Recorded) error {
	e, err := projections.Decode(w.codec, r)
	if err != nil {
		if w.row.Failure == nil {
			err = w.park(ctx, checkpoint.Failure{Position: r.Position, Event: r.ID, Error: err.Error(), Attempts: 1, Undecodable: true})
		}
		return errors.Join(errStandby, err) // another program may know it
	}
	for refused := 0; ; {
		reason, err := w.deliver(ctx, r, e)
		if err != nil {
			return err
		}
		if reason == nil {
			return w.unpark(ctx)
		}
		refused++
		if refused >= w.options.Patience && w.row.Failure == nil {
			if err := w.park(ctx, checkpoint.Failure{Position: r.Position, Event: r.ID, Error: reason.Error(), Attempts: refused}); err != nil {
				return err
			}
		}
		skipped, retried, err := w.pause(ctx, r.Position, min(w.options.Longest, 50*time.Millisecond<<min(refused, 20)))
		if err != nil || skipped {
			return err
		}
		if retried {
			refused = 0
		}
	}
}

// pause waits before the next delivery. It looks each tick whether somebody ordered a retry, or to skip the event.
func (w *work) pause(ctx context.Context, position int64, d time.Duration) (skipped, retried bool, err error) {
	for until := time.Now().Add(d); ctx.Err() == nil && time.Now().Before(until); {
		w.sleep(ctx, min(w.options.Tick, time.Until(until)), nil)
		row, err := w.load(ctx, w.conn)
		switch {
		case err != nil:
			return false, false, err
		case row == nil || row.Position != w.row.Position:
			return false, false, checkpoint.ErrOvertaken
		case w.row.Failure != nil && row.Failure == nil:
			w.row.Failure = nil
			w.skips, err = checkpoint.Skips(ctx, w.conn, w.key.Name, w.key.Version)
			return w.skips[position], true, err
		}
	}
	return false, false, ctx.Err()
}

// deliver hands an event over and waits for the answer: nil, or why it was refused.
func (w *work) deliver(ctx context.Context, r eventstore.Recorded, e Event) (reason, err error) {
	hand := &handed{event: e, reason: errRefused}
	ctx, cancel := context.WithCancel(context.WithValue(ctx, handedKey{}, hand))
	defer cancel()
	m := message.NewMessageWithContext(ctx, r.ID.String(), message.Payload(r.Data))
	m.Metadata.Set("type", r.Type)
	m.Metadata.Set("schema_version", strconv.Itoa(r.SchemaVersion))
	m.Metadata.Set("stream", r.Stream.String())
	m.Metadata.Set("version", strconv.Itoa(r.Version))
	m.Metadata.Set("position", strconv.FormatInt(r.Position, 10))
	if e.Meta.Correlation != "" {
		middleware.SetCorrelationID(e.Meta.Correlation, m)
	}
	select {
	case w.out <- m:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case <-m.Acked():
		return nil, nil
	case <-m.Nacked():
		return hand.reason, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// handed is what a message carries in its context: there, and back.
type handed struct {
	event  Event
	reason error // why it is about to be refused
}

type handedKey struct{}

var errRefused = errors.New("the process refuses it; its log says why")

// FromMessage returns the event that a message of a Subscriber carries.
func FromMessage(m *message.Message) (Event, error) {
	hand, ok := m.Context().Value(handedKey{}).(*handed)
	if !ok {
		return Event{}, fmt.Errorf("message %s does not come from the log", m.UUID)
	}
	return hand.event, nil
}

// explain is a middleware that tells the subscriber why a message is refused; Nack alone does not say.
func explain(next message.HandlerFunc) message.HandlerFunc {
	return func(m *message.Message) ([]*message.Message, error) {
		hand, _ := m.Context().Value(handedKey{}).(*handed)
		out, err := next(m)
		if err != nil && hand != nil {
			hand.reason = err
		}
		return out, err
	}
}

func (w *work) store(ctx context.Context) error {
	if w.seen == w.row.Position {
		return nil
	}
	rate := float64(w.seen-w.row.Position) / max(time.Since(w.since).Seconds(), 1e-3)
	if err := checkpoint.Move(ctx, w.conn, w.row, w.seen, rate, w.options.Node); err != nil {
		return err
	}
	w.row.Position, w.since = w.seen, time.Now()
	return nil
}

func (w *work) park(ctx context.Context, f checkpoint.Failure) error {
	if err := w.store(ctx); err != nil {
		return err
	}
	w.logger.ErrorContext(ctx, "parked", "position", f.Position, "event", f.Event, "error", f.Error)
	if err := checkpoint.Park(ctx, w.conn, w.row, f, w.options.Node); err != nil {
		return err
	}
	w.row.Failure = &f
	return nil
}

func (w *work) unpark(ctx context.Context) error {
	if w.row.Failure == nil {
		return nil
	}
	err := checkpoint.Unpark(ctx, w.conn, w.row)
	if errors.Is(err, checkpoint.ErrOvertaken) {
		err = nil // somebody ordered a retry in this very moment
	}
	w.row.Failure = nil
	return err
}
