package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/golive"
	"qbank/domain/release"
)

// Reach is whom a plan reaches, as the roster is now.
type Reach struct {
	Students, Classes int
}

// PlanGoLive says what it takes for lessons and questions to go live in the actor's environment, and what would change. It changes nothing.
func (b *Bus) PlanGoLive(ctx context.Context, actor access.Actor, ask golive.Ask) (golive.Plan, error) {
	if err := actor.Require(access.ReadReleases); err != nil {
		return golive.Plan{}, err
	}
	w := &Work{Bus: b, Actor: actor, meta: event.Meta{At: b.Now().UnixMicro()}}
	return w.planGoLive(ctx, ask)
}

// ReachOf estimates whom a plan reaches; nil where nobody can tell.
func (b *Bus) ReachOf(ctx context.Context, actor access.Actor, p golive.Plan) (*Reach, error) {
	if b.Audiences == nil {
		return nil, nil
	}
	lessons := make([]uuid.UUID, len(p.Set))
	for i, l := range p.Set {
		lessons[i] = l.Lesson
	}
	var reach Reach
	var err error
	reach.Students, reach.Classes, err = b.Audiences.Reach(ctx, actor.Scope, lessons)
	return &reach, err
}

func (w *Work) planGoLive(ctx context.Context, ask golive.Ask) (golive.Plan, error) {
	if err := ask.Check(); err != nil {
		return golive.Plan{}, err
	}
	var err error
	if ask.Release.Rules, err = w.namedForRelease(ctx, ask.Release.Rules); err != nil { // what is kept names nobody in another way
		return golive.Plan{}, err
	}
	ask.Release.Blackouts = ask.Release.Blackouts[:min(len(ask.Release.Blackouts), release.MaxBlackouts+1)] // refused without looking at each
	facts, err := w.goLiveFacts(ctx, ask)
	if err != nil {
		return golive.Plan{}, err
	}
	plan := golive.Make(ask, facts)
	return plan, exactly(plan.Release, plan.Set).check(w)
}

// exactly is a release of these versions, as it is wished.
func exactly(r release.Plan, set release.Set) PlanRelease {
	return PlanRelease{Title: r.Title, Unit: r.Unit, Total: r.Total, Steps: r.Steps, Rules: r.Rules, Start: r.Start, Blackouts: r.Blackouts, Guard: r.Guard, Note: r.Note, exactly: set}
}

// check refuses a release that cannot be planned: whoever looks at the plan is told, and nothing is published for it.
func (c PlanRelease) check(w *Work) error {
	if len(c.exactly) == 0 {
		return nil // there is nothing to go live: the execution says so
	}
	_, err := release.Release{}.Propose(c.plan(w, c.exactly), w.Actor.Person(), w.moment(c.Blackouts))
	return err
}
