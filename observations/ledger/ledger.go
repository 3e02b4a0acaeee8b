package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Stage is how far a reissue has come with a student.
type Stage uint8

// The stages.
const (
	Told Stage = iota
	Fetched
	Verified
	Running
	Failed
	stages
)

// Marks is when each stage was first seen, microseconds; 0: not yet.
type Marks [stages]int64

// At is when a stage was first seen, microseconds; 0: not yet.
func (m Marks) At(s Stage) int64 { return m[s] }

// Options of a book; the zero value of a field stands for the value in brackets.
type Options struct {
	Every  time.Duration // how long marks gather before they are written [200 ms]
	Most   int           // marks that wait at most; further ones are dropped [100,000]
	Logger *slog.Logger  // [slog.Default]
}

// Book is the ledger. It is safe for concurrent use.
type Book struct {
	pool    *pgxpool.Pool
	options Options
	known   *lru.Cache[line, uint8] // stages that were marked here, as bits

	mu      sync.Mutex
	waiting map[line]*Marks
	dropped int
	rung    chan struct{}
}

type line struct{ reissue, student uuid.UUID }

// remembered bounds the students whose marks are known to be made already.
const remembered = 200_000

// New makes a book over a pool.
func New(pool *pgxpool.Pool, o Options) (*Book, error) {
	if o.Every <= 0 {
		o.Every = 200 * time.Millisecond
	}
	if o.Most <= 0 {
		o.Most = 100_000
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	known, err := lru.New[line, uint8](remembered)
	return &Book{pool: pool, options: o, known: known, waiting: map[line]*Marks{}, rung: make(chan struct{}, 1)}, err
}

// Mark notes that a stage was seen at an instant, microseconds. It never blocks.
func (b *Book) Mark(reissue, student uuid.UUID, stage Stage, at int64) {
	key := line{reissue, student}
	bits, _ := b.known.Get(key)
	if bits&(1<<stage) != 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	marks := b.waiting[key]
	if marks == nil {
		if len(b.waiting) >= b.options.Most {
			b.dropped++
			return
		}
		marks = &Marks{}
		b.waiting[key] = marks
	}
	if marks[stage] == 0 {
		marks[stage] = at
	}
	b.known.Add(key, bits|1<<stage)
	select {
	case b.rung <- struct{}{}:
	default:
	}
}

// Run writes until ctx ends, and what is left then.
func (b *Book) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			return b.flush(last)
		case <-b.rung:
		}
		select {
		case <-ctx.Done():
		case <-time.After(b.options.Every):
		}
		if err := b.flush(ctx); err != nil && ctx.Err() == nil {
			b.options.Logger.WarnContext(ctx, "the ledger of reissues cannot be written", "error", err)
		}
	}
}

// flush writes what waits. What cannot be written waits on.
func (b *Book) flush(ctx context.Context) error {
	b.mu.Lock()
	marks, dropped := b.waiting, b.dropped
	b.waiting, b.dropped = make(map[line]*Marks, len(marks)), 0
	b.mu.Unlock()
	if dropped > 0 {
		b.options.Logger.WarnContext(ctx, "marks in the ledger of reissues were dropped", "count", dropped)
	}
	if len(marks) == 0 {
		return nil
	}
	err := b.write(ctx, marks)
	if err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		for key, m := range marks {
			if now := b.waiting[key]; now != nil {
				m.merge(*now)
			}
			b.waiting[key] = m
		}
	}
	return err
}

// merge takes over what was not seen before.
func (m *Marks) merge(later Marks) {
	for stage, at := range later {
		if m[stage] == 0 {
			m[stage] = at
		}
	}
}

func (b *Book) write(ctx context.Context, marks map[line]*Marks) error {
	var reissues, students []uuid.UUID
	var columns [stages][]int64
	for key, m := range marks {
		reissues, students = append(reissues, key.reissue), append(students, key.student)
		for stage, at := range m {
			columns[stage] = append(columns[stage], at)
		}
	}
	_, err := b.pool.Exec(ctx, `insert into reissue_ledger as l (reissue, student, told_at, fetched_at, verified_at, running_at, failed_at)
		select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) order by 1, 2
		on conflict (reissue, student) do update set
			told_at = coalesce(nullif(l.told_at, 0), excluded.told_at), fetched_at = coalesce(nullif(l.fetched_at, 0), excluded.fetched_at),
			verified_at = coalesce(nullif(l.verified_at, 0), excluded.verified_at), running_at = coalesce(nullif(l.running_at, 0), excluded.running_at),
			failed_at = coalesce(nullif(l.failed_at, 0), excluded.failed_at)`,
		reissues, students, columns[Told], columns[Fetched], columns[Verified], columns[Running], columns[Failed])
	if err != nil {
		return fmt.Errorf("write the ledger of reissues: %w", err)
	}
	return nil
}

// maxAsked bounds how many students are asked about at once.
const maxAsked = 25_000

// Of reads the marks of students. Those of whom nothing was seen are missing.
func (b *Book) Of(ctx context.Context, reissue uuid.UUID, students []uuid.UUID) (map[uuid.UUID]Marks, error) {
	if len(students) > maxAsked {
		return nil, errors.New("too many students at once")
	}
	rows, err := b.pool.Query(ctx, `select student, told_at, fetched_at, verified_at, running_at, failed_at from reissue_ledger where reissue = $1 and student = any($2)`, reissue, students)
	if err != nil {
		return nil, fmt.Errorf("read the ledger of reissue %s: %w", reissue, err)
	}
	found := make(map[uuid.UUID]Marks, len(students))
	var student uuid.UUID
	var m Marks
	_, err = pgx.ForEachRow(rows, []any{&student, &m[Told], &m[Fetched], &m[Verified], &m[Running], &m[Failed]}, func() error {
		found[student] = m
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the ledger of reissue %s: %w", reissue, err)
	}
	return found, nil
}
