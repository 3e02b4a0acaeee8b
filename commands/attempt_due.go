package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/release"
)

// inForce is what overrules releases in the actor's environment now; nil: nothing.
func (w *Work) inForce(ctx context.Context) (InForce, error) {
	if w.Overrides == nil {
		return nil, nil
	}
	return w.Overrides.InForce(ctx, w.Actor.Scope.Environment)
}

// takeDue gives an attempt of the actor's what was reissued and has not reached it yet: the attempt as it is then, and the event that makes it so. Whatever
// reads or answers an attempt comes by here, so that no place is answered in a version that should be gone. Borrowed eyes change nothing.
func (w *Work) takeDue(ctx context.Context, a attempt.Attempt) (attempt.Attempt, []event.Event, error) {
	if w.Actor.ActingFor != "" {
		return a, nil, nil
	}
	events, err := w.due(ctx, a, w.Actor)
	for _, e := range events {
		a = a.Apply(e)
	}
	return a, events, err
}

// due decides which places of an attempt get other versions.
func (w *Work) due(ctx context.Context, a attempt.Attempt, student access.Actor) ([]event.Event, error) {
	force, err := w.inForce(ctx)
	if err != nil || force == nil {
		return nil, err
	}
	var touched []attempt.Item
	for _, item := range a.Open() {
		if force.Touches(item.Question) {
			touched = append(touched, item)
		}
	}
	if len(touched) == 0 {
		return nil, nil
	}
	who, err := w.learner(ctx, student, a.Session, force.Roster())
	if err != nil {
		return nil, err
	}
	var items []attempt.Item
	for _, item := range touched {
		version, by, known := force.Reissued(release.Place{Lesson: a.Lesson, Slot: string(item.Slot), Question: item.Question}, who)
		if !known || version == item.Version {
			continue
		}
		if _, down := force.Down(item.Question, version); down {
			continue
		}
		place, err := w.Live.Place(ctx, item.Question, version)
		if err != nil {
			return nil, err
		}
		item.Version, item.Type, item.Public, item.Reason, item.By = version, place.Type, place.Public, release.Reissue, by
		items = append(items, item)
	}
	if len(items) == 0 {
		return nil, nil
	}
	if err := w.shuffle(ctx, a, items); err != nil {
		return nil, err
	}
	return a.Repin(items, w.meta.At)
}

// shuffle draws the orders of options anew, by the attempt's own seed, where its options are shown in an order of their own.
func (w *Work) shuffle(ctx context.Context, a attempt.Attempt, items []attempt.Item) error {
	shuffled, index := false, map[string]int{}
	for i, item := range a.Items {
		shuffled = shuffled || item.Orders != nil
		index[string(item.Slot)] = i
	}
	for i := range items {
		items[i].Orders = nil
		if !shuffled {
			continue
		}
		judge, err := w.Judges.Judge(ctx, items[i].Question, items[i].Version)
		if err != nil {
			return err
		}
		items[i].Orders = ShownOrders(judge.Type, judge.Public, a.Seed, index[string(items[i].Slot)])
	}
	return nil
}

// answerable refuses an answer to what is taken down, and one that was given to another version than stands there now: the student has not seen what it would
// be judged by.
func (w *Work) answerable(ctx context.Context, item attempt.Item, seen content.Hash) error {
	force, err := w.inForce(ctx)
	if err != nil {
		return err
	}
	if force != nil {
		if takedown, down := force.Down(item.Question, item.Version); down {
			return fault.Refuse(fault.Conflict, "answer.withdrawn", fault.Say("the question was taken down; it cannot be answered and counts for nothing",
				"该题已下架，不能作答，也不计分")).With("takedown", takedown.String())
		}
	}
	if seen != "" && seen != item.Public {
		return fault.Refuse(fault.Conflict, "answer.version_changed", fault.Say("the question has another version by now; load it and answer that",
			"该题已更新版本，请重新加载后作答")).With("sha256", string(item.Public)).With("version", item.Version)
	}
	return nil
}
