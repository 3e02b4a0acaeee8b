package eventstore_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/eventstore"
	"qbank/internal/pgtest"
)

// Connections break at the worst moments: the request is lost on the way, or it was done and the answer is lost. Each caller still
// learns what became of its append, and nothing is stored twice.
func TestAnUnknownOutcomeIsResolved(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	line := &badLine{every: 7}
	breaking, err := pgxpool.ParseConfig(pool.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	breaking.ConnConfig.DialFunc = line.dial
	broken, err := pgxpool.NewWithConfig(t.Context(), breaking)
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	store := openOn(t, broken, eventstore.Options{MaxBatch: 10})
	line.on.Store(true)

	var appending sync.WaitGroup
	for range 20 {
		appending.Go(func() {
			stream, version := newID(), 0
			for range 25 {
				outcomes, err := store.Append(context.Background(), to(stream, version, 2))
				if err != nil || outcomes[0].Status > eventstore.StoredAlready || outcomes[0].Version != version+2 {
					t.Errorf("got %+v, %v", outcomes, err)
					return
				}
				version += 2
			}
		})
	}
	appending.Wait()
	line.on.Store(false)
	log := readLog(t, openOn(t, pool, eventstore.Options{}))
	checkLog(t, log)
	if len(log) != 20*25*2 {
		t.Errorf("the log has %d events, want %d", len(log), 20*25*2)
	}
	if line.requests.Load() == 0 || line.answers.Load() == 0 {
		t.Errorf("%d requests and %d answers were lost: both must happen", line.requests.Load(), line.answers.Load())
	}
}

// A store that is closed while the database is away answers its callers that it does not know.
func TestCloseGivesUpOnADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	line := &badLine{every: 1}
	config := pool.Config()
	config.ConnConfig.DialFunc = line.dial
	broken, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	store := openOn(t, broken, eventstore.Options{})
	line.on.Store(true)
	answer := make(chan error)
	go func() {
		outcomes, err := store.Append(context.Background(), to(newID(), 0, 1))
		if len(outcomes) != 1 || outcomes[0].Status != 0 {
			t.Errorf("got %+v", outcomes)
		}
		answer <- err
	}()
	time.Sleep(100 * time.Millisecond)
	store.Close()
	if err := <-answer; err == nil {
		t.Error("no error, though nothing is known")
	}
}

// badLine is a network that cuts every n-th exchange while it is on: half of them before the request gets through, half of them after.
type badLine struct {
	every             int64
	on                atomic.Bool
	exchanges         atomic.Int64
	requests, answers atomic.Int64 // lost
}

func (l *badLine) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &badConn{Conn: conn, line: l}, err
}

type badConn struct {
	net.Conn
	line *badLine
	deaf atomic.Bool
}

func (c *badConn) Write(b []byte) (int, error) {
	// A short message is a handshake or a good-bye.
	if len(b) > 200 && c.line.on.Load() {
		if n := c.line.exchanges.Add(1); n%c.line.every == 0 {
			if n/c.line.every%2 == 0 {
				c.line.requests.Add(1)
				c.Conn.Close()
				return 0, net.ErrClosed
			}
			c.deaf.Store(true)
		}
	}
	return c.Conn.Write(b)
}

func (c *badConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.deaf.Load() && err == nil {
		c.line.answers.Add(1)
		c.Conn.Close()
		return 0, net.ErrClosed
	}
	return n, err
}
