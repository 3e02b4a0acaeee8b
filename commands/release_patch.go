package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// PatchRelease brings the errata that were published since into what is live of a lesson: a baseline or a candidate, as the caller saw it. Where
// there are none, it changes nothing.
type PatchRelease struct {
	Environment environment.Name
	Org         string // of the lesson
	Release     uuid.UUID
	Lesson      lesson.ID
	Version     int                  // of the lesson
	Questions   []environment.Frozen // as they are live
}

// Needs the right to release.
func (PatchRelease) Needs() access.Permission { return access.Release }

// Do patches what is live.
func (c PatchRelease) Do(ctx context.Context, w *Work) error {
	if err := w.Actor.Within(c.Org); err != nil {
		return environment.NotLive()
	}
	w.meta.Environment = string(c.Environment)
	items := make([]lesson.Item, len(c.Questions))
	for i, frozen := range c.Questions {
		items[i] = lesson.Item{Slot: lesson.Slot(frozen.Slot), Question: frozen.Question, Version: frozen.Version}
	}
	after, err := w.freeze(ctx, items)
	if err != nil {
		return err
	}
	patch, some := environment.PatchOf(c.Release, c.Environment, c.Org, c.Lesson, c.Version, c.Questions, after)
	if !some {
		return nil
	}
	return decide(ctx, w, c.Environment.Stream(), func(e environment.Environment) ([]event.Event, error) { return e.Patch(patch) })
}
