package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// EditLesson makes a whole plan the draft, merged with what others changed since the revision the editor saw.
type EditLesson struct {
	Lesson   lesson.ID
	Revision int // what the editor saw; Anything: whatever stands there, which the plan then replaces
	Plan     lesson.Plan
}

// Needs the right to write lessons.
func (EditLesson) Needs() access.Permission { return access.WriteLessons }

// Do edits the draft.
func (c EditLesson) Do(ctx context.Context, w *Work) error {
	seen, err := w.draftOf(ctx, c.Lesson, c.Revision)
	if err != nil {
		return err
	}
	return w.lesson(ctx, c.Lesson, Anything, func(l lesson.Lesson) ([]event.Event, error) {
		edited, err := l.Edit(seen, c.Plan, w.Cues)
		if err != nil {
			return nil, err
		}
		return edited, w.questionsKnown(ctx, l.Plan, c.Plan)
	})
}
