package audit

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/access"
	"qbank/domain/event"
)

// The actions. Append-only: they stand in the table.
const (
	KeysRead      = "keys.read"      // contents of questions, answer keys included
	FileRead      = "file.read"      // a file with contents
	StudentSeen   = "student.seen"   // a request through a student's eyes
	AuditRead     = "audit.read"     // this trail
	AuditExported = "audit.exported" // a great part of it
)

// MaxObjects is how many objects a row names; how many there were, it says in any case.
const MaxObjects = 200

// DefaultMonths is how long rows are kept where nothing else is said.
const DefaultMonths = 36

const (
	tick      = 500 * time.Millisecond
	full      = 10_000 // rows that wait: beyond, whoever adds one writes them
	flushTime = 10 * time.Second
	hourly    = time.Hour
	maxDetail = 500 // bytes
)

// Entry is a row.
type Entry struct {
	At          time.Time
	Actor       access.Actor
	Address     string
	Correlation string
	Action      string
	Objects     []string
	Detail      string
	id          uuid.UUID
}

// Trail is the table.
type Trail struct {
	Pool   *pgxpool.Pool
	Log    *slog.Logger
	Months int // that rows are kept; 0: DefaultMonths

	mu      sync.Mutex
	waiting []Entry
	writing sync.Mutex
	months  map[string]bool // whose partitions are there
}

// Note adds a row, who asked and the request's own id included. It returns at once, unless too many wait.
func (t *Trail) Note(ctx context.Context, e Entry) {
	e.id, e.Correlation = uuid.Must(uuid.NewV7()), event.CorrelationOf(ctx)
	if len(e.Detail) > maxDetail {
		e.Detail = e.Detail[:maxDetail]
	}
	t.mu.Lock()
	t.waiting = append(t.waiting, e)
	wait := len(t.waiting) > full
	t.mu.Unlock()
	if !wait {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
	defer cancel()
	if err := t.Flush(ctx); err != nil {
		t.giveUp(ctx, err)
	}
}

// giveUp writes into the program's log what the table does not take.
func (t *Trail) giveUp(ctx context.Context, reason error) {
	t.mu.Lock()
	lost := t.waiting
	t.waiting = nil
	t.mu.Unlock()
	for _, e := range lost {
		t.Log.ErrorContext(ctx, "a row of the audit trail could not be written", "at", e.At, "actor", e.Actor.ID, "acting_for", e.Actor.ActingFor,
			"org", e.Actor.Scope.Org, "action", e.Action, "objects", e.Objects, "correlation", e.Correlation, "error", reason)
	}
}

// Run writes rows until ctx ends, and then the rest; and drops months whose time is up.
func (t *Trail) Run(ctx context.Context) error {
	beat, hour := time.NewTicker(tick), time.NewTicker(hourly)
	defer beat.Stop()
	defer hour.Stop()
	t.expire(ctx)
	for {
		select {
		case <-beat.C:
			if err := t.Flush(ctx); err != nil && ctx.Err() == nil {
				t.Log.WarnContext(ctx, "the audit trail is not written; it will be tried again", "error", err)
			}
		case <-hour.C:
			t.expire(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
			defer cancel()
			if err := t.Flush(last); err != nil {
				t.giveUp(last, err)
			}
			return ctx.Err()
		}
	}
}

// Flush writes what waits. What could not be written waits on.
func (t *Trail) Flush(ctx context.Context) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	t.mu.Lock()
	taken := t.waiting
	t.waiting = nil
	t.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	err := t.write(ctx, taken)
	if err != nil {
		t.mu.Lock()
		t.waiting = append(taken, t.waiting...)
		t.mu.Unlock()
	}
	return err
}

func (t *Trail) write(ctx context.Context, rows []Entry) error {
	var statements pgx.Batch
	made := map[string]bool{}
	for _, e := range rows {
		if month := e.At.UTC().Format("200601"); !t.months[month] && !made[month] {
			made[month] = true
			statements.Queue(`select audit_month($1)`, e.At.UnixMicro())
		}
	}
	for _, e := range rows {
		a := e.Actor
		named := e.Objects[:min(len(e.Objects), MaxObjects)]
		if named == nil {
			named = []string{}
		}
		// A commit whose outcome is not known is tried again with the same ids.
		statements.Queue(`insert into audit values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`, e.id, e.At.UnixMicro(),
			a.Scope.Org, a.Scope.Environment, a.ID, a.ActingFor, a.SignIn, e.Address, e.Correlation, e.Action, named, len(e.Objects), e.Detail)
	}
	if err := t.Pool.SendBatch(ctx, &statements).Close(); err != nil {
		return fmt.Errorf("write the audit trail: %w", err)
	}
	if t.months == nil {
		t.months = map[string]bool{}
	}
	for month := range made {
		t.months[month] = true
	}
	return nil
}

func (t *Trail) expire(ctx context.Context) {
	if err := t.Expire(ctx, time.Now()); err != nil && ctx.Err() == nil {
		t.Log.WarnContext(ctx, "old months of the audit trail are still there", "error", err)
	}
}

// Expire drops the months that lie further back than rows are kept.
func (t *Trail) Expire(ctx context.Context, now time.Time) error {
	months := t.Months
	if months == 0 {
		months = DefaultMonths
	}
	first := time.Date(now.UTC().Year(), now.UTC().Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -months, 0)
	rows, err := t.Pool.Query(ctx, `select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
		where i.inhparent = 'audit'::regclass and c.relname < $1`, "audit_"+first.Format("200601"))
	if err != nil {
		return fmt.Errorf("look for old months of the audit trail: %w", err)
	}
	old, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for old months of the audit trail: %w", err)
	}
	for _, month := range old {
		if _, err := t.Pool.Exec(ctx, "drop table if exists "+pgx.Identifier{month}.Sanitize()); err != nil {
			return fmt.Errorf("drop %s: %w", month, err)
		}
	}
	return nil
}
