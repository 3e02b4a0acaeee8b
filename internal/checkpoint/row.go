package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// DB is what statements run on: a pool, a connection or a transaction.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Key names a checkpoint.
type Key struct {
	Name    string
	Version int  // 0 for a process
	Shadow  bool // the copy that a rebuild fills
}

// String is the name of a process and the schema of a projection's copy: "guard", "catalog_v1", "catalog_v1_next".
func (k Key) String() string {
	switch {
	case k.Version == 0:
		return k.Name
	case k.Shadow:
		return fmt.Sprintf("%s_v%d_next", k.Name, k.Version)
	default:
		return fmt.Sprintf("%s_v%d", k.Name, k.Version)
	}
}

// The states of a projection's copy. A process is always filling: it serves nobody.
const (
	Filling = "filling" // being brought to the head; nobody is served from it
	Live    = "live"    // readers are served from it
	Retired = "retired" // another copy has taken over; to be dropped
)

// Row is a checkpoint.
type Row struct {
	Key
	Position   int64
	Build      uuid.UUID // of the tables; the zero value where nothing is built yet does not occur
	Status     string
	SchemaHash string // of the DDL that made the tables; "" while there are none
	Failure    *Failure
	Rate       float64 // events per second, lately
	Worker     string  // the node that moved it last
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Failure is why a follower stands still.
type Failure struct {
	Position    int64
	Event       uuid.UUID // zero where the event could not be read
	Error       string
	Attempts    int
	At          time.Time
	Undecodable bool // this program lacks the event's type or version; another may have it
}

// ErrOvertaken says that somebody else moved, parked, retired or rebuilt the checkpoint.
var ErrOvertaken = errors.New("the checkpoint is not where this worker left it")

const columns = `name, version, shadow, position, build, status, schema_hash, failed_position, failed_event, coalesce(error, ''),
	attempts, failed_at, undecodable, rate, worker, created_at, updated_at`

// All returns every checkpoint of a follower, or of all of them where name is "", in the order of Key.
func All(ctx context.Context, db DB, name string) ([]Row, error) {
	return load(ctx, db, `select `+columns+` from checkpoints where $1 in ('', name) order by name, version, shadow`, name)
}

// Lock is All for one follower, and holds the rows until the transaction ends.
func Lock(ctx context.Context, tx pgx.Tx, name string) ([]Row, error) {
	return load(ctx, tx, `select `+columns+` from checkpoints where name = $1 order by version, shadow for update`, name)
}

// Find returns the row of a key, or nil.
func Find(rows []Row, key Key) *Row {
	for i := range rows {
		if rows[i].Key == key {
			return &rows[i]
		}
	}
	return nil
}

// Serving returns the row that readers are served from, or nil.
func Serving(rows []Row) *Row {
	for i := range rows {
		if rows[i].Status == Live {
			return &rows[i]
		}
	}
	return nil
}

func load(ctx context.Context, db DB, sql string, args ...any) ([]Row, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	list, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	return list, nil
}

func scan(row pgx.CollectableRow) (r Row, err error) {
	var f Failure
	var position *int64
	var event *uuid.UUID
	var at *time.Time
	err = row.Scan(&r.Name, &r.Version, &r.Shadow, &r.Position, &r.Build, &r.Status, &r.SchemaHash, &position, &event, &f.Error,
		&f.Attempts, &at, &f.Undecodable, &r.Rate, &r.Worker, &r.CreatedAt, &r.UpdatedAt)
	if position != nil {
		f.Position = *position
		if event != nil {
			f.Event = *event
		}
		if at != nil {
			f.At = *at
		}
		r.Failure = &f
	}
	return r, err
}

// Create makes a row at a position, unless there is one.
func Create(ctx context.Context, db DB, key Key, position int64) error {
	_, err := db.Exec(ctx, `insert into checkpoints (name, version, shadow, position) values ($1, $2, $3, $4) on conflict do nothing`,
		key.Name, key.Version, key.Shadow, position)
	if err != nil {
		return fmt.Errorf("create checkpoint %s: %w", key, err)
	}
	return nil
}

// Move sets the position of a row that was read before to another one, if it is still where it was, of the same build,
// neither parked nor retired; else ErrOvertaken. The row stays locked until the transaction ends, so nothing else takes effect meanwhile.
func Move(ctx context.Context, db DB, from Row, to int64, rate float64, worker string) error {
	done, err := db.Exec(ctx, `update checkpoints set position = $6, rate = $7, worker = $8, updated_at = now()
		where name = $1 and version = $2 and shadow = $3 and build = $4 and position = $5 and status <> 'retired' and failed_position is null`,
		from.Name, from.Version, from.Shadow, from.Build, from.Position, to, rate, worker)
	return one(from.Key, "move", done, err)
}

// Park notes that the follower cannot get past an event.
func Park(ctx context.Context, db DB, at Row, f Failure, worker string) error {
	done, err := db.Exec(ctx, `update checkpoints set failed_position = $6, failed_event = $7, error = $8, attempts = $9, undecodable = $10,
			failed_at = now(), worker = $11, rate = 0, updated_at = now()
		where name = $1 and version = $2 and shadow = $3 and build = $4 and position = $5 and status <> 'retired'`,
		at.Name, at.Version, at.Shadow, at.Build, at.Position,
		f.Position, uuid.NullUUID{UUID: f.Event, Valid: f.Event != uuid.Nil}, clip(f.Error), f.Attempts, f.Undecodable, worker)
	return one(at.Key, "park", done, err)
}

// Unpark forgets the failure, if it is still the same one.
func Unpark(ctx context.Context, db DB, at Row) error {
	done, err := db.Exec(ctx, `update checkpoints set failed_position = null, failed_event = null, error = null, attempts = 0, undecodable = false,
			failed_at = null, updated_at = now()
		where name = $1 and version = $2 and shadow = $3 and build = $4 and failed_position = $5`,
		at.Name, at.Version, at.Shadow, at.Build, at.Failure.Position)
	return one(at.Key, "unpark", done, err)
}

func one(key Key, verb string, done pgconn.CommandTag, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s checkpoint %s: %w", verb, key, err)
	case done.RowsAffected() == 0:
		return fmt.Errorf("%s checkpoint %s: %w", verb, key, ErrOvertaken)
	default:
		return nil
	}
}

// clip bounds what an error may put into the row, and takes out what PostgreSQL cannot store.
func clip(message string) string {
	const most = 2000
	clean := make([]rune, 0, min(len(message), most))
	for _, r := range message {
		if len(clean) == most {
			break
		}
		if r != 0 {
			clean = append(clean, r)
		}
	}
	return string(clean)
}

// TryLock takes the session's advisory lock of a subject, or says that another session has it. Only a hint: see Move.
func TryLock(ctx context.Context, db DB, subject string) (bool, error) {
	return lock(ctx, db, `select pg_try_advisory_lock(hashtextextended($1, 1902272107))`, subject)
}

// TryShare is TryLock for those who do not exclude each other, only whoever takes the whole lock.
func TryShare(ctx context.Context, db DB, subject string) (bool, error) {
	return lock(ctx, db, `select pg_try_advisory_lock_shared(hashtextextended($1, 1902272107))`, subject)
}

// Unlock gives back what TryLock took.
func Unlock(ctx context.Context, db DB, subject string) error {
	_, err := lock(ctx, db, `select pg_advisory_unlock(hashtextextended($1, 1902272107))`, subject)
	return err
}

func lock(ctx context.Context, db DB, sql, subject string) (held bool, err error) {
	if err := db.QueryRow(ctx, sql, subject).Scan(&held); err != nil {
		return false, fmt.Errorf("lock %s: %w", subject, err)
	}
	return held, nil
}

// Working is the lock of whoever works on a checkpoint.
func Working(key Key) string { return "works on " + key.String() }

// Using is the lock that every process shares which reads a version's tables.
func Using(name string, version int) string {
	return "uses " + Key{Name: name, Version: version}.String()
}
