package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// RequestLessonChange asks for a change of a locked lesson (临调).
type RequestLessonChange struct {
	Lesson   lesson.ID
	Revision int // what the plan was made from
	Plan     lesson.Plan
	Reason   string
}

// Needs the right to write lessons.
func (RequestLessonChange) Needs() access.Permission { return access.WriteLessons }

// Do asks.
func (c RequestLessonChange) Do(ctx context.Context, w *Work) error {
	seen, err := w.draftOf(ctx, c.Lesson, c.Revision)
	if err != nil {
		return err
	}
	id := w.newID()
	return w.lesson(ctx, c.Lesson, Anything, func(l lesson.Lesson) ([]event.Event, error) {
		from := c.Revision
		if from == Anything {
			from = l.Revision
		}
		asked, err := l.RequestChange(seen, lesson.Change{ID: id, From: from, Plan: c.Plan, By: w.Actor.Person(), Reason: c.Reason}, w.Cues)
		if err != nil {
			return nil, err
		}
		return asked, w.questionsKnown(ctx, l.Plan, c.Plan)
	})
}
