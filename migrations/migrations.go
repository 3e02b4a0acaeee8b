package migrations

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	pgx5 "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"qbank/domain/fault"
)

// Files are the migrations, as golang-migrate names them: 000001_log.up.sql, 000001_log.down.sql and so on.
//
//go:embed *.sql
var Files embed.FS

// One process at a time migrates. golang-migrate has a lock of its own, but it is free between looking at the
// version and acting on it.
const (
	lockClass      = 1902272107 // "qbnk", as in append_events, where the second number is a lane
	lockMigrations = 1 << 16    // beyond every lane
)

// Up brings the database to the newest version. Where it is there already, nothing happens. A database that a newer
// program has migrated further is refused with the fault "database.newer".
func Up(ctx context.Context, pool *pgxpool.Pool) error {
	return with(ctx, pool, func(m *migrate.Migrate) error {
		at, dirty, err := m.Version()
		switch newest := newest(); {
		case errors.Is(err, migrate.ErrNilVersion):
		case err != nil:
			return err
		case at > newest:
			return fault.Refuse(fault.Conflict, "database.newer", fault.Say(
				"The database is at version %d and this program knows versions up to %d; start a newer program.",
				"数据库版本为 %d,而本程序只支持到版本 %d;请启动更新的程序。", at, newest))
		case dirty:
			// The mark of completion is part of the migration's transaction: it was begun and rolled back.
			if err := m.Force(before(at)); err != nil {
				return err
			}
		}
		return m.Up()
	})
}

// Down takes every table away again, with all that is in it.
func Down(ctx context.Context, pool *pgxpool.Pool) error {
	return with(ctx, pool, (*migrate.Migrate).Down)
}

// Version tells how far the database is migrated (0: not at all) and how far this program would migrate it.
func Version(ctx context.Context, pool *pgxpool.Pool) (current, newestKnown uint, err error) {
	err = with(ctx, pool, func(m *migrate.Migrate) error {
		current, _, err = m.Version()
		return err
	})
	return current, newest(), err
}

// with runs f on the migrations of this program and the database behind pool. To have nothing to do is no error.
func with(ctx context.Context, pool *pgxpool.Pool, f func(*migrate.Migrate) error) error {
	// A database/sql handle beside the pool: closing the migration closes its handle, and that must not be the pool.
	db := stdlib.OpenDB(*pool.Config().ConnConfig)
	defer db.Close()
	turn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("reach the database to migrate it: %w", err)
	}
	defer turn.Close()
	if _, err := turn.ExecContext(ctx, "select pg_advisory_lock($1, $2)", lockClass, lockMigrations); err != nil {
		return fmt.Errorf("wait for another process that migrates the database: %w", err)
	}
	defer func() { // where this fails, the lock goes with the connection
		_, _ = turn.ExecContext(context.WithoutCancel(ctx), "select pg_advisory_unlock($1, $2)", lockClass, lockMigrations)
	}()
	driver, err := pgx5.WithInstance(db, &pgx5.Config{})
	if err != nil {
		return fmt.Errorf("prepare the database for migrations: %w", err)
	}
	defer driver.Close()
	files, err := iofs.New(Files, ".")
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	m, err := migrate.NewWithInstance("iofs", marked{files}, "pgx5", driver)
	if err != nil {
		return fmt.Errorf("prepare the migrations: %w", err)
	}
	defer context.AfterFunc(ctx, func() { m.GracefulStop <- true })()
	if err := f(m); err != nil && !errors.Is(err, migrate.ErrNoChange) && !errors.Is(err, migrate.ErrNilVersion) {
		if fault.Of(err) != nil {
			return err
		}
		return fmt.Errorf("migrate the database: %w", err)
	}
	return ctx.Err()
}

// marked adds to each migration, and so to its transaction, the statement that notes its completion. golang-migrate writes
// the note afterwards, in another transaction; a process killed between the two would leave a database that
// nobody can tell to be whole.
type marked struct{ source.Driver }

func (m marked) ReadUp(version uint) (io.ReadCloser, string, error) {
	r, name, err := m.Driver.ReadUp(version)
	if err != nil {
		return nil, "", err
	}
	mark := fmt.Sprintf("\n;update schema_migrations set dirty = false where version = %d;\n", version)
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(r, strings.NewReader(mark)), r}, name, nil
}

// versions lists the versions there are, lowest first. Numbers may be missing: those who write at the same time take theirs beforehand.
func versions() []uint {
	files, _ := Files.ReadDir(".") // the embedded root is always readable, and in the order of names
	var list []uint
	for _, f := range files {
		var version uint
		if n, _ := fmt.Sscanf(f.Name(), "%06d_", &version); n == 1 && strings.HasSuffix(f.Name(), ".up.sql") {
			list = append(list, version)
		}
	}
	return list
}

func newest() uint {
	list := versions()
	return list[len(list)-1]
}

// before is the version that a database has whose migration to version did not happen.
func before(version uint) int {
	at := database.NilVersion
	for _, v := range versions() {
		if v < version {
			at = int(v)
		}
	}
	return at
}
