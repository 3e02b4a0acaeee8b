package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/internal/localpg"
	"qbank/migrations"
)

const (
	setUp       = 2 * time.Minute // for a server that is made from nothing on a busy machine
	idle        = time.Hour
	connections = 10 // of a test's pool
)

// New returns a pool of connections to a migrated, empty database. Both go when the test ends.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return open(t, URL(t))
}

// URL returns the address of a migrated, empty database, for tests that hand it to a program. It goes when the test ends.
func URL(t testing.TB) string {
	t.Helper()
	return create(t, template)
}

// Empty is URL without the migrations.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, func(context.Context, *pgx.Conn, string) (string, error) { return "template0", nil })
}

// Dir returns a directory for a test that has a private server of its own started. t.TempDir will not do: run by root, it is closed to
// the user whom the server drops to.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "qbank-")
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return dir
}

func open(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	config.MaxConns = connections
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// create makes a database for the test, as a copy of the template that pick names.
func create(t testing.TB, pick func(context.Context, *pgx.Conn, string) (string, error)) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), setUp)
	defer cancel()
	url, err := server(ctx)
	if err != nil {
		t.Fatalf("pgtest: tests need PostgreSQL: %v%s", err, because(err))
	}
	admin, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatalf("pgtest: connect to the server: %v", err)
	}
	defer admin.Close(ctx)
	sweepOnce(ctx, admin)
	from, err := pick(ctx, admin, url)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	name := fmt.Sprintf("%s%d_%s", testPrefix, time.Now().Unix(), rand.Text()[:10])
	name = strings.ToLower(name)
	if _, err := admin.Exec(ctx, "create database "+name+" template "+from); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() { drop(t, url, name) })
	return inDatabase(url, name)
}

func drop(t testing.TB, url, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), setUp)
	defer cancel()
	admin, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Logf("pgtest: %s stays behind: %v", name, err)
		return
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, "drop database if exists "+name+" with (force)"); err != nil {
		t.Logf("pgtest: %s stays behind: %v", name, err)
	}
}

// server returns the address of the server that tests use.
func server(ctx context.Context) (string, error) {
	if url := os.Getenv("QBANK_TEST_DATABASE_URL"); url != "" {
		return url, nil
	}
	return localpg.Share(ctx, localpg.Options{
		Dir: filepath.Join(os.TempDir(), fmt.Sprintf("qbank-test-%d", os.Getuid())),
		Settings: map[string]string{
			"max_connections": "400", // many packages at once, a pool for each test
			"shared_buffers":  "128MB",
		},
	}, idle)
}

// inDatabase returns url with another database.
func inDatabase(url, name string) string {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return url // the caller has connected with it before
	}
	head, query, _ := strings.Cut(url, "?")
	head = strings.TrimSuffix(head, "/"+config.Database)
	head = strings.TrimSuffix(head, "/") + "/" + name
	if query == "" {
		return head
	}
	return head + "?" + query
}

const (
	testPrefix     = "qbank_test_"
	templatePrefix = "qbank_template_"
	templateLock   = 1902272108 // beside the lock class of the log
)

// template returns the name of the migrated database that tests copy, and makes it if need be. It appears whole or not at all: it is
// migrated under another name.
func template(ctx context.Context, admin *pgx.Conn, url string) (string, error) {
	name, err := templateName()
	if err != nil {
		return "", err
	}
	if _, err := admin.Exec(ctx, "select pg_advisory_lock($1)", templateLock); err != nil {
		return "", err
	}
	defer func() { _, _ = admin.Exec(ctx, "select pg_advisory_unlock($1)", templateLock) }() // else it goes with the connection
	var exists bool
	if err := admin.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists); err != nil || exists {
		return name, err
	}
	unfinished := name + "_new"
	for _, sql := range []string{"drop database if exists " + unfinished + " with (force)", "create database " + unfinished + " template template0"} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			return "", fmt.Errorf("make a template: %w", err)
		}
	}
	if err := migrate(ctx, inDatabase(url, unfinished)); err != nil {
		return "", err
	}
	_, err = admin.Exec(ctx, "alter database "+unfinished+" rename to "+name)
	return name, err
}

func migrate(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	return migrations.Up(ctx, pool)
}

// templateName holds a hash of the migrations.
var templateName = sync.OnceValues(func() (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(migrations.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := migrations.Files.ReadFile(path)
		fmt.Fprintf(hash, "%s %d\n%s", path, len(text), text)
		return err
	})
	return templatePrefix + hex.EncodeToString(hash.Sum(nil)[:8]), err
})

var swept sync.Once

// sweepOnce removes what killed tests left behind, and templates of other migrations. To fail here is no failure of the test.
func sweepOnce(ctx context.Context, admin *pgx.Conn) {
	swept.Do(func() {
		own, _ := templateName()
		rows, err := admin.Query(ctx, `
			select datname from pg_database d
			where (datname like 'qbank\_test\_%' and split_part(datname, '_', 3)::bigint < extract(epoch from now()) - 3600
			   or datname like 'qbank\_template\_%' and datname <> $1
			      and (pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - interval '1 day')
			  and not exists (select from pg_stat_activity a where a.datname = d.datname)`, own)
		if err != nil {
			return
		}
		stale, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return
		}
		for _, name := range stale {
			_, _ = admin.Exec(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize())
		}
	})
}

// because is what lies behind a fault: the reader here is a developer.
func because(err error) string {
	type wrapper interface{ Unwrap() error }
	if w, ok := err.(wrapper); ok && w.Unwrap() != nil {
		return ": " + w.Unwrap().Error()
	}
	return ""
}
