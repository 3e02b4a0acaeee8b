package regradejob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/regrade"
	"qbank/internal/jobs"
	"qbank/projections/gradebook"
	"qbank/projections/regrades"
)

// Kind is the name of these jobs in the queue.
const Kind = "regrade"

// Batch is how many attempts are read at once.
const Batch = 200

// Args say what to look at, for whom.
type Args struct {
	Regrade uuid.UUID    `json:"regrade"`
	Actor   access.Actor `json:"actor"`
}

// Models says how far read models are, and waits for them.
type Models interface {
	Position(ctx context.Context, model string) (int64, error)
}

// Assessor adds and does these jobs.
type Assessor struct {
	Commands  *commands.Bus
	Regrades  *regrades.Reader
	Gradebook *gradebook.Reader
	Models    Models
	Queue     *jobs.Queue // of this kind alone; its Run does the jobs
}

// New fills the queue in, on the table of jobs.
func New(a Assessor, pool *pgxpool.Pool, log *slog.Logger) *Assessor {
	a.Queue = &jobs.Queue{Pool: pool, Logger: log}
	a.Queue.Kinds = map[string]jobs.Kind{Kind: a.Do}
	return &a
}

// Add queues a look at a regrade. The same id is the same job.
func (a *Assessor) Add(ctx context.Context, actor access.Actor, id uuid.UUID, of regrade.ID) error {
	return a.Queue.Add(ctx, actor, id, Kind, Args{Regrade: of, Actor: actor})
}

// Waiting reports whether somebody is looking, or will.
func (a *Assessor) Waiting(ctx context.Context, of regrade.ID) (bool, error) {
	return a.Queue.Wanted(ctx, Kind, "regrade", of.String(), uuid.Nil)
}

// Do is the kind of job.
func (a *Assessor) Do(ctx context.Context, job jobs.Job, report func(any) error) error {
	var args Args
	if err := json.Unmarshal(job.Args, &args); err != nil {
		return fmt.Errorf("decode a regrade job: %w", err)
	}
	found, err := a.Regrades.Get(ctx, args.Actor.Scope, []uuid.UUID{args.Regrade})
	if err != nil {
		return err
	}
	r, known := found[args.Regrade]
	if !known {
		return regrade.NotFound()
	}
	last := Progress{Work: Looking}
	err = a.assess(ctx, job, args, r.Proposed, func(p Progress) error {
		last = p
		return errors.Join(report(p), a.Tell(ctx, r.Proposed, jobs.Running, p))
	})
	if ctx.Err() != nil {
		return err // somebody looks again
	}
	state, why := jobs.Ended(err)
	return errors.Join(err, a.tell(ctx, r.Proposed, state, last, why))
}

func (a *Assessor) assess(ctx context.Context, job jobs.Job, args Args, r regrade.Proposed, seen func(Progress) error) error {
	figures, err := a.Look(ctx, r, seen)
	if err != nil {
		return err
	}
	_, err = a.Commands.Do(ctx, args.Actor, commands.AssessRegrade{Regrade: args.Regrade, Revision: commands.Anything, Figures: figures}, commands.As(job.ID))
	return err
}

// Look weighs a regrade. seen is told how far it is.
func (a *Assessor) Look(ctx context.Context, r regrade.Proposed, seen func(Progress) error) (f regrade.Figures, err error) {
	if f.Position, err = a.Models.Position(ctx, "gradebook"); err != nil {
		return f, fmt.Errorf("read how far the gradebook is: %w", err)
	}
	f.At = time.Now().UnixMicro()
	shown := Progress{Work: Looking}
	if shown.Of, err = a.Of(ctx, r); err != nil {
		return f, err
	}
	if err := seen(shown); err != nil {
		return f, err
	}
	scope := access.Scope{Org: r.Org, Environment: r.Environment}
	err = a.Gradebook.EachAsked(ctx, scope, gradebook.Asked{Question: r.Question, From: r.From, To: r.To}, Batch, func(ids []uuid.UUID) error {
		lines, err := a.Commands.RegradeLines(ctx, r, ids)
		if err != nil {
			return err
		}
		last := uuid.Nil
		for _, line := range lines {
			f.Count(line.Standing.Given(), line.Anew, line.Item.Max)
			if line.Attempt != last { // the places of an attempt come together
				f.Attempts, last = f.Attempts+1, line.Attempt
			}
		}
		so := f
		shown.Attempts, shown.Figures = shown.Attempts+len(ids), &so
		return seen(shown)
	})
	if err != nil && fault.Of(err) == nil {
		err = fmt.Errorf("weigh a regrade of question %s: %w", r.Question, err)
	}
	return f, err
}
