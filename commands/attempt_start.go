package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/release"
	"qbank/domain/roster"
)

// StartAttempt starts a student's next attempt at a live lesson, or finds the one that is not finished yet.
type StartAttempt struct {
	Lesson lesson.ID
	Seed   uint64 // decides the order of options; drawn by the caller
	See    func(attempt.Attempt) error
}

// Needs the right to answer.
func (StartAttempt) Needs() access.Permission { return access.Answer }

// maxAttempts bounds the attempts of one student at one lesson that allows as many as one likes.
const maxAttempts = 1000

// Do starts or resumes. An attempt's id is made of environment, lesson, student and number, so two devices that start at
// once end up in the same attempt.
func (c StartAttempt) Do(ctx context.Context, w *Work) error {
	if err := w.asOneself(); err != nil {
		return err
	}
	for number := 1; number <= maxAttempts; number++ {
		id := attempt.IDOf(w.Actor.Scope.Environment, c.Lesson, w.Actor.ID, number)
		finished := false
		err := w.attemptOf(ctx, id, asNow, anyAttempt, func(a attempt.Attempt) ([]event.Event, error) {
			if a.Revision == 0 {
				return c.start(ctx, w, a, number)
			}
			if !w.sees(a) {
				return nil, fault.Refuse(fault.NotFound, "lesson.not_live", fault.Say("the lesson is not live here", "该讲次未在此上线"))
			}
			finished = a.Done != nil
			return nil, nil
		})
		if err != nil {
			return err
		}
		if !finished {
			return ReadAttempt{Attempt: id, See: c.See}.Do(ctx, w)
		}
	}
	return tooManyAttempts(maxAttempts)
}

func (c StartAttempt) start(ctx context.Context, w *Work, a attempt.Attempt, number int) ([]event.Event, error) {
	live, err := w.Live.Lesson(ctx, w.Actor.Scope, c.Lesson)
	if err != nil {
		return nil, err
	}
	if limit := live.Plan.MaxAttempts; limit > 0 && number > limit {
		return nil, tooManyAttempts(limit)
	}
	classes, err := w.Classes.ClassesOf(ctx, w.Actor.Scope, w.Actor.ID)
	if err != nil {
		return nil, err
	}
	items, err := c.pin(ctx, w, live)
	if err != nil {
		return nil, err
	}
	drawn, err := w.drawn(ctx, live.Plan, live.Release.Pools, c.Seed)
	if err != nil {
		return nil, err
	}
	items = append(items, drawn...)
	return a.Start(attempt.Started{Environment: w.Actor.Scope.Environment, Org: live.Release.Org, Student: w.Actor.ID, Lesson: c.Lesson,
		Version: live.Release.Version, Release: live.Release.Release, Number: number, Seed: c.Seed, Reveal: live.Plan.Reveal,
		Classes: classes, Items: items, Snapshot: live.Position, At: w.meta.At})
}

// pin fixes versions and the order of options.
func (c StartAttempt) pin(ctx context.Context, w *Work, live *LiveLesson) ([]attempt.Item, error) {
	places := make([]release.Place, len(live.Plan.Items))
	index := make(map[string]int, len(places))
	for i, item := range live.Plan.Items {
		places[i] = release.Place{Slot: string(item.Slot), Question: item.Question}
		index[places[i].Slot] = i
	}
	choices := release.Resolve(places, wholeRelease(live.Release))
	items := make([]attempt.Item, 0, len(choices))
	for _, choice := range choices {
		i := index[choice.Slot]
		place := live.Places[i]
		item := attempt.Item{Slot: lesson.Slot(choice.Slot), Question: choice.Question, Version: choice.Version, Type: place.Type,
			Public: place.Public, Max: live.Plan.Items[i].Max, Reason: choice.Reason}
		if live.Plan.Shuffle {
			judge, err := w.Judges.Judge(ctx, choice.Question, choice.Version)
			if err != nil {
				return nil, err
			}
			item.Orders = judge.Type.Orders(judge.Public, c.Seed^uint64(i)*0x9e3779b97f4a7c15)
		}
		items = append(items, item)
	}
	return items, nil
}

func wholeRelease(r environment.Released) release.Layer {
	versions := make(map[string]int, len(r.Questions))
	for _, frozen := range r.Questions {
		versions[frozen.Slot] = frozen.Version
	}
	return release.Known(release.Whole, versions)
}

// anyAttempt lets StartAttempt look: the id it looks at is made from the actor itself.
func anyAttempt(w *Work, _ attempt.Attempt) error {
	w.person = roster.PersonOf(w.Actor.ID)
	return nil
}

func tooManyAttempts(limit int) error {
	return fault.Refuse(fault.Conflict, "attempt.none_left", fault.Say("all %d attempts are used up", "%d 次作答机会已用完", limit)).With("limit", limit)
}
