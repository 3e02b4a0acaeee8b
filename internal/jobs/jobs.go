// Package jobs runs long work that somebody asked for over the API: it is queued in the database, so that it survives the process, and run
// by whichever process is free.
//
// A job that was running when its process died is run again when its lease has ended, so what a kind of job does must bear being done
// twice. Progress is for people to look at; what came of the job is in the log.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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

// Kind does the jobs of one kind. report stores progress; it may be called often.
type Kind func(ctx context.Context, job Job, report func(progress any) error) error

const (
	lease   = time.Minute      // a worker that does not say that it lives loses its job
	renew   = 15 * time.Second // how often it says so
	look    = time.Second      // how often an idle worker looks for work
	columns = "id, kind, args, state, progress, coalesce(error, ''), created_by, org, created_at, updated_at"
)

// Queue is the table of jobs.
type Queue struct {
	Pool   *pgxpool.Pool
	Kinds  map[string]Kind
	Logger *slog.Logger
}

// Add queues a job. An id that is there already changes nothing.
func (q *Queue) Add(ctx context.Context, actor access.Actor, id uuid.UUID, kind string, args any) error {
	if _, known := q.Kinds[kind]; !known {
		return fmt.Errorf("no kind of job is called %q", kind)
	}
	encoded, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("encode a job: %w", err)
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
		return Job{}, fault.Refuse(fault.NotFound, "job.not_found", fault.Say("there is no such job", "没有这个任务"))
	}
	if err != nil {
		return Job{}, fmt.Errorf("read a job: %w", err)
	}
	return job, nil
}

// Run does jobs, one at a time, until ctx ends.
func (q *Queue) Run(ctx context.Context) error {
	for {
		job, found, err := q.take(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			q.Logger.WarnContext(ctx, "look for jobs", "error", err)
		case found:
			q.do(ctx, job)
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
	}
}

// take leases the oldest job that nobody works on.
func (q *Queue) take(ctx context.Context) (Job, bool, error) {
	rows, err := q.Pool.Query(ctx, `
		update jobs set state = 'running', locked_until = now() + $1, updated_at = now() where id = (
			select id from jobs where state = 'queued' or (state = 'running' and locked_until < now())
			order by created_at limit 1 for update skip locked)
		returning `+columns, lease)
	if err != nil {
		return Job{}, false, err
	}
	job, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Job])
	if errors.Is(err, pgx.ErrNoRows) {
		return Job{}, false, nil
	}
	return job, err == nil, err
}

func (q *Queue) do(ctx context.Context, job Job) {
	working, stop := context.WithCancel(ctx)
	go q.keepLease(working, stop, job.ID)
	report := func(progress any) error { return q.report(working, job.ID, progress) }
	err := q.Kinds[job.Kind](working, job, report)
	stop()
	if ctx.Err() != nil {
		return // stopped, not failed: another process, or this one when it is back, goes on when the lease has ended
	}
	q.finish(context.WithoutCancel(ctx), job, err)
}

// keepLease says that the worker lives; one whose lease was lost stops.
func (q *Queue) keepLease(ctx context.Context, stop func(), id uuid.UUID) {
	tick := time.NewTicker(renew)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			tag, err := q.Pool.Exec(ctx, `update jobs set locked_until = now() + $2 where id = $1 and state = 'running'`, id, lease)
			if err == nil && tag.RowsAffected() == 0 {
				stop()
				return
			}
		}
	}
}

func (q *Queue) report(ctx context.Context, id uuid.UUID, progress any) error {
	encoded, err := json.Marshal(progress)
	if err != nil {
		return fmt.Errorf("encode progress: %w", err)
	}
	_, err = q.Pool.Exec(ctx, `update jobs set progress = $2, updated_at = now() where id = $1`, id, encoded)
	if err != nil {
		return fmt.Errorf("report progress: %w", err)
	}
	return nil
}

// finish writes how a job ended. What is not a fault is for the log; the asker reads "internal error".
func (q *Queue) finish(ctx context.Context, job Job, err error) {
	state, text := Done, ""
	if f := fault.Of(err); f != nil {
		state, text = Failed, f.Error()
	} else if err != nil {
		state, text = Failed, "internal error"
		q.Logger.ErrorContext(ctx, "job failed", "job", job.ID, "kind", job.Kind, "error", err)
	}
	_, err = q.Pool.Exec(ctx, `update jobs set state = $2, error = nullif($3, ''), locked_until = null, updated_at = now() where id = $1`, job.ID, state, text)
	if err != nil {
		q.Logger.ErrorContext(ctx, "finish a job", "job", job.ID, "error", err)
	}
}
