package repin

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/reissue"
	"qbank/processes"
	"qbank/projections/gradebook"
	"qbank/projections/reissues"
)

// Name of the process.
const Name = "repin"

// The bounds of one answer.
const (
	batch   = 500 // students that are looked up at once
	atOnce  = 32  // attempts under way
	maximum = 50_000
)

// Process repins open attempts.
type Process struct {
	Commands  *commands.Bus
	Reissues  *reissues.Reader
	Gradebook *gradebook.Reader
	// Wait waits until a read model has seen a position.
	Wait func(ctx context.Context, model string, position int64) error
	// Forget makes commands see what the read model of reissues has by now.
	Forget func(environment string)
	Logger *slog.Logger
}

// Name is "repin".
func (Process) Name() string { return Name }

// Events names what lets a reissue happen: that it is granted, and that its window begins later.
func (Process) Events() []string { return event.Names(reissue.Granted{}, reissue.Begun{}) }

// Handle repins the open attempts of the audience as it is now.
func (p Process) Handle(ctx context.Context, e processes.Event) error {
	for _, model := range []string{"reissues", "gradebook", "roster", "delivery"} { // what is reissued must be there to be served
		if err := p.Wait(ctx, model, e.Position); err != nil {
			return err
		}
	}
	p.Forget(e.Meta.Environment)
	scope := access.Scope{Org: e.Meta.Org, Environment: e.Meta.Environment}
	found, err := p.Reissues.Get(ctx, scope, []uuid.UUID{e.Stream})
	if err != nil {
		return err
	}
	r, known := found[e.Stream]
	if !known || !r.Active(p.Commands.Now().UnixMicro()) {
		return nil // it is over, or has not begun, which will be an event of its own
	}
	scope.Org = r.Org
	reached, err := p.Commands.Audiences.Audience(ctx, scope, r.Audience)
	if err != nil {
		return err
	}
	questions := make([]uuid.UUID, len(r.Pins))
	for i, pin := range r.Pins {
		questions[i] = pin.Question
	}
	repinned := 0
	for members := range slices.Chunk(reached.Members, batch) {
		n, err := p.repin(ctx, e, r, scope, members, questions)
		if err != nil {
			return err
		}
		if repinned += n; repinned > maximum {
			p.Logger.WarnContext(ctx, "a reissue has more open attempts than are repinned at once; the others follow when they are opened", "reissue", e.Stream)
			return nil
		}
	}
	return nil
}

func (p Process) repin(ctx context.Context, e processes.Event, r reissues.Reissue, scope access.Scope, members []reissue.Member, questions []uuid.UUID) (int, error) {
	students := make([]uuid.UUID, len(members))
	for i, m := range members {
		students[i] = m.Student
	}
	concerned, err := p.Gradebook.Concerned(ctx, r.Environment, students, questions, r.Lesson)
	if err != nil {
		return 0, err
	}
	actor := access.Actor{ID: access.System(Name), Roles: []access.Role{access.Admin}, Scope: scope}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	n := 0
	for _, c := range concerned {
		for _, attempt := range c.Open {
			n++
			g.Go(func() error {
				_, err := p.Commands.Do(ctx, actor, commands.RepinAttempt{Attempt: attempt},
					commands.As(uuid.NewSHA1(processes.CommandID(Name, e.ID, 0), attempt[:])), commands.Because(e.ID, e.Meta.Correlation))
				if f := fault.Of(err); f != nil && f.Kind != fault.Unavailable {
					p.Logger.WarnContext(ctx, "an attempt is not repinned", "reissue", e.Stream, "attempt", attempt, "code", f.Code)
					return nil
				}
				if err != nil {
					return fmt.Errorf("repin attempt %s: %w", attempt, err)
				}
				return nil
			})
		}
	}
	return n, g.Wait()
}
