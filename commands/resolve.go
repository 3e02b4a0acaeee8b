package commands

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/domain/targeting"
)

// Ask is what a student wants to load.
type Ask struct {
	Lesson  lesson.ID
	Session uuid.UUID        // the class session that the student is in now; zero: none
	Attempt *attempt.Attempt // the attempt under way, whose answers and pins stay; nil: none
}

// Resolve says which versions of a lesson and its questions a student gets, and why. Of each place, in order: nothing that is taken down;
// the version answered already; a reissue; what the attempt or the class session pinned at its start; what a release gives to those who are in;
// its baseline. Where nothing is live for the student, it is the fault "lesson.not_live".
//
// Most students get what thousands of others get: the answer is shared, and a student who was never seen before costs the evaluation of the
// release's rules alone.
func (b *Bus) Resolve(ctx context.Context, actor access.Actor, ask Ask) (*Resolved, error) {
	resolved, _, err := b.Why(ctx, actor, ask)
	return resolved, err
}

// Why is Resolve with the decision about the release under way. Cause is "" where there was none to make.
func (b *Bus) Why(ctx context.Context, actor access.Actor, ask Ask) (*Resolved, release.Decision, error) {
	var decision release.Decision
	resolved, err := b.pinned(ctx, actor, ask)
	if err == nil && resolved == nil {
		resolved, decision, err = b.released(ctx, actor, ask)
	}
	if err == nil && b.Overrides != nil {
		resolved, err = b.overruled(ctx, actor, ask, resolved)
	}
	return resolved, decision, err
}

// pinned is what the attempt or the class session pinned at its start; nil where neither did.
func (b *Bus) pinned(ctx context.Context, actor access.Actor, ask Ask) (*Resolved, error) {
	if a := ask.Attempt; a != nil {
		frozen := release.Lesson{Lesson: a.Lesson, Org: a.Org, Version: a.Version, Questions: make([]environment.Frozen, len(a.Items))}
		for i, item := range a.Items {
			frozen.Questions[i] = environment.Frozen{Slot: string(item.Slot), Question: item.Question, Version: item.Version}
		}
		return b.frozen(ctx, a.Release, frozen, a.Snapshot)
	}
	if b.Sessions == nil || ask.Session == uuid.Nil {
		return nil, nil
	}
	return b.inSession(ctx, actor, ask.Session, ask.Lesson)
}

func (b *Bus) frozen(ctx context.Context, by uuid.UUID, frozen release.Lesson, position int64) (*Resolved, error) {
	set, err := b.Live.Set(ctx, by, frozen)
	if err != nil {
		return nil, err
	}
	return NewResolved(set, release.Pinned, by, position), nil
}

// released is what releases give.
func (b *Bus) released(ctx context.Context, actor access.Actor, ask Ask) (*Resolved, release.Decision, error) {
	var decision release.Decision
	live, err := b.Live.Lesson(ctx, actor.Scope, ask.Lesson)
	if err != nil || live.Candidate == nil {
		if err != nil {
			return nil, decision, err
		}
		return live.Baseline, decision, nil
	}
	who, err := b.learner(ctx, actor, ask.Session, live.Audience.Rules.Roster())
	if err != nil {
		return nil, decision, err
	}
	got := false
	if live.Audience.Frozen {
		if got, err = b.Live.Got(ctx, actor.Scope.Environment, live.Candidate.Release, roster.PersonOf(actor.Student())); err != nil {
			return nil, decision, err
		}
	}
	decision = live.Audience.Decide(who, got)
	switch {
	case decision.In:
		return live.Candidate, decision, nil
	case live.Baseline == nil:
		return nil, decision, NotLive()
	}
	return live.Baseline, decision, nil
}

// overruled is what takedowns and reissues leave of it.
func (b *Bus) overruled(ctx context.Context, actor access.Actor, ask Ask, base *Resolved) (*Resolved, error) {
	force, err := b.Overrides.InForce(ctx, actor.Scope.Environment)
	if err != nil || force == nil || !touched(force, base) {
		return base, err
	}
	who, err := b.learner(ctx, actor, ask.Session, force.Roster())
	if err != nil {
		return nil, err
	}
	places := make([]release.Place, len(base.Places))
	index := make(map[string]ResolvedPlace, len(base.Places))
	for i, place := range base.Places {
		item := base.Plan.Items[place.Item]
		places[i] = release.Place{Lesson: base.Lesson, Slot: string(item.Slot), Question: item.Question}
		index[places[i].Slot] = place
	}
	choices := release.Resolve(places, force.Down, answered(ask.Attempt), reissued(force, who), asResolved(base, index))
	out := &Resolved{LiveSet: base.LiveSet, Reason: base.Reason, Position: base.Position}
	for _, choice := range choices {
		place := index[choice.Slot]
		if takedown, down := force.Down(choice.Question, place.Version); down {
			out.Removed = append(out.Removed, RemovedPlace{Item: place.Item, LivePlace: place.LivePlace, Takedown: takedown, Since: force.Since(takedown)})
		}
		if choice.Reason == release.Takedown {
			continue
		}
		if choice.Reason == release.Reissue && !slices.Contains(out.Reissues, choice.By) {
			out.Reissues = append(out.Reissues, choice.By)
		}
		if choice.Version != place.Version {
			if place.LivePlace, err = b.Live.Place(ctx, choice.Question, choice.Version); err != nil {
				return nil, err
			}
		}
		place.Reason, place.By = choice.Reason, choice.By
		out.Places = append(out.Places, place)
	}
	out.Hash = out.hash()
	return out, nil
}

func touched(force InForce, base *Resolved) bool {
	for _, place := range base.Places {
		if force.Touches(base.Plan.Items[place.Item].Question) {
			return true
		}
	}
	return false
}

// answered is the layer of what a student answered in the attempt under way.
func answered(a *attempt.Attempt) release.Layer {
	return release.Layer{Reason: release.Answered, Version: func(p release.Place) (int, uuid.UUID, bool) {
		if a == nil {
			return 0, uuid.Nil, false
		}
		if _, given := a.Standing(lesson.Slot(p.Slot)); !given {
			return 0, uuid.Nil, false
		}
		item, err := a.Item(lesson.Slot(p.Slot))
		return item.Version, a.Release, err == nil
	}}
}

// reissued is the layer of what was reissued to a student.
func reissued(force InForce, who *targeting.Context) release.Layer {
	return release.Layer{Reason: release.Reissue, Version: func(p release.Place) (int, uuid.UUID, bool) { return force.Reissued(p, who) }}
}

// asResolved is the layer of what was resolved without them.
func asResolved(base *Resolved, index map[string]ResolvedPlace) release.Layer {
	return release.Layer{Reason: base.Reason, Version: func(p release.Place) (int, uuid.UUID, bool) {
		place, known := index[p.Slot]
		return place.Version, place.By, known
	}}
}

// NotLive refuses a lesson of which nothing is live for the student.
func NotLive() error {
	return fault.Refuse(fault.NotFound, "lesson.not_live", fault.Say("the lesson is not live here", "该讲次未在此上线"))
}
