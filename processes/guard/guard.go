package guard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/domain/release/guard"
	"qbank/observations"
	"qbank/projections/releases"
)

// Name of the guard, as it stands in the history of releases behind "system:".
const Name = "guard"

// Guard judges releases.
type Guard struct {
	Commands     *commands.Bus
	Releases     *releases.Reader
	Observations *observations.Reader
	Logger       *slog.Logger
}

// Look judges every release under way once. One that cannot be judged does not hold up the others.
func (g *Guard) Look(ctx context.Context) error {
	list, err := g.Releases.UnderWay(ctx)
	if err != nil {
		return err
	}
	var failures []error
	for _, watched := range list {
		if err := g.look(ctx, watched.ID); err != nil {
			failures = append(failures, fmt.Errorf("release %s: %w", watched.ID, err))
		}
	}
	return errors.Join(failures...)
}

func (g *Guard) look(ctx context.Context, id release.ID) error {
	r, err := g.Commands.ReleaseState(ctx, id) // the read model may be behind
	if err != nil || !r.State.UnderWay() || !r.ByItself() {
		return err
	}
	now := g.Commands.Now().UnixMicro()
	var figures *release.Figures
	if r.Observed() {
		hasBaseline, err := g.Releases.Baselines(ctx, string(r.Environment), r.Lessons.IDs())
		if err != nil {
			return err
		}
		found, err := g.Observations.Compare(ctx, id, r, hasBaseline, now)
		if err != nil {
			return err
		}
		figures = new(found.Figures())
	}
	command := decide(id, r, now, figures)
	if command == nil {
		return nil
	}
	actor := access.Actor{ID: access.System(Name), Roles: []access.Role{access.Releaser}, Scope: access.Scope{Org: r.Org, Environment: string(r.Environment)}}
	_, err = g.Commands.Do(ctx, actor, command, commands.As(uuid.NewSHA1(id, fmt.Appendf(nil, "%s/%d", Name, r.Revision))))
	if f := fault.Of(err); f != nil && f.Kind == fault.Conflict { // a blackout, or somebody was faster
		g.Logger.DebugContext(ctx, "the guard waits", "release", id, "code", f.Code)
		return nil
	}
	if err == nil {
		g.Logger.InfoContext(ctx, "the guard decided", "release", id, "command", fmt.Sprintf("%T", command), "weight", r.Weight)
	}
	return err
}

// decide says what is to be done with a release; nil: nothing yet.
func decide(id release.ID, r release.Release, now int64, figures *release.Figures) commands.Command {
	switch {
	case figures != nil && figures.Verdict == release.Failed:
		return commands.RollBackRelease{Release: id, Revision: r.Revision, Reason: reason(figures), Figures: figures}
	case r.State != release.IsRunning || r.Due(now, figures) != nil:
		return nil
	case r.Weight < r.Total:
		return commands.AdvanceRelease{Release: id, Revision: r.Revision, Figures: figures}
	}
	return commands.CompleteRelease{Release: id, Revision: r.Revision, Figures: figures}
}

// reason says in words why a release goes back.
func reason(f *release.Figures) string {
	c, b := f.Candidate, f.Baseline
	switch f.Because {
	case guard.LoadFailures:
		return fmt.Sprintf("guard: loads failed for %d of %d students, with the baseline for %d of %d", c.LoadFailures, c.Loads, b.LoadFailures, b.Loads)
	case guard.AnswerErrors:
		return fmt.Sprintf("guard: answers failed for %d of %d students, with the baseline for %d of %d", c.AnswerErrors, c.Answers, b.AnswerErrors, b.Answers)
	}
	return fmt.Sprintf("guard: ready after %d ms, with the baseline after %d ms (medians)", c.ReadyMedian, b.ReadyMedian)
}
