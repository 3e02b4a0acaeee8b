package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/golive"
	"qbank/domain/release"
)

// LiveSet is what is live of lessons in the actor's environment, by which another environment may take it over: who has seen its hash may ask there for
// exactly that. Lessons of which nothing is live are missing from it.
func (b *Bus) LiveSet(ctx context.Context, actor access.Actor, lessons []uuid.UUID) (release.Set, error) {
	if err := actor.Require(access.ReadReleases); err != nil {
		return nil, err
	}
	w := &Work{Bus: b, Actor: actor}
	name, err := w.lane()
	if err != nil {
		return nil, err
	}
	set, _, err := w.setIn(ctx, name, lessons)
	return set, err
}

// setIn is what is live of lessons in an environment, in a fixed order, and from which releases.
func (w *Work) setIn(ctx context.Context, name environment.Name, lessons []uuid.UUID) (release.Set, []uuid.UUID, error) {
	if err := (golive.Ask{Lessons: lessons}).Check(); err != nil {
		return nil, nil, err
	}
	lane, live, err := w.liveSets(ctx, name, lessons)
	if err != nil {
		return nil, nil, err
	}
	ids := slices.Clone(lessons)
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	var set release.Set
	var from []uuid.UUID
	for _, id := range slices.Compact(ids) {
		if l, is := live[id]; is {
			set = append(set, l)
			if by := lane.Live[id].Release; !slices.Contains(from, by) {
				from = append(from, by)
			}
		}
	}
	return set, from, nil
}

// PromoteLessons makes live in the actor's environment exactly what is live of lessons in the one before it in the chain: the same versions of the lessons
// and of their questions, identified by the hash that was seen there. Nothing else of that environment is told. What is live here already, or on its way,
// is not released again: who asks twice gets the same release, and what broke off halfway goes on with the set it began with.
type PromoteLessons struct {
	From    environment.Name
	Lessons []uuid.UUID
	Hash    content.Hash // of the set that was seen live there
	Release release.Plan // how it goes live: title, steps, rules, start …
}

// Needs the right to release.
func (PromoteLessons) Needs() access.Permission { return access.Release }

// Do promotes the lessons.
func (c PromoteLessons) Do(ctx context.Context, w *Work) error {
	name, err := w.environment(ctx)
	if err != nil {
		return err
	}
	source, err := w.takes(ctx, c.From)
	if err != nil {
		return err
	}
	if source.Next != name {
		return fault.Refuse(fault.Conflict, "promotion.chain", fault.Say("what is live in %s is not promoted to %s", "%s 的内容不晋级到 %s", c.From, name))
	}
	step, begun, err := c.begun(ctx, w, name)
	if err != nil {
		return err
	}
	if begun != uuid.Nil {
		w.Done.ID = begun
		return w.comeOut(ctx, begun, step)
	}
	set, from, err := w.setIn(ctx, c.From, c.Lessons)
	if err != nil {
		return err
	}
	if len(set) == 0 || set.Hash() != c.Hash {
		return fault.Refuse(fault.Conflict, "promotion.stale", fault.Say("what is live in %s is not what you have seen; look again", "%s 中已上线的内容与您所见不同，请重新查看", c.From))
	}
	if there, by, err := w.setIn(ctx, name, c.Lessons); err != nil || there.Hash() == c.Hash && len(by) == 1 {
		if err == nil {
			w.Done.ID = by[0] // it has been promoted
		}
		return err
	}
	plan := exactly(c.Release, set)
	plan.promoted = &release.Promoted{Environment: c.From, Releases: from}
	w.Done.ID, err = w.goOut(ctx, plan, step)
	return err
}

// begun finds the release that the same request has begun, which is under way or live; zero: none. step gives the commands of the promotion their ids:
// they follow from the request, so that it needs none of its own to be known again. After a release that is over and gone, the same request begins another.
func (c PromoteLessons) begun(ctx context.Context, w *Work, name environment.Name) (step func(string) Option, found release.ID, err error) {
	request, err := c.request(w, name)
	if err != nil {
		return nil, uuid.Nil, err
	}
	lane, _, err := load[environment.Environment](ctx, w, name.Stream(), 0)
	if err != nil {
		return nil, uuid.Nil, err
	}
	for n := 0; ; n++ {
		key := uuid.NewSHA1(request, []byte(strconv.Itoa(n)))
		step = func(what string) Option { return As(uuid.NewSHA1(key, []byte(what))) }
		id := madeBy(uuid.NewSHA1(key, []byte("plan")))
		r, _, err := load[release.Release](ctx, w, id, 0)
		switch {
		case err != nil:
			return nil, uuid.Nil, err
		case r.Revision == 0:
			return step, uuid.Nil, nil
		case !r.State.Over(), r.State == release.IsCompleted && lane.HasAll(r.Lessons.IDs(), id):
			return step, id, nil
		}
	}
}

// request names the request: the id it was given, or what it says.
func (c PromoteLessons) request(w *Work, name environment.Name) (uuid.UUID, error) {
	if w.command != uuid.Nil {
		return w.command, nil
	}
	c.Lessons = slices.Clone(c.Lessons)
	slices.SortFunc(c.Lessons, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	encoded, err := json.Marshal(struct {
		PromoteLessons
		Org string
		To  environment.Name
	}{c, w.Actor.Scope.Org, name})
	if err != nil {
		return uuid.Nil, fmt.Errorf("name the promotion: %w", err)
	}
	return uuid.NewSHA1(promotions, encoded), nil
}

// promotions is the space of the ids of requests.
var promotions = uuid.MustParse("5a0c7a52-9d0e-5f0b-8b52-6d1f5f9a4c31")
