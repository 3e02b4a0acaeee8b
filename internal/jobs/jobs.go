package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/access"
	"qbank/domain/fault"
)

// State is how far a job is.
type State string

// The states of a job.
const (
	Queued  State = "queued"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
)

// Job is long work.
type Job struct {
	ID        uuid.UUID
	Kind      string
	Args      json.RawMessage
	State     State
	Progress  json.RawMessage // as its kind writes it
	Error     string          // safe to show
	CreatedBy string
	Org       string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Kind does the jobs of one kind. report stores progress; it may be called often. When ctx ends it should return soon: the job was taken
// away, or the process stops.
type Kind func(ctx context.Context, job Job, report func(progress any) error) error

const (
	look       = time.Second // how often an idle worker looks for work
	maxWaiting = 100         // jobs of an organisation
	columns    = "id, kind, args, state, progress, coalesce(error, ''), created_by, org, created_at, updated_at"
)

// Queue is the table of jobs.
type Queue struct {
	Pool   *pgxpool.Pool
	Kinds  map[string]Kind // those that this process does; others are left to others
	Logger *slog.Logger
	Lease  time.Duration // after which a worker that does not say that it lives loses its job; 0: a minute
}

// Room refuses with "job.too_many" where an organisation has many jobs waiting: ask before what the job needs is stored.
func (q *Queue) Room(ctx context.Context, actor access.Actor) error {
	var waiting int
	if err := q.Pool.QueryRow(ctx, `select count(*) from jobs where state in ('queued', 'running') and org = $1`, actor.Scope.Org).Scan(&waiting); err != nil {
		return fmt.Errorf("queue a job: %w", err)
	}
	if waiting >= maxWaiting {
		return fault.Refuse(fault.Limit, "job.too_many", fault.Say("%d jobs wait already; come back when some are done", "已有 %d 个任务在等待，请稍后再试", waiting))
	}
	return nil
}

// Wanted reports whether another job that is not over yet has this text among its arguments.
func (q *Queue) Wanted(ctx context.Context, kind, argument, text string, but uuid.UUID) (wanted bool, err error) {
	err = q.Pool.QueryRow(ctx, `select exists (select from jobs where kind = $1 and args->>$2 = $3 and id <> $4 and state in ('queued', 'running'))`,
		kind, argument, text, but).Scan(&wanted)
	return wanted, err
}

// Add queues a job. An id that is there already changes nothing. An organisation with many waiting jobs is refused with "job.too_many".
func (q *Queue) Add(ctx context.Context, actor access.Actor, id uuid.UUID, kind string, args any) error {
	if _, known := q.Kinds[kind]; !known {
		return fmt.Errorf("no kind of job is called %q", kind)
	}
	encoded, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("encode a job: %w", err)
	}
	if err := q.Room(ctx, actor); err != nil {
		return err
	}
	_, err = q.Pool.Exec(ctx, `insert into jobs (id, kind, args, state, created_by, org) values ($1, $2, $3, 'queued', $4, $5)
		on conflict (id) do nothing`, id, kind, encoded, actor.ID, actor.Scope.Org)
	if err != nil {
		return fmt.Errorf("queue a job: %w", err)
	}
	return nil
}

// Get returns a job of the actor's organisation.
func (q *Queue) Get(ctx context.Context, actor access.Actor, id uuid.UUID) (Job, error) {
	rows, err := q.Pool.Query(ctx, `select `+columns+` from jobs where id = $1`, id)
	if err != nil {
		return Job{}, fmt.Errorf("read a job: %w", err)
	}
	job, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Job])
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && actor.Within(job.Org) != nil) {
		return Job{}, NotFound()
	}
	if err != nil {
		return Job{}, fmt.Errorf("read a job: %w", err)
	}
	return job, nil
}

// Tell shows work that somebody else does, so that it can be looked at and watched as jobs are. Nobody takes it: its kind is of no queue. What was told
// of the same id before is replaced.
func (q *Queue) Tell(ctx context.Context, job Job) error {
	_, err := q.Pool.Exec(ctx, `insert into jobs (id, kind, state, progress, error, created_by, org) values ($1, $2, $3, $4, nullif($5, ''), $6, $7)
		on conflict (id) do update set state = excluded.state, progress = excluded.progress, error = excluded.error, updated_at = now()
		where jobs.kind = excluded.kind`, job.ID, job.Kind, job.State, job.Progress, job.Error, job.CreatedBy, job.Org)
	if err != nil {
		return fmt.Errorf("tell of a job: %w", err)
	}
	return nil
}

// Told reads what was told under ids of a kind. Who may see it, the caller knows.
func (q *Queue) Told(ctx context.Context, kind string, ids []uuid.UUID) (map[uuid.UUID]Job, error) {
	rows, err := q.Pool.Query(ctx, `select `+columns+` from jobs where kind = $1 and id = any($2)`, kind, ids)
	if err != nil {
		return nil, fmt.Errorf("read what was told of jobs: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Job])
	if err != nil {
		return nil, fmt.Errorf("read what was told of jobs: %w", err)
	}
	found := make(map[uuid.UUID]Job, len(list))
	for _, job := range list {
		found[job.ID] = job
	}
	return found, nil
}

// Topic is what the progress of jobs is watched under.
const Topic = "job"

// States says how jobs are doing, for watchers: the text is another one whenever a job has gone on.
func (q *Queue) States(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	rows, err := q.Pool.Query(ctx, `select id, state || ' ' || md5(progress::text) from jobs where id = any($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("look at jobs: %w", err)
	}
	states := make(map[uuid.UUID]string, len(ids))
	var id uuid.UUID
	var state string
	if _, err = pgx.ForEachRow(rows, []any{&id, &state}, func() error { states[id] = state; return nil }); err != nil {
		return nil, fmt.Errorf("look at jobs: %w", err)
	}
	return states, nil
}

// NotFound is the fault "job.not_found".
func NotFound() error {
	return fault.Refuse(fault.NotFound, "job.not_found", fault.Say("there is no such job", "没有这个任务"))
}

// Run does jobs, one at a time, until ctx ends.
func (q *Queue) Run(ctx context.Context) error {
	for {
		h, found, err := q.take(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			q.Logger.WarnContext(ctx, "look for jobs", "error", err)
		case found:
			q.do(ctx, h)
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
	}
}

func (q *Queue) lease() time.Duration {
	if q.Lease > 0 {
		return q.Lease
	}
	return time.Minute
}

// held is a job in the hands of this worker. until is when the lease ends, and proves whose it is: whoever takes the job later sets another.
type held struct {
	Job
	mu    sync.Mutex
	until time.Time
}

// take leases the oldest job that nobody works on.
func (q *Queue) take(ctx context.Context) (*held, bool, error) {
	h := &held{}
	j := &h.Job
	err := q.Pool.QueryRow(ctx, `
		update jobs set state = 'running', locked_until = clock_timestamp() + $1, updated_at = now() where id = (
			select id from jobs where kind = any($2) and (state = 'queued' or (state = 'running' and locked_until < now()))
			order by created_at limit 1 for update skip locked)
		returning `+columns+`, locked_until`, q.lease(), slices.Collect(maps.Keys(q.Kinds))).
		Scan(&j.ID, &j.Kind, &j.Args, &j.State, &j.Progress, &j.Error, &j.CreatedBy, &j.Org, &j.CreatedAt, &j.UpdatedAt, &h.until)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	return h, err == nil, err
}

// errLost says that another worker has the job by now.
var errLost = errors.New("the job belongs to another worker by now")

func (q *Queue) do(ctx context.Context, h *held) {
	working, stop := context.WithCancelCause(ctx)
	var lease sync.WaitGroup
	lease.Go(func() { q.keepLease(working, stop, h) })
	err := q.work(working, h)
	stop(nil)
	lease.Wait()
	switch {
	case errors.Is(context.Cause(working), errLost) || errors.Is(err, errLost):
		q.Logger.WarnContext(ctx, "a job was taken away: this worker did not say in time that it lives", "job", h.ID)
	case ctx.Err() != nil:
		q.release(context.WithoutCancel(ctx), h) // stopped, not failed: another process, or this one when it is back, goes on
	default:
		q.finish(context.WithoutCancel(ctx), h, err)
	}
}

func (q *Queue) work(ctx context.Context, h *held) (err error) {
	defer func() {
		if defect := recover(); defect != nil {
			err = fmt.Errorf("panic: %v\n%s", defect, debug.Stack())
		}
	}()
	return q.Kinds[h.Kind](ctx, h.Job, func(progress any) error { return q.report(ctx, h, progress) })
}

// keepLease says that the worker lives, until ctx ends or the job is another's.
func (q *Queue) keepLease(ctx context.Context, stop context.CancelCauseFunc, h *held) {
	tick := time.NewTicker(q.lease() / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := q.renew(ctx, h); errors.Is(err, errLost) {
				stop(errLost)
				return
			}
		}
	}
}

func (q *Queue) renew(ctx context.Context, h *held) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.lease()) // cut off, it would not know until when it holds the job
	defer cancel()
	h.mu.Lock()
	defer h.mu.Unlock()
	err := q.Pool.QueryRow(ctx, `update jobs set locked_until = clock_timestamp() + $3 where id = $1 and state = 'running' and locked_until = $2
		returning locked_until`, h.ID, h.until, q.lease()).Scan(&h.until)
	if errors.Is(err, pgx.ErrNoRows) {
		return errLost
	}
	return err
}

// change writes to a job that is still this worker's; $1 is its id, $2 proves that.
func (q *Queue) change(ctx context.Context, h *held, set string, args ...any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	tag, err := q.Pool.Exec(ctx, `update jobs set updated_at = now(), `+set+` where id = $1 and state = 'running' and locked_until = $2`,
		append([]any{h.ID, h.until}, args...)...)
	if err == nil && tag.RowsAffected() == 0 {
		return errLost
	}
	return err
}

func (q *Queue) report(ctx context.Context, h *held, progress any) error {
	encoded, err := json.Marshal(progress)
	if err != nil {
		return fmt.Errorf("encode progress: %w", err)
	}
	if err := q.change(ctx, h, "progress = $3", encoded); err != nil {
		return fmt.Errorf("report progress: %w", err)
	}
	return nil
}

// release gives a job back at once.
func (q *Queue) release(ctx context.Context, h *held) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second) // where that fails, the lease ends by itself
	defer cancel()
	if err := q.change(ctx, h, "state = 'queued', locked_until = null"); err != nil {
		q.Logger.WarnContext(ctx, "give a job back", "job", h.ID, "error", err)
	}
}

// Ended is the state that work ends in, and what is shown of why: of what is no fault, "internal error".
func Ended(err error) (state State, why string) {
	if f := fault.Of(err); f != nil {
		return Failed, f.Error()
	}
	if err != nil {
		return Failed, "internal error"
	}
	return Done, ""
}

// finish writes how a job ended. What is not a fault is for the log.
func (q *Queue) finish(ctx context.Context, h *held, err error) {
	state, text := Ended(err)
	if err != nil && fault.Of(err) == nil {
		q.Logger.ErrorContext(ctx, "job failed", "job", h.ID, "kind", h.Kind, "error", err)
	}
	if err := q.change(ctx, h, "state = $3, error = nullif($4, ''), locked_until = null", state, text); err != nil {
		q.Logger.ErrorContext(ctx, "finish a job", "job", h.ID, "error", err)
	}
}
