package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// PullLesson brings into a copy's draft what its master changed since.
type PullLesson struct {
	Lesson   lesson.ID
	Revision int            // what the caller saw
	Version  int            // of the master; 0: the newest
	Choices  lesson.Choices // whose side stays where both changed the same, by the pointers of the conflict
}

// Needs the right to write lessons.
func (PullLesson) Needs() access.Permission { return access.WriteLessons }

// Do pulls.
func (c PullLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		if l.Master == nil {
			return l.Pull(lesson.Plan{}, lesson.Plan{}, 0, nil, w.Cues) // which says so
		}
		based, _, err := w.publishedLesson(ctx, l.Master.Master, l.Master.Version)
		if err != nil {
			return nil, err
		}
		newer, _, err := w.publishedLesson(ctx, l.Master.Master, c.Version)
		if err != nil {
			return nil, err
		}
		return l.Pull(based.Plan, newer.Plan, newer.Version, c.Choices, w.Cues)
	})
}
