package bus_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/internal/bus"
	"qbank/internal/pgtest"
)

// ear hears the highest position and counts the bells.
type ear struct{ head, bells atomic.Int64 }

func (e *ear) hear(head int64) {
	e.head.Store(head)
	e.bells.Add(1)
}

func start(t *testing.T, pool *pgxpool.Pool) (*bus.Bus, *ear) {
	t.Helper()
	b, e := bus.New(pool, bus.Options{}), &ear{}
	if err := b.OnBell(e.hear); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := b.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
	return b, e
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestABellIsHeardInEveryProcessOnTheDatabase(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	one, near := start(t, pool)
	two, far := start(t, pool)
	elsewhere, deaf := start(t, pgtest.New(t))
	_ = elsewhere
	eventually(t, "both hear", func() bool {
		one.Ring(7) // again, until the other one listens
		return near.head.Load() == 7 && far.head.Load() == 7
	})
	two.Ring(9)
	eventually(t, "both hear the other", func() bool { return near.head.Load() == 9 && far.head.Load() == 9 })
	if deaf.bells.Load() > 0 {
		t.Error("a bell was heard on another database")
	}
}

func TestManyCommitsRingFewBells(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	one, near := start(t, pool)
	_, far := start(t, pool)
	eventually(t, "the other listens", func() bool { one.Ring(1); return far.bells.Load() > 0 })
	before := far.bells.Load()
	const commits = 20_000
	for head := range int64(commits) {
		one.Ring(head + 2)
	}
	eventually(t, "both know the head", func() bool { return near.head.Load() == commits+1 && far.head.Load() == commits+1 })
	if bells := far.bells.Load() - before; bells > commits/20 {
		t.Errorf("%d commits rang %d bells in the other process", commits, bells)
	}
}

func TestALostConnectionIsMadeAnew(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	one, _ := start(t, pool)
	_, far := start(t, pool)
	eventually(t, "it is heard", func() bool { one.Ring(1); return far.head.Load() == 1 })
	_, err := pool.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is heard again", func() bool { one.Ring(2); return far.head.Load() == 2 })
}
