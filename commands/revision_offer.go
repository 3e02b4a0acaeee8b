package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
)

// offered lets a lesson decide about a revision of a question that it is offered; latest is the newest version of that.
func (w *Work) offered(ctx context.Context, id lesson.ID, seen int, q question.ID, decision func(l lesson.Lesson, latest int) ([]event.Event, error)) error {
	questions, err := w.States(ctx, []question.ID{q})
	if err != nil {
		return err
	}
	latest := questions[q].Latest // published versions stay: it is a fact whenever it was read
	return w.lesson(ctx, id, seen, func(l lesson.Lesson) ([]event.Event, error) {
		if err := w.ownsOffers(ctx, id); err != nil {
			return nil, err
		}
		return decision(l, latest)
	})
}

// ownsOffers refuses who is not to decide about the revisions that a lesson is offered: its last writer does, or whoever may publish it.
func (w *Work) ownsOffers(ctx context.Context, id lesson.ID) error {
	if w.Actor.Can(access.PublishLessons) {
		return nil
	}
	recorded, err := w.read(ctx, id, 0)
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(recorded) {
		if r.Type != (lesson.Created{}).Name() && r.Type != (lesson.Edited{}).Name() {
			continue
		}
		var meta event.Meta
		if err := json.Unmarshal(r.Meta, &meta); err != nil {
			return fmt.Errorf("stream %s version %d: decode metadata: %w", id, r.Version, err)
		}
		if meta.Actor == w.Actor.ID {
			return nil
		}
		break
	}
	return fault.Refuse(fault.Denied, "offer.owner", fault.Say("who wrote the lesson last decides about it, or who may publish lessons",
		"由最后编辑该讲次的人或有讲次发布权限的人决定"))
}
