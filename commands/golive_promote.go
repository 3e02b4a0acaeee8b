package commands

import (
	"context"
	"slices"

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
// and of their questions, identified by the hash that was seen there. Nothing else of that environment is told. What is live here already is not
// released again: who asks twice gets the same release.
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
	key := w.command
	if key == uuid.Nil {
		key = newID()
	}
	id, err := w.goOut(ctx, plan, func(what string) Option { return As(uuid.NewSHA1(key, []byte(what))) })
	w.Done.ID = id
	return err
}
