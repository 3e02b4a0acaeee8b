package commands

import (
	"context"
	"fmt"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/eventstore"
)

// ReleaseLesson makes a published version of a lesson live in an environment, wholly, with exact versions of its
// questions: those the lesson names, each with the errata that were published for it since.
type ReleaseLesson struct {
	Environment environment.Name
	Lesson      lesson.ID
	Version     int // 0: the newest
	Note        string
}

// Needs the right to release.
func (ReleaseLesson) Needs() access.Permission { return access.Release }

// Do releases the lesson.
func (c ReleaseLesson) Do(ctx context.Context, w *Work) error {
	if err := c.Environment.Check(); err != nil {
		return err
	}
	declared, err := w.takes(ctx, c.Environment)
	if err != nil {
		return err
	}
	if declared.SecondPerson {
		return fault.Refuse(fault.Denied, "environment.second_person", fault.Say("in the environment %s a second person is needed: plan a release, and let another start it",
			"环境 %s 需要第二人确认：请先计划发布，再由他人开始", c.Environment))
	}
	w.meta.Environment = string(c.Environment)
	published, org, err := w.publishedLesson(ctx, c.Lesson, c.Version)
	if err != nil {
		return err
	}
	frozen, err := w.freeze(ctx, published.Plan.Frozen())
	if err != nil {
		return err
	}
	if err := w.playable(ctx, declared, frozen); err != nil {
		return err
	}
	out := environment.Released{Release: w.newID(), Environment: c.Environment, Org: org, Lesson: c.Lesson,
		Version: published.Version, Questions: frozen, Note: c.Note}
	err = decide(ctx, w, c.Environment.Stream(), func(e environment.Environment) ([]event.Event, error) {
		released, err := e.Release(out)
		if err != nil || len(released) == 0 {
			return nil, err
		}
		return released, w.keepLocks(ctx, c.Environment, release.Set{{Lesson: c.Lesson, Version: published.Version}})
	})
	w.Done.ID = out.Release
	return err
}

func (w *Work) publishedLesson(ctx context.Context, id lesson.ID, version int) (lesson.Published, string, error) {
	var found lesson.Published
	var state lesson.Lesson
	recorded, err := w.Log.ReadStream(ctx, id, eventstore.Range{})
	if err != nil {
		return found, "", fmt.Errorf("read lesson: %w", err)
	}
	for _, r := range recorded {
		e, err := w.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			return found, "", err
		}
		if p, ok := e.(lesson.Published); ok && (version == 0 || p.Version == version) {
			found = p
		}
		state = state.Apply(e)
	}
	switch {
	case len(recorded) == 0 || w.Actor.Within(state.Org) != nil:
		return found, "", notFound("lesson", "讲次")
	case state.Retired:
		return found, "", fault.Refuse(fault.Conflict, "lesson.retired", fault.Say("the lesson is retired", "讲次已停用"))
	case found.Version == 0:
		return found, "", fault.Refuse(fault.Conflict, "lesson.not_published", fault.Say("the lesson has no such published version", "讲次没有这个已发布的版本"))
	}
	return found, state.Org, nil
}

// freeze fixes the version each place gets: the one the lesson names or, where errata followed it directly, the last of those.
func (w *Work) freeze(ctx context.Context, items []lesson.Item) ([]environment.Frozen, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids := make([]question.ID, len(items))
	for i, item := range items {
		ids[i] = item.Question
	}
	streams, err := w.Log.ReadStreams(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	frozen := make([]environment.Frozen, len(items))
	for i, item := range items {
		version := item.Version
		published, err := w.publications(streams[item.Question])
		if err != nil {
			return nil, err
		}
		for _, p := range published {
			if p.Version == version+1 && p.Kind == question.Erratum {
				version = p.Version
			}
		}
		frozen[i] = environment.Frozen{Slot: string(item.Slot), Question: item.Question, Version: version}
	}
	return frozen, nil
}

// publications are the versions of a question in its history, the first first.
func (w *Work) publications(history []eventstore.Recorded) (all []question.Published, err error) {
	for _, r := range history {
		if r.Type != (question.Published{}).Name() {
			continue
		}
		e, err := w.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			return nil, err
		}
		all = append(all, e.(question.Published))
	}
	return all, nil
}
