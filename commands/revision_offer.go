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

// WhoDecides says who decides about the revisions that a lesson is offered.
var WhoDecides = fault.Say("this is for those who write the lesson: who wrote it last (permission %[1]s), or who may publish lessons as well (%[1]s and %[2]s)",
	"由编写该讲次的人决定：最后编辑者（权限 %[1]s），或同时可发布讲次的人（%[1]s 和 %[2]s）", access.WriteLessons, access.PublishLessons)

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

// ownsOffers refuses who is not to decide about the revisions that a lesson is offered: its last writer does, or whoever may publish it, too.
func (w *Work) ownsOffers(ctx context.Context, id lesson.ID) error {
	if w.Actor.Can(access.PublishLessons) {
		return nil
	}
	recorded, err := w.read(ctx, id, 0)
	if err != nil {
		return err
	}
	refusal := fault.Refuse(fault.Denied, "offer.owner", WhoDecides).With("permission", string(access.PublishLessons))
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
		return refusal.With("owner", meta.Actor)
	}
	return refusal
}
