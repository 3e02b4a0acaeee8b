package library

import (
	"context"
	"fmt"
	"os"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/commands"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/internal/blob"
	"qbank/projections/resources"
)

// Model is the read model that the library asks.
const Model = "resources"

// Quota bounds what one organisation keeps; zero fields stand for the defaults.
type Quota struct {
	Files int   // 100,000
	Bytes int64 // 100 GB
}

const (
	defaultFiles = 100_000
	defaultBytes = 100 << 30
)

// Library keeps files. Make it with New.
type Library struct {
	Commands *commands.Bus
	Files    *resources.Reader
	Lessons  Lessons
	Blobs    blob.Folder
	// CaughtUp returns once the read model has seen everything that is in the log by now.
	CaughtUp func(context.Context) error

	pool    *pgxpool.Pool
	quota   Quota
	arrive  chan struct{} // uploads being read
	keeping chan struct{} // uploads and removals holding a lock, and with it a connection
}

// The bounds of what goes on at once in a process.
const (
	maxArriving = 16
	maxKeeping  = 4
)

// New makes a library.
func New(c *commands.Bus, files *resources.Reader, lessons Lessons, blobs blob.Folder, pool *pgxpool.Pool, quota Quota, caughtUp func(context.Context) error) *Library {
	if quota.Files <= 0 {
		quota.Files = defaultFiles
	}
	if quota.Bytes <= 0 {
		quota.Bytes = defaultBytes
	}
	return &Library{Commands: c, Files: files, Lessons: lessons, Blobs: blobs, CaughtUp: caughtUp, pool: pool, quota: quota,
		arrive: make(chan struct{}, maxArriving), keeping: make(chan struct{}, maxKeeping)}
}

// Alone does something while nobody else, in any process, keeps or lets go what the names say. More than one name must come in the same
// order everywhere: organisations before hashes.
func (l *Library) Alone(ctx context.Context, do func(context.Context) error, names ...string) error {
	select {
	case l.keeping <- struct{}{}:
		defer func() { <-l.keeping }()
	case <-ctx.Done():
		return ctx.Err()
	}
	tx, err := l.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("lock files: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // ends the locks; nothing was written
	for _, name := range names {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 0))`, "resource "+name); err != nil {
			return fmt.Errorf("lock files: %w", err)
		}
	}
	return do(ctx)
}

// Facts finds a file that an organisation may have: its own, or one of those above it or below it. Else the fault "blob.not_found".
func (l *Library) Facts(ctx context.Context, org string, hash content.Hash) (resources.File, error) {
	if !isHash(hash) {
		return resources.File{}, fault.Refuse(fault.NotFound, "blob.not_found", fault.Say("there is nothing under this hash", "没有该哈希对应的内容"))
	}
	return l.Files.Visible(ctx, org, hash)
}

// Shown finds a file that students of an organisation may have: one that Facts finds, or one that published content names which
// they are given. A lesson of a school may hold a question of one department, with the department's own picture, and is for the students of
// all. Only who may name a file opens it for others: that a hash stands in some question of another organisation does not.
func (l *Library) Shown(ctx context.Context, org string, hash content.Hash) (resources.File, error) {
	found, refusal := l.Facts(ctx, org, hash)
	if !fault.Is(refusal, "blob.not_found") || !isHash(hash) {
		return found, refusal
	}
	file, lesson, questions, err := l.Files.NamedBy(ctx, org, hash)
	if err != nil || lesson {
		return file, err
	}
	if len(questions) > 0 {
		given, err := l.Lessons.Used(ctx, org, questions)
		if err != nil || given {
			return file, err
		}
	}
	return found, refusal
}

// Lessons knows which questions stand in lessons.
type Lessons interface {
	Used(ctx context.Context, org string, questions []uuid.UUID) (bool, error)
}

// Open opens a file's bytes. Whether the caller may have them is for Facts or Shown to say first.
func (l *Library) Open(hash content.Hash) (*os.File, error) { return l.Blobs.Open(string(hash)) }
