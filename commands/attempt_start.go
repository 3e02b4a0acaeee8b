package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/roster"
)

// StartAttempt starts a student's next attempt at a live lesson, or finds the one that is not finished yet. Attempts in a class session are
// counted apart, and get what the session pinned at its start.
type StartAttempt struct {
	Lesson  lesson.ID
	Session uuid.UUID // zero: outside class
	Seed    uint64    // decides the order of options; drawn by the caller
	See     func(attempt.Attempt) error
}

// Needs the right to answer.
func (StartAttempt) Needs() access.Permission { return access.Answer }

// maxAttempts bounds the attempts of one student at one lesson that allows as many as one likes.
const maxAttempts = 1000

// Do starts or resumes. An attempt's id is made of environment, lesson or session, student and number, so two devices that start at
// once end up in the same attempt.
func (c StartAttempt) Do(ctx context.Context, w *Work) error {
	if err := w.mayAnswer(attempt.Attempt{Shadow: w.Actor.Ticket}); err != nil {
		return err
	}
	for number := 1; number <= maxAttempts; number++ {
		key := attempt.Started{Environment: w.Actor.Scope.Environment, Lesson: c.Lesson, Session: c.Session, Student: w.Actor.Student(), Number: number}
		id := attempt.Attempt{Started: key, Shadow: w.Actor.Ticket}.ID()
		finished := false
		err := w.attemptOf(ctx, id, asNow, anyAttempt, func(a attempt.Attempt) ([]event.Event, error) {
			if a.Revision == 0 {
				return c.start(ctx, w, a, number)
			}
			if !w.sees(a) {
				return nil, NotLive()
			}
			finished = a.Done != nil
			return nil, nil
		})
		if err != nil {
			return err
		}
		if !finished {
			began := w.Done.Position
			if err := (ReadAttempt{Attempt: id, See: c.See}).Do(ctx, w); err != nil {
				return err
			}
			w.Done.Position = began // to the caller, a position says that the attempt is new
			return nil
		}
	}
	return tooManyAttempts(maxAttempts)
}

func (c StartAttempt) start(ctx context.Context, w *Work, a attempt.Attempt, number int) ([]event.Event, error) {
	if _, err := w.takes(ctx, environment.Name(w.Actor.Scope.Environment)); err != nil {
		return nil, err
	}
	resolved, err := w.Resolve(ctx, w.Actor, Ask{Lesson: c.Lesson, Session: c.Session})
	if err != nil {
		return nil, err
	}
	if limit := resolved.Plan.MaxAttempts; limit > 0 && number > limit {
		return nil, tooManyAttempts(limit)
	}
	classes, err := w.Classes.ClassesOf(ctx, w.Actor.Scope, w.Actor.Student())
	if err != nil {
		return nil, err
	}
	items, err := c.pin(ctx, w, resolved)
	if err != nil {
		return nil, err
	}
	drawn, err := w.drawn(ctx, resolved.Plan, resolved.Pools, resolved.Reason, c.Seed)
	if err != nil {
		return nil, err
	}
	items = append(items, drawn...)
	return a.StartUnder(w.Actor.Ticket, attempt.Started{Environment: w.Actor.Scope.Environment, Org: resolved.Org, Student: w.Actor.Student(), Lesson: c.Lesson,
		Version: resolved.Version, Release: resolved.Release, Number: number, Seed: c.Seed, Attempts: resolved.Plan.MaxAttempts, Reveal: resolved.Plan.Reveal,
		Classes: classes, Session: c.Session, Items: items, Snapshot: resolved.Position, At: w.meta.At})
}

// pin fixes versions and the order of options.
func (c StartAttempt) pin(ctx context.Context, w *Work, resolved *Resolved) ([]attempt.Item, error) {
	items, kept := make([]attempt.Item, 0, len(resolved.Places)), resolved.Plan.Kept()
	for _, place := range resolved.Places {
		planned := resolved.Plan.Items[place.Item]
		item := attempt.Item{Slot: planned.Slot, Question: planned.Question, Version: place.Version, Type: place.Type,
			Public: place.Public, Max: planned.Max, Reason: place.Reason, Keep: kept[planned.Slot]}
		if place.By != resolved.Release && place.By != c.Session {
			item.By = place.By
		}
		if resolved.Plan.Shuffle {
			judge, err := w.Judges.Judge(ctx, planned.Question, place.Version)
			if err != nil {
				return nil, err
			}
			item.Orders = ShownOrders(judge.Type, judge.Public, c.Seed, place.Item)
		}
		items = append(items, item)
	}
	return items, nil
}

// anyAttempt lets StartAttempt look: the id it looks at is made from the actor itself.
func anyAttempt(w *Work, _ attempt.Attempt) error {
	w.person = roster.PersonOf(w.Actor.Student())
	return nil
}

func tooManyAttempts(limit int) error {
	return fault.Refuse(fault.Conflict, "attempt.none_left", fault.Say("all %d attempts are used up", "%d 次作答机会已用完", limit)).With("limit", limit)
}
