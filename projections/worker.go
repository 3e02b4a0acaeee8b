package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"qbank/domain/fault"
	"qbank/internal/checkpoint"
)

// worker looks after one copy of a projection, as long as the engine runs: it stands by, works, stops at an event, or has been retired.
type worker struct {
	engine *Engine
	*follower
	key checkpoint.Key // the follower's, or its shadow
	log *slog.Logger
}

func (e *Engine) newWorker(f *follower, key checkpoint.Key) *worker {
	return &worker{e, f, key, e.options.Logger.With("projection", key.String())}
}

// Why a session ends without being a failure.
var (
	errStandby  = errors.New("another process works on it")
	errStopped  = errors.New("parked or retired")
	errFinished = errors.New("the rebuild is over")
)

func (w *worker) run(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		began := time.Now()
		err := w.session(ctx)
		switch {
		case ctx.Err() != nil || errors.Is(err, errFinished):
			return
		case errors.Is(err, errStandby), errors.Is(err, errStopped):
			failures = 0
			sleep(ctx, w.engine.options.Tick, nil)
		case errors.Is(err, checkpoint.ErrOvertaken): // a rebuild swapped the tables, or another worker was faster
			w.log.InfoContext(ctx, "the worker looks again", "because", err)
			sleep(ctx, backoff(0, w.engine.options.Tick), nil)
		default:
			if time.Since(began) > time.Minute {
				failures = 0
			}
			pause := backoff(failures, w.engine.options.Tick)
			failures++
			w.log.WarnContext(ctx, "the worker starts anew", "error", err, "pause", pause)
			sleep(ctx, pause, nil)
		}
	}
}

// backoff grows from 20 ms to five ticks, with jitter so that workers which failed together do not return together.
func backoff(failures int, tick time.Duration) time.Duration {
	d := min(20*time.Millisecond<<min(failures, 16), 5*tick)
	return d/2 + rand.N(d/2+1)
}

// session works on the copy with a database session of its own, until that is lost or the copy is no longer ours to work on.
func (w *worker) session(ctx context.Context) error {
	if err := w.mayWork(ctx); err != nil {
		return err
	}
	pooled, err := w.engine.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	held, err := checkpoint.TryLock(ctx, pooled, checkpoint.Working(w.key))
	if err != nil || !held {
		pooled.Release()
		return errors.Join(err, errStandby)
	}
	// Out of the pool: the lock and the prepared statements belong to this session and must not reach anybody else.
	conn := pooled.Hijack()
	defer closeSoon(conn)

	row, err := w.prepare(ctx, conn)
	if err != nil {
		if f := fault.Of(err); f != nil && !w.key.Shadow {
			w.progress.refuse(f)
		}
		return err
	}
	if row.Failure != nil {
		return errStopped // since mayWork looked
	}
	skips, err := checkpoint.Skips(ctx, conn, w.key.Name, w.key.Version)
	if err != nil {
		return err
	}
	s := &session{
		worker: w, conn: conn, row: row, seen: row.Position, skips: skips, pace: pace{since: time.Now()},
		feed: feed{tail: w.engine.tail, decoder: w.engine.decoder, wants: w.wants},
	}
	defer s.feed.close()
	if !w.key.Shadow {
		w.working.Store(true)
		defer w.working.Store(false)
		defer s.storeQuietly(ctx)
	}
	w.log.DebugContext(ctx, "working", "position", row.Position, "state", row.Status)
	return s.work(ctx)
}

// mayWork looks at the row without taking the lock. A copy that another program could not decode goes on here, if this one can.
func (w *worker) mayWork(ctx context.Context) error {
	rows, err := checkpoint.All(ctx, w.engine.pool, w.key.Name)
	if err != nil {
		return err
	}
	if !w.key.Shadow {
		w.progress.see(rows)
	}
	row := checkpoint.Find(rows, w.key)
	switch {
	case row == nil && w.key.Shadow:
		return errFinished
	case row == nil:
		if serving := checkpoint.Serving(rows); serving != nil && serving.Version > w.key.Version {
			return errStopped
		}
		return nil
	case row.Status == checkpoint.Retired && w.key.Shadow:
		return errFinished
	case row.Status == checkpoint.Retired:
		return errStopped
	case row.Failure == nil:
		return nil
	case row.Failure.Undecodable && w.canDecode(ctx, row.Failure.Position):
		w.log.InfoContext(ctx, "this program knows the event that stopped another one", "position", row.Failure.Position)
		return checkpoint.Unpark(ctx, w.engine.pool, *row)
	default:
		return errStopped
	}
}

func (w *worker) canDecode(ctx context.Context, position int64) bool {
	entries, _, err := read(ctx, w.engine.log, position-1, 1)
	return err == nil && len(entries) == 1 && w.undecodable(entries[0]) == nil
}

// undecodable returns why an event of the log cannot be passed by: its type is not known at all, or it is wanted and cannot be read.
func (w *worker) undecodable(e *entry) error {
	if !w.engine.decoder.knows(e.Type) {
		return fmt.Errorf("event %s is not known to this program", e.Type)
	}
	if !w.wants[e.Type] {
		return nil
	}
	return e.decode(w.engine.decoder.codec)
}

// session is one worker's work on a copy, between getting its lock and losing it.
type session struct {
	*worker
	conn   *pgx.Conn
	feed   feed
	row    checkpoint.Row // as stored
	seen   int64          // at or after row.Position; between them is nothing the projection wants
	stored time.Time      // when row.Position was last stored
	swept  time.Time      // when copies that nobody needs were last looked for
	skips  map[int64]bool
	pace   pace

	indexed bool // the indexes that readers need are there
}

// storeEvery is how long it may take until other processes learn that there was nothing to apply.
const storeEvery = 100 * time.Millisecond

func (s *session) work(ctx context.Context) error {
	for {
		entries, grown, err := s.feed.next(ctx, s.seen)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			if err := s.rest(ctx, grown); err != nil {
				return err
			}
			continue
		}
		began := time.Now()
		if err := s.take(ctx, entries); err != nil {
			return err
		}
		if err := s.upkeep(ctx); err != nil {
			return err
		}
		if grown != nil && len(entries) < s.engine.tail.limit && !s.progress.waitedFor() {
			sleep(ctx, s.linger(len(entries))-time.Since(began), s.progress.wanted)
		}
	}
}

// linger is how long a batch of so many events lets the next one gather. A single event is seen at once; where answers come by
// thousands a second, many small batches would take more from the answers than they give to readers.
func (s *session) linger(events int) time.Duration {
	return min(time.Duration(events)*time.Millisecond, s.engine.options.Linger)
}

// rest is what a worker does at the end of the log: it waits for more, stores what it has passed by, and looks after the copy.
func (s *session) rest(ctx context.Context, grown <-chan struct{}) error {
	if s.row.Status == checkpoint.Live { // a copy that is still to serve has no time to wait
		if more, err := s.await(ctx, grown); more || err != nil {
			return err
		}
	}
	act := s.look
	if s.seen > s.row.Position {
		act = func(ctx context.Context) error { return s.commit(ctx, s.seen, nil) }
	}
	if err := act(ctx); err != nil {
		return err
	}
	if err := s.upkeep(ctx); err != nil {
		return err
	}
	if s.row.Status == checkpoint.Filling { // somebody holds the rows: soon again
		sleep(ctx, min(s.engine.options.Tick, 50*time.Millisecond), grown)
	}
	return ctx.Err()
}

// await returns true when the log has grown, false when it is time to store or to look.
func (s *session) await(ctx context.Context, grown <-chan struct{}) (bool, error) {
	pause := s.engine.options.Tick
	if s.seen > s.row.Position {
		pause = max(0, storeEvery-time.Since(s.stored))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-grown:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-timer.C:
		return false, nil
	}
}

// look finds out whether the session still lives and the row is as it was left.
func (s *session) look(ctx context.Context) error {
	rows, err := checkpoint.All(ctx, s.conn, s.key.Name)
	if err != nil {
		return err
	}
	row := checkpoint.Find(rows, s.key)
	if row == nil || row.Build != s.row.Build || row.Position != s.row.Position || row.Status != s.row.Status || row.Failure != nil {
		return checkpoint.ErrOvertaken
	}
	return nil
}

// upkeep does what is not urgent: a copy that has caught up takes over, one that serves clears away what it replaced.
func (s *session) upkeep(ctx context.Context) error {
	if s.row.Status == checkpoint.Filling {
		if s.engine.tail.head()-s.seen > int64(s.engine.options.BatchSize) {
			return nil
		}
		if err := s.index(ctx); err != nil {
			return err
		}
		return s.takeOver(ctx)
	}
	if time.Since(s.swept) < 5*s.engine.options.Tick {
		return nil
	}
	s.swept = time.Now()
	return s.sweep(ctx)
}

// take applies entries that follow each other, and parks the copy at the first that cannot be applied.
func (s *session) take(ctx context.Context, entries []*entry) error {
	batch, to, failure := s.pick(entries)
	if len(batch) == 0 && failure == nil && to-s.row.Position < int64(s.engine.options.BatchSize) && time.Since(s.stored) < storeEvery {
		s.seen = to
		s.report()
		return nil
	}
	if len(batch) > 0 || to > s.row.Position {
		if err := s.apply(ctx, to, batch); err != nil {
			return err
		}
	}
	if failure != nil {
		return s.park(ctx, *failure)
	}
	return nil
}

// pick returns the events that the projection wants, up to the first that it cannot read, and the last position that they cover.
func (s *session) pick(entries []*entry) (batch []Event, to int64, failure *checkpoint.Failure) {
	for _, e := range entries {
		if s.skips[e.Position] {
			continue
		}
		if err := s.undecodable(e); err != nil {
			return batch, e.Position - 1, &checkpoint.Failure{Position: e.Position, Event: e.ID, Error: err.Error(), Attempts: 1, Undecodable: true}
		}
		if s.wants[e.Type] {
			batch = append(batch, e.event)
		}
	}
	return batch, entries[len(entries)-1].Position, nil
}

// apply brings the copy to a position. A batch that fails is tried again, then halved until the event that fails is alone.
func (s *session) apply(ctx context.Context, to int64, batch []Event) error {
	if len(batch) == 0 {
		return s.commit(ctx, to, nil)
	}
	size, attempt := len(batch), 1
	for len(batch) > 0 {
		n, upTo := min(size, len(batch)), to
		if n < len(batch) {
			upTo = batch[n].Position - 1
		}
		err := s.commit(ctx, upTo, batch[:n])
		var refused *applyError
		switch {
		case err == nil:
			batch = batch[n:]
		case !errors.As(err, &refused) || s.conn.IsClosed() || ctx.Err() != nil:
			return err
		case passing(err) || attempt < s.engine.options.Attempts:
			s.log.WarnContext(ctx, "a batch could not be applied", "after", s.row.Position, "events", n, "attempt", attempt, "error", err)
			if !passing(err) {
				attempt++
			}
			sleep(ctx, backoff(attempt, s.engine.options.Tick), nil)
		case n > 1:
			size = (n + 1) / 2
		default:
			if upTo = batch[0].Position - 1; upTo > s.row.Position {
				if err := s.commit(ctx, upTo, nil); err != nil {
					return err
				}
			}
			return s.park(ctx, checkpoint.Failure{Position: batch[0].Position, Event: batch[0].ID, Error: refused.Error(), Attempts: attempt})
		}
	}
	return nil
}

// applyError is what Apply returned, as opposed to what happened to the transaction around it.
type applyError struct{ error }

func (e *applyError) Unwrap() error { return e.error }

// passing reports whether an error speaks of the server's condition rather than of the event: it is tried again for as long as it takes.
func passing(err error) bool {
	var server *pgconn.PgError
	if !errors.As(err, &server) || len(server.Code) != 5 {
		return false
	}
	switch server.Code[:2] {
	case "08", "40", "53", "57", "58": // connection, rollback, resources, operator, system
		return true
	default:
		return server.Code == "55P03" // lock not available
	}
}

// commit applies a batch and moves the checkpoint, or does neither.
func (s *session) commit(ctx context.Context, to int64, batch []Event) error {
	tx, err := s.conn.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback(ctx)
	began := time.Now()
	rate := s.pace.after(to - s.row.Position)
	// The checkpoint first: its row lock keeps a second worker, and a swap of the tables, out until this commits.
	if err := checkpoint.Move(ctx, tx, s.row, to, rate, s.engine.options.Node); err != nil {
		return err
	}
	// A crash of the server may lose this commit, never the events: then the checkpoint is lost with the effect, and both are made again.
	if _, err := tx.Exec(ctx, `select set_config('search_path', $1, true), set_config('synchronous_commit', 'off', true)`, quoted(s.key)); err != nil {
		return fmt.Errorf("enter %s: %w", s.key, err)
	}
	if len(batch) > 0 {
		if err := s.fold(ctx, tx, batch); err != nil {
			return err
		}
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.engine.metrics.applied(s.key, len(batch), time.Since(began))
	s.pace.keep(rate)
	s.row.Position, s.stored = to, time.Now()
	s.seen = max(s.seen, to)
	s.report()
	return nil
}

// fold calls Apply; a panic of it is an error like any other.
func (s *session) fold(ctx context.Context, tx pgx.Tx, batch []Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "Apply panicked", "panic", p, "stack", string(debug.Stack()))
			err = &applyError{fmt.Errorf("panic: %v", p)}
		}
	}()
	if err := s.Apply(ctx, tx, batch); err != nil {
		return &applyError{err}
	}
	return nil
}

func (s *session) park(ctx context.Context, f checkpoint.Failure) error {
	if err := checkpoint.Park(ctx, s.conn, s.row, f, s.engine.options.Node); err != nil {
		return err
	}
	s.log.ErrorContext(ctx, "parked", "position", f.Position, "event", f.Event, "attempts", f.Attempts, "error", f.Error)
	return errStopped
}

// report tells those who wait in this process.
func (s *session) report() {
	if !s.key.Shadow {
		s.progress.advance(s.row.Build, s.seen)
	}
}

// storeQuietly stores, before the session ends, that there was nothing to apply; the next worker would only find that out again.
func (s *session) storeQuietly(ctx context.Context) {
	if s.seen == s.row.Position || s.conn.IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = s.commit(ctx, s.seen, nil)
}

// pace is a moving average of events per second, over about three seconds.
type pace struct {
	rate  float64
	since time.Time
}

func (p *pace) after(events int64) float64 {
	elapsed := max(time.Since(p.since).Seconds(), 1e-4)
	weight := 1 - math.Exp(-elapsed/3)
	return p.rate + weight*(float64(events)/elapsed-p.rate)
}

func (p *pace) keep(rate float64) { p.rate, p.since = rate, time.Now() }

func closeSoon(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // the server notices by itself in any case
}
