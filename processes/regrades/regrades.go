package regrades

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/regrade"
	"qbank/internal/jobs"
	"qbank/internal/regradejob"
	"qbank/processes"
	"qbank/projections/gradebook"
)

// Name of the process. The read model has the plural.
const Name = "regrade"

// batch is how many attempts are settled at once.
const batch = 200

// Standing reads what stands; see package regrades.
type Standing interface {
	Standing(ctx context.Context, environment string) ([]regrade.Correction, error)
}

// Book names the attempts that were asked a question.
type Book interface {
	EachAsked(ctx context.Context, scope access.Scope, q gradebook.Asked, size int, do func([]uuid.UUID) error) error
}

// Models waits until a read model has reached a position.
type Models interface {
	Wait(ctx context.Context, model string, position int64) error
}

// Log says how long it is.
type Log interface {
	Head(ctx context.Context) (int64, error)
}

// Assessor has the figures drawn, and shows how far the work on a regrade is.
type Assessor interface {
	// Add has them drawn; an id that it knows changes nothing.
	Add(ctx context.Context, actor access.Actor, id uuid.UUID, of regrade.ID) error
	Of(ctx context.Context, r regrade.Proposed) (int, error)
	Tell(ctx context.Context, r regrade.Proposed, state jobs.State, p regradejob.Progress) error
}

// Process carries out regrades.
type Process struct {
	Commands *commands.Bus
	Standing Standing
	Book     Book
	Models   Models
	Log      Log
	Assessor Assessor
	Logger   *slog.Logger
	Grace    time.Duration // how long a node may not know yet what stands
}

// Name is "regrade".
func (Process) Name() string { return Name }

// Events names what is proposed, approved and revoked.
func (Process) Events() []string {
	return event.Names(regrade.Proposed{}, regrade.Approved{}, regrade.Revoked{})
}

// Handle carries out a decision.
func (p Process) Handle(ctx context.Context, e processes.Event) error {
	r, err := p.Commands.RegradeState(ctx, e.Stream)
	if err != nil {
		return err
	}
	actor := access.Actor{ID: access.System(Name), Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: r.Org, Environment: r.Environment}}
	if err := p.Models.Wait(ctx, "regrades", e.Position); err != nil {
		return fmt.Errorf("wait for the regrades: %w", err)
	}
	if _, is := e.Payload.(regrade.Proposed); is {
		return p.Assessor.Add(ctx, actor, processes.CommandID(Name, e.ID, 0), e.Stream)
	}
	if _, err := p.settle(ctx, e, actor, r, e.Position, func(shown regradejob.Progress) error {
		return p.Assessor.Tell(ctx, r.Proposed, jobs.Running, shown)
	}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(p.Grace):
	}
	head, err := p.Log.Head(ctx)
	if err != nil {
		return err
	}
	shown, err := p.settle(ctx, e, actor, r, head, func(regradejob.Progress) error { return nil })
	if err != nil {
		return err
	}
	return p.Assessor.Tell(ctx, r.Proposed, jobs.Done, shown)
}

// settle goes over everybody whom the regrade concerns, as the gradebook knows them at a position. seen is told how far it is.
func (p Process) settle(ctx context.Context, e processes.Event, actor access.Actor, r regrade.Regrade, position int64,
	seen func(regradejob.Progress) error) (shown regradejob.Progress, err error) {
	if err := p.Models.Wait(ctx, "gradebook", position); err != nil {
		return shown, fmt.Errorf("wait for the gradebook: %w", err)
	}
	all, err := p.Standing.Standing(ctx, r.Environment)
	if err != nil {
		return shown, err
	}
	shown = regradejob.Progress{Work: regradejob.Settling, Outcome: &regrade.Outcome{}}
	if shown.Of, err = p.Assessor.Of(ctx, r.Proposed); err != nil {
		return shown, err
	}
	if err := seen(shown); err != nil {
		return shown, err
	}
	var standing []regrade.Correction
	for _, c := range all {
		if c.Question == r.Question && c.Org == r.Org {
			standing = append(standing, c)
		}
	}
	changed := 0
	err = p.Book.EachAsked(ctx, actor.Scope, gradebook.Asked{Question: r.Question, From: r.From, To: r.To}, batch, func(ids []uuid.UUID) error {
		_, err := p.Commands.Do(ctx, actor, commands.SettleGrades{Question: r.Question, Standing: standing, Attempts: ids,
			Settled: func(s commands.Settled) {
				changed += s.Changed
				shown.Outcome.Plus(s.Now[e.Stream])
			}}, commands.Because(e.ID, e.Meta.Correlation))
		if err != nil {
			return err
		}
		shown.Attempts += len(ids)
		shown.Of = max(shown.Of, shown.Attempts) // some came meanwhile
		return seen(shown)
	})
	if err != nil && fault.Of(err) == nil {
		return shown, fmt.Errorf("settle the grades of regrade %s: %w", e.Stream, err)
	}
	p.Logger.InfoContext(ctx, "grades settled", "regrade", e.Stream, "changed", changed)
	return shown, err
}
