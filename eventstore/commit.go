package eventstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"qbank/domain/fault"
)

const (
	tryTimeout  = 30 * time.Second // after which the connection is taken for lost
	firstPause  = 10 * time.Millisecond
	longPause   = time.Second
	closeWithin = 10 * time.Second // what is left when the store is closed
)

// committer drains the queue, one transaction after another, over a connection of its own: readers that hold all of the
// pool's connections cannot hold up the commits that they may be waiting for.
type committer struct {
	store   *Store
	conn    *pgx.Conn
	request request
}

// run drains the queue until it is closed and empty.
func (c *committer) run() {
	defer c.store.working.Done()
	defer c.disconnect()
	var batch []*pending
	for {
		batch = c.store.queue.take(batch[:0], c.store.maxBatch)
		if len(batch) == 0 {
			return
		}
		c.commit(batch)
		clear(batch)
		c.request.trim()
	}
}

// commit stores the batch and answers each caller. Where PostgreSQL refuses the data after all, it looks for the append that is to blame, by
// halves, so that this one fails alone.
func (c *committer) commit(batch []*pending) {
	found, err := c.untilKnown(batch)
	switch {
	case err == nil:
		head := c.settle(batch, found)
		if head > 0 {
			c.store.ring(head)
		}
	case !isDataError(err):
		c.answerAll(batch, Outcome{Err: fmt.Errorf("append: %w", err)})
	case len(batch) > 1:
		half := len(batch) / 2
		c.commit(batch[:half])
		c.commit(batch[half:])
	default:
		c.answerAll(batch, Outcome{Status: Refused, Err: refuse("event.refused", "the database does not take these events", "数据库拒绝保存这些事件").Because(err)})
	}
}

// untilKnown sends the batch until its outcome is known. A try whose answer is lost may have been committed; the next one, with the same ids,
// finds its events stored already. Only closing the store ends it.
func (c *committer) untilKnown(batch []*pending) (findings, error) {
	c.request.encode(batch)
	pause := firstPause
	for try := 1; ; try++ {
		began := time.Now()
		f, err := c.try(len(batch))
		if err == nil {
			c.store.metrics.committed(batch, time.Since(began))
			return f, nil
		}
		c.disconnect()
		if !mayPass(err) {
			return f, err
		}
		c.store.metrics.retried()
		c.store.log.Warn("append: the outcome of a commit is not known, trying again", "try", try, "appends", len(batch), "error", err)
		if try == 1 {
			continue // most often the connection was idle and the server restarted
		}
		select {
		case <-c.store.closing:
			return f, fmt.Errorf("%w while the outcome of a commit was not known: %w", ErrClosed, err)
		case <-time.After(pause):
			pause = min(2*pause, longPause)
		}
	}
}

// findings is what append_events answers.
type findings struct {
	last     int64
	actual   []int64
	storedAt []int64 // nil where every append was stored
}

// try sends the request once. It returns after the commit, for the server is ready for the next query only then.
func (c *committer) try(appends int) (f findings, err error) {
	ctx, cancel := context.WithTimeout(c.store.life, tryTimeout)
	defer cancel()
	if err := c.connect(ctx); err != nil {
		return f, err
	}
	r := &c.request
	answer := c.conn.PgConn().ExecPrepared(ctx, statementName, r.values[:], r.formats[:], []int16{1}).Read()
	if answer.Err != nil {
		return f, answer.Err
	}
	if len(answer.Rows) != 1 || len(answer.Rows[0]) != 3 || len(answer.Rows[0][0]) != 8 {
		return f, errAnswer
	}
	row := answer.Rows[0]
	f.last = int64(binary.BigEndian.Uint64(row[0]))
	if f.actual, err = ints(row[1], appends); err != nil {
		return f, err
	}
	if row[2] != nil {
		f.storedAt, err = ints(row[2], appends)
	}
	return f, err
}

const statementName = "append_events"

func (c *committer) connect(ctx context.Context) error {
	if c.conn != nil {
		return nil
	}
	conn, err := c.store.connect(ctx)
	if err != nil {
		return &unreachable{err}
	}
	if _, err := conn.PgConn().Prepare(ctx, statementName, appendSQL, parameterTypes); err != nil {
		conn.Close(ctx)
		return err
	}
	c.conn = conn
	return nil
}

func (c *committer) disconnect() {
	if c.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c.conn.Close(ctx)
	c.conn = nil
}

// settle answers the callers of a committed batch and returns the last position that it stored, or 0.
func (c *committer) settle(batch []*pending, f findings) (head int64) {
	position := f.last
	var counts [Refused + 1]int
	for i, p := range batch {
		at := int(f.actual[i])
		o := Outcome{Status: Stored, Version: p.Expected + len(p.Events)}
		switch {
		case at == p.Expected:
			position += int64(len(p.Events))
			o.Position, head = position, position
		case f.storedAt != nil && f.storedAt[i] > 0:
			o = Outcome{Status: StoredAlready, Position: f.storedAt[i], Version: at}
		default:
			o = Outcome{Status: Conflicted, Version: at, Err: &ConflictError{p.Stream, p.Expected, at}}
		}
		counts[o.Status]++
		*p.outcome = o
	}
	for status, n := range counts {
		c.store.metrics.outcome(Status(status), n)
	}
	c.finish(batch)
	return head
}

func (c *committer) answerAll(batch []*pending, o Outcome) {
	for _, p := range batch {
		*p.outcome = o
	}
	c.store.metrics.outcome(o.Status, len(batch))
	c.finish(batch)
}

// finish hands the batch back: first the streams, then the callers, who may use their pendings again.
func (c *committer) finish(batch []*pending) {
	c.store.queue.release(batch)
	for _, p := range batch {
		p.call.answered()
	}
}

// unreachable is a connection that could not be made, whatever the server said.
type unreachable struct{ error }

func (u *unreachable) Unwrap() error { return u.error }

// mayPass tells whether the same batch may be stored by another try. It says yes to everything that is not the server's clear no.
func mayPass(err error) bool {
	var away *unreachable
	var pg *pgconn.PgError
	if errors.As(err, &away) {
		return true
	}
	if errors.Is(err, errAnswer) || fault.Of(err) != nil {
		return false
	}
	if !errors.As(err, &pg) {
		return true // the connection broke, or the try took too long
	}
	switch pg.Code[:2] {
	case "08", // connection
		"25", // such as a server that is read-only during a failover
		"40", // rolled back, such as by a deadlock
		"53", // disk full, too many connections
		"55", // such as a lock that is not available
		"57", // shutdown, cancelled
		"58": // the operating system
		return true
	}
	return false
}

// isDataError tells whether the server refused for what the events are: data, constraint, size.
func isDataError(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code[:2] {
	case "22", "23", "54":
		return true
	}
	return false
}
