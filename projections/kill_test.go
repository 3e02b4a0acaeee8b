package projections_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/event"
	"qbank/eventstore"
	"qbank/projections"
	"qbank/projections/projtest"
)

// asProcess makes the test binary run an engine on this database and nothing else.
const asProcess = "QBANK_TEST_PROJECTIONS_OF"

func TestMain(m *testing.M) {
	if url := os.Getenv(asProcess); url != "" {
		if err := runAlone(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func runAlone(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // if nobody kills it
	defer cancel()
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	store, err := eventstore.Open(ctx, pool, eventstore.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	return projections.New(pool, store, event.NewCodec(toyEvents), quick, &ledger{name: "ledger", version: 1}).Run(ctx)
}

// Two programs on one database, one of which is killed again and again without a word, while the log grows and a rebuild is under way.
func TestProgramsAreKilled(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toyEvents)
	fill(log, 500)
	l := newLedger(t, "ledger", 1)
	log.Run(l)
	if err := projections.Rebuild(t.Context(), log.Pool, l.name); err != nil {
		t.Fatal(err)
	}
	programs := []*exec.Cmd{program(t, log), program(t, log)}
	for i := range 8 {
		for range 5 {
			fill(log, 30)
			time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		}
		kill(t, programs[i%2])
		programs[i%2] = program(t, log)
	}
	head := fill(log, 10)
	eventually(t, "the programs come to the head and end the rebuild", func() bool {
		var least int64
		var copies int
		err := log.Pool.QueryRow(t.Context(), `select min(position), count(*) from checkpoints where name = 'ledger'`).Scan(&least, &copies)
		return err == nil && least >= head && copies == 1
	})
	holds(t, log, l)
}

func program(t *testing.T, log *projtest.Log) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), asProcess+"="+log.Pool.Config().ConnString())
	c.Stderr = tLog{t}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(t, c) })
	return c
}

func kill(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if c.ProcessState != nil {
		return
	}
	if err := c.Process.Kill(); err != nil {
		t.Errorf("kill: %v", err)
	}
	_ = c.Wait() // it says that it was killed
}
