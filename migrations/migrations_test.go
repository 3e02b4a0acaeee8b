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

// Names of before organisations had their own go to those whose roster has the person, else to those that gave a role, else nobody reads them.
func TestNamesFindTheirOrganisations(t *testing.T) {
	t.Parallel()
	pool := empty(t)
	up(t, pool)
	file := func(name string) string {
		text, err := migrations.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const pupil, teacher, head, stranger = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002",
		"00000000-0000-0000-0000-000000000003", "00000000-0000-0000-0000-000000000004"
	down, forth := file("000016_names_by_organisation.down.sql"), file("000016_names_by_organisation.up.sql")
	for _, statement := range []string{
		down, forth, down, // also where no read model is there yet
		`create schema roster_v2; create schema staff_v1;
		create table roster_v2.members (class uuid, student uuid); create table roster_v2.classes (id uuid, org text);
		create table roster_v2.staff (class uuid, person uuid); create table roster_v2.students (student uuid, org text);
		create table roster_v2.sessions (teacher uuid, org text); create table staff_v1.roles (person uuid, org text)`,
		`insert into people (id, name) values ('` + pupil + `', 'Pupil'), ('` + teacher + `', 'Teacher'), ('` + head + `', 'Head'), ('` + stranger + `', 'Stranger')`,
		`insert into roster_v2.classes values ('` + stranger + `', 'acme/math'); insert into roster_v2.members values ('` + stranger + `', '` + pupil + `');
		insert into roster_v2.staff values ('` + stranger + `', '` + teacher + `'); insert into roster_v2.students values ('` + pupil + `', 'acme');
		insert into roster_v2.sessions values ('` + teacher + `', 'acme/math')`,
		`insert into staff_v1.roles values ('` + head + `', 'acme'), ('` + head + `', 'acme/math'), ('` + head + `', 'acme'), ('` + pupil + `', 'other')`,
		forth,
	} {
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	var kept string
	if err := pool.QueryRow(t.Context(), `select string_agg(name || ' ' || org, ', ' order by id, org) from people`).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	if want := "Pupil acme, Pupil acme/math, Teacher acme/math, Head acme, Head acme/math, Stranger "; kept != want {
		t.Errorf("%s; want %s", kept, want)
	}
	if _, err := pool.Exec(t.Context(), down); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := pool.QueryRow(t.Context(), `select count(*) from people`).Scan(&left); err != nil || left != 4 {
		t.Errorf("%d names are left of four people, %v", left, err)
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
