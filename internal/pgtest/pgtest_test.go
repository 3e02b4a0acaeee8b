package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/internal/pgtest"
)

func TestEachTestHasItsOwnMigratedDatabase(t *testing.T) {
	t.Parallel()
	one, other := pgtest.New(t), pgtest.New(t)
	insert(t, one)
	if n := count(t, other); n != 0 {
		t.Errorf("another test's database has %d rows of this one's", n)
	}
	if n := count(t, one); n != 1 {
		t.Errorf("got %d rows, want 1", n)
	}
}

func TestADatabaseGoesWhenItsTestEnds(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("a test", func(t *testing.T) {
		url = pgtest.URL(t)
		insert(t, pgtest.New(t))
	})
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Errorf("the database of an ended test is still there")
	}
}

func TestEmptyHasNoTables(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var tables int
	if err := conn.QueryRow(t.Context(), "select count(*) from pg_tables where schemaname = 'public'").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("got %d tables (%v), want none", tables, err)
	}
}

func BenchmarkDatabase(b *testing.B) {
	for b.Loop() {
		b.Run("", func(b *testing.B) { pgtest.URL(b) })
	}
}

func insert(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), "insert into people (id, org, name) values (gen_random_uuid(), 'school', 'Wang')"); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, pool *pgxpool.Pool) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), "select count(*) from people").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
