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

// week is how far back the baseline is looked at where nobody gets it any more, microseconds.
const week = 7 * 24 * 3600 * 1_000_000

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
		found, err := g.Compare(ctx, id, r, now)
		if err != nil {
			return err
		}
		figures = new(found.Figures())
	}
	command := decide(id, r, now, figures)
	if command == nil {
		return nil
	}
	actor := access.Actor{ID: "system:" + Name, Roles: []access.Role{access.Releaser}, Scope: access.Scope{Org: r.Org, Environment: string(r.Environment)}}
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

// Comparison is a release's two arms beside each other.
type Comparison struct {
	guard.Judgement
	Arms                observations.Arms
	Until               int64 // microseconds
	Candidate, Baseline guard.Sample
}

// Figures are the comparison as it is copied into an event.
func (c Comparison) Figures() release.Figures {
	return release.Figures{From: c.Arms.Since, Until: c.Until, Candidate: c.Candidate.Arm(), Baseline: c.Baseline.Arm(), Verdict: c.Verdict, Because: c.Because}
}

// Compare counts what was observed since the present step began and judges it. now is microseconds.
func (g *Guard) Compare(ctx context.Context, id release.ID, r release.Release, now int64) (Comparison, error) {
	c := Comparison{Until: now, Arms: observations.Arms{Environment: string(r.Environment), Release: id, Since: r.Since, Beside: r.Since, Lessons: make([]uuid.UUID, len(r.Lessons))}}
	for i, l := range r.Lessons {
		c.Arms.Lessons[i] = l.Lesson
	}
	whole := r.Weight == r.Total
	if whole {
		c.Arms.Beside -= week
	}
	var err error
	if c.Candidate, c.Baseline, err = g.Observations.Samples(ctx, c.Arms); err != nil {
		return c, err
	}
	comparable, err := g.Releases.Baselines(ctx, c.Arms.Environment, c.Arms.Lessons)
	if err != nil {
		return c, err
	}
	baseline := &c.Baseline
	if !comparable || whole && c.Baseline.Served == 0 { // nobody gets one, and nobody will
		baseline = nil
	}
	c.Judgement = guard.Judge(r.Guard, c.Candidate, baseline)
	return c, nil
}
