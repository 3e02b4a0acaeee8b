package migrations_test

import (
	"context"
	"io/fs"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/fault"
	"qbank/internal/pgtest"
	"qbank/migrations"
)

func TestUpDownUp(t *testing.T) {
	t.Parallel()
	pool := empty(t)
	current, newest, err := migrations.Version(t.Context(), pool)
	if err != nil || current != 0 || newest == 0 {
		t.Fatalf("at first: %d of %d, %v", current, newest, err)
	}
	for range 2 {
		up(t, pool)
		up(t, pool) // again: nothing to do
		current, newest, err = migrations.Version(t.Context(), pool)
		if err != nil || current != newest {
			t.Fatalf("after Up: %d of %d, %v", current, newest, err)
		}
		if err := migrations.Down(t.Context(), pool); err != nil {
			t.Fatal(err)
		}
		if left := remaining(t, pool); len(left) != 0 {
			t.Fatalf("after Down there are still %v", left)
		}
	}
}

func TestProcessesThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	pool := empty(t)
	var starting sync.WaitGroup
	for range 4 {
		starting.Go(func() {
			if err := migrations.Up(context.Background(), pool); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	if current, newest, err := migrations.Version(t.Context(), pool); err != nil || current != newest {
		t.Errorf("got %d of %d, %v", current, newest, err)
	}
}

// A process killed in the middle leaves the mark of a begun migration: before its transaction, or after it.
func TestAKilledMigrationGoesOn(t *testing.T) {
	t.Parallel()
	downs, err := fs.Glob(migrations.Files, "*.down.sql")
	if err != nil {
		t.Fatal(err)
	}
	for done, begun := range downs {
		pool := empty(t)
		// Everything before begun is done; that one was begun and rolled back.
		up(t, pool)
		for _, name := range slices.Backward(downs[done:]) {
			text, err := migrations.Files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := pool.Exec(t.Context(), string(text)); err != nil {
				t.Fatal(err)
			}
		}
		version, err := strconv.Atoi(begun[:6])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pool.Exec(t.Context(), "update schema_migrations set version = $1, dirty = true", version); err != nil {
			t.Fatal(err)
		}
		up(t, pool)
		if current, newest, err := migrations.Version(t.Context(), pool); err != nil || current != newest {
			t.Errorf("killed at %d: got %d of %d, %v", version+1, current, newest, err)
		}
	}
}

func TestADatabaseOfANewerProgramIsRefused(t *testing.T) {
	t.Parallel()
	pool := empty(t)
	up(t, pool)
	if _, err := pool.Exec(t.Context(), "update schema_migrations set version = 9999"); err != nil {
		t.Fatal(err)
	}
	if err := migrations.Up(t.Context(), pool); !fault.Is(err, "database.newer") {
		t.Errorf("got %v", err)
	}
}

func TestQuestionNumbersStartAt100001(t *testing.T) {
	t.Parallel()
	var n int
	if err := pgtest.New(t).QueryRow(t.Context(), "select nextval('question_numbers')").Scan(&n); err != nil || n != 100001 {
		t.Errorf("got %d, %v", n, err)
	}
}

func empty(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), pgtest.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func up(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	if err := migrations.Up(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
}

// remaining lists what is left of the schema but golang-migrate's own table.
func remaining(t *testing.T, pool *pgxpool.Pool) (names []string) {
	t.Helper()
	err := pool.QueryRow(t.Context(), `
		select array_agg(name) from (
			select relname::text from pg_class where relnamespace = 'public'::regnamespace and relname not like 'schema_migrations%'
			union all select proname::text from pg_proc where pronamespace = 'public'::regnamespace) t(name)`).Scan(&names)
	if err != nil {
		t.Fatal(err)
	}
	return names
}
