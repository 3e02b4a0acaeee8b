package projections

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/eventstore"
	"qbank/internal/checkpoint"
)

// Log is what the engine needs of the event store.
type Log interface {
	// ReadAll returns up to limit events after a position, in order and without a gap.
	ReadAll(ctx context.Context, after int64, limit int) ([]eventstore.Recorded, error)
	// Head is the position of the last event, 0 where there is none.
	Head(ctx context.Context) (int64, error)
}

// Options of an engine; the zero value of each field stands for the value in brackets.
type Options struct {
	Logger     *slog.Logger          // [slog.Default]
	BatchSize  int                   // events that are read and applied together at the tail; twice as many when catching up [5000]
	Node       string                // this process, as others see it in the status [host and process id]
	Registerer prometheus.Registerer // of the metrics [none]
	Tick       time.Duration         // how long a lost doorbell, a standby or an order to retry waits at most [1 s]
	Linger     time.Duration         // how long a batch lets the next one gather: a millisecond for each event, at most this; not if somebody waits [500 ms]
	MaxWait    time.Duration         // bound of Engine.Wait [2 s]
	Attempts   int                   // how often a failing batch is tried before its failing event is looked for [4]
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Node == "" {
		host, _ := os.Hostname() // an empty name still leaves the process id
		o.Node = fmt.Sprintf("%s:%d", host, os.Getpid())
	}
	o.BatchSize = orDefault(o.BatchSize, 5000)
	o.Tick = orDefault(o.Tick, time.Second)
	o.Linger = orDefault(o.Linger, 500*time.Millisecond)
	o.MaxWait = orDefault(o.MaxWait, 2*time.Second)
	o.Attempts = orDefault(o.Attempts, 4)
	return o
}

func orDefault[T int | time.Duration](value, otherwise T) T {
	if value <= 0 {
		return otherwise
	}
	return value
}

// Engine keeps the projections of a process up to date. Several processes may run one on the same database: each copy of a
// projection has one worker among them, and the others stand by.
type Engine struct {
	pool      *pgxpool.Pool
	log       Log
	decoder   decoder
	options   Options
	tail      *tail
	followers []*follower
	metrics   *metrics
	look      chan struct{} // somebody waits for what another process does
}

// follower is a projection in this process.
type follower struct {
	Projection
	key      checkpoint.Key
	wants    map[string]bool
	hash     string // of its schema
	progress *progress
	working  atomic.Bool // the worker of the copy that serves, or will, is in this process
	shadow   atomic.Bool // a goroutine looks after the shadow copy
}

// New makes an engine. Two projections of one name, a name that cannot name a schema, or a wish for events that the codec does
// not know are defects of the program and panic.
func New(pool *pgxpool.Pool, log Log, codec *event.Codec, options Options, projections ...Projection) *Engine {
	options = options.withDefaults()
	e := &Engine{
		pool: pool, log: log, decoder: newDecoder(codec), options: options,
		tail: newTail(log, options), metrics: newMetrics(options.Registerer), look: make(chan struct{}, 1),
	}
	for _, p := range projections {
		e.followers = append(e.followers, e.newFollower(p))
	}
	return e
}

// definition is all the DDL of a projection's tables.
func definition(p Projection) string {
	if indexed, ok := p.(Indexed); ok {
		return p.Schema() + indexed.Indexes()
	}
	return p.Schema()
}

var (
	goodName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	copyName = regexp.MustCompile(`_v[0-9]+(_next|_old)?$`)
)

func (e *Engine) newFollower(p Projection) *follower {
	name := p.Name()
	switch {
	case !goodName.MatchString(name) || copyName.MatchString(name):
		panic("projections: " + name + " cannot name a projection")
	case p.Version() < 1:
		panic("projections: versions of " + name + " count from 1")
	case e.follower(name) != nil:
		panic("projections: " + name + " is defined twice")
	}
	f := &follower{Projection: p, key: checkpoint.Key{Name: name, Version: p.Version()}, wants: map[string]bool{}, hash: hash(definition(p))}
	f.progress = newProgress(f.key)
	for _, name := range p.Events() {
		if !e.decoder.knows(name) {
			panic("projections: " + p.Name() + " wants " + name + ", which no aggregate defines")
		}
		f.wants[name] = true
	}
	return f
}

func hash(schema string) string {
	sum := sha256.Sum256([]byte(schema))
	return hex.EncodeToString(sum[:])
}

func (e *Engine) follower(name string) *follower {
	i := slices.IndexFunc(e.followers, func(f *follower) bool { return f.key.Name == name })
	if i < 0 {
		return nil
	}
	return e.followers[i]
}

// Run works until ctx ends and returns nil then. What goes wrong meanwhile is retried, logged and visible in the status; the one
// error it returns is that the database cannot be read at the start.
func (e *Engine) Run(ctx context.Context) error {
	head, err := e.log.Head(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was asked to end
		}
		return fmt.Errorf("run projections: %w", err)
	}
	e.tail.start(head)

	var all sync.WaitGroup
	all.Go(func() { e.tail.run(ctx) })
	all.Go(func() { e.attend(ctx) })
	all.Go(func() { e.watch(ctx, &all) })
	for _, f := range e.followers {
		all.Go(func() { e.newWorker(f, f.key).run(ctx) })
	}
	all.Wait()
	return nil
}

// Listen has fn hear every event that is appended from now on, by whichever process, once and in order. The read models may not have come that
// far yet: see Wait. fn must not block, nor change what it gets. It is for the time before Run.
func (e *Engine) Listen(fn func(*eventstore.Recorded)) { e.tail.heard = fn }

// Log is the log for others in this process who follow it. Its end is what the engine has read, which stands in memory: it is not read once more for
// each of them. Listen says when there is more.
func (e *Engine) Log() Log { return e.tail }

// Wake tells the engine that the log has grown to head. It never blocks; a call that is lost costs at most a tick.
func (e *Engine) Wake(head int64) {
	e.tail.ring(head)
}

// watch reads the checkpoints, each tick and faster while somebody waits for another process's work. It starts the workers of the
// copies that a rebuild asks for.
func (e *Engine) watch(ctx context.Context, all *sync.WaitGroup) {
	const hurry = 10 * time.Millisecond
	for ctx.Err() == nil {
		rows, err := checkpoint.All(ctx, e.pool, "")
		if err != nil && ctx.Err() == nil {
			e.options.Logger.WarnContext(ctx, "checkpoints cannot be read", "error", err)
		}
		pause := e.options.Tick
		for _, f := range e.followers {
			if err == nil {
				e.see(ctx, f, rows, all)
			}
			if !f.working.Load() && f.progress.waitedFor() {
				pause = min(pause, hurry)
			}
		}
		sleep(ctx, pause, e.look)
	}
}

func (e *Engine) see(ctx context.Context, f *follower, rows []checkpoint.Row, all *sync.WaitGroup) {
	f.progress.see(rows)
	e.metrics.show(f, e.tail.head())
	shadow := f.key
	shadow.Shadow = true
	row := checkpoint.Find(rows, shadow)
	if row == nil || row.Status == checkpoint.Retired || !f.shadow.CompareAndSwap(false, true) {
		return
	}
	all.Go(func() {
		defer f.shadow.Store(false)
		e.newWorker(f, shadow).run(ctx)
	})
}

// attend holds a session that shares the lock of each version this process reads, so that no other process drops their tables.
func (e *Engine) attend(ctx context.Context) {
	for ctx.Err() == nil {
		if err := e.attendOnce(ctx); err != nil && ctx.Err() == nil {
			e.options.Logger.WarnContext(ctx, "the session that marks read models as in use was lost", "error", err)
		}
		sleep(ctx, e.options.Tick, nil)
	}
}

func (e *Engine) attendOnce(ctx context.Context) error {
	pooled, err := e.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack()
	defer closeSoon(conn)
	held := make([]bool, len(e.followers))
	for ctx.Err() == nil {
		for i, f := range e.followers {
			if held[i] {
				continue
			}
			if held[i], err = checkpoint.TryShare(ctx, conn, checkpoint.Using(f.key.Name, f.key.Version)); err != nil {
				return err
			}
		}
		sleep(ctx, e.options.Tick, nil)
		if err := conn.Ping(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Wait returns once the projection has applied everything up to a position: with the position that a command returned, a reader sees
// what it wrote. It waits as long as ctx allows and Options.MaxWait at most, then refuses with "projection.behind". It does not wait for a
// projection that stands still: "projection.parked" where an event stopped it, "projection.retired" where a newer version has taken over.
func (e *Engine) Wait(ctx context.Context, name string, position int64) error {
	f := e.follower(name)
	if f == nil {
		return checkpoint.Unknown(name)
	}
	waiting, err := f.progress.reached(position)
	if err != nil { // look again: somebody may have helped it a moment ago
		if _, err := e.Position(ctx, name); err != nil {
			return err
		}
		waiting, err = f.progress.reached(position)
	}
	if waiting == nil {
		return err
	}
	defer f.progress.forget(waiting)
	e.Wake(position)
	if !f.working.Load() {
		poke(e.look)
	}
	bound := time.NewTimer(e.options.MaxWait)
	defer bound.Stop()
	select {
	case err := <-waiting.done:
		return err
	case <-bound.C:
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			return ctx.Err()
		}
	}
	at, _ := f.progress.at()
	return fault.Refuse(fault.Unavailable, "projection.behind", fault.Say(
		"%s has come to position %d and you wait for %d; ask again in a moment.",
		"%s 目前处理到位置 %d,而您等待的是 %d;请稍后再试。", name, at, position)).
		With("projection", name).With("position", at).With("wanted", position)
}

// Position returns how far a projection has come: everything up to there is applied and committed.
func (e *Engine) Position(ctx context.Context, name string) (int64, error) {
	f := e.follower(name)
	if f == nil {
		return 0, checkpoint.Unknown(name)
	}
	rows, err := checkpoint.All(ctx, e.pool, name)
	if err != nil {
		return 0, err
	}
	f.progress.see(rows)
	at, _ := f.progress.at()
	return at, nil
}

// build is which tables a position speaks of.
type build = uuid.UUID

// sleep waits, or less long if woken or ended.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-ctx.Done():
	}
}

// poke leaves one signal in a channel of one place.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
