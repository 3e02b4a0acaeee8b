package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/timeline"
)

// RecutLesson puts another cut of its medium into a stage; the cues follow by the edit list.
type RecutLesson struct {
	Lesson   lesson.ID
	Revision int // what the caller saw
	Stage    string
	Medium   lesson.Medium
	Cut      timeline.Cut
	DryRun   bool                   // only tell
	See      func([]lesson.Carried) // is told what becomes of each cue; nil: nobody is
}

// Needs the right to write lessons.
func (RecutLesson) Needs() access.Permission { return access.WriteLessons }

// Do changes the medium.
func (c RecutLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		edited, carried, err := l.Recut(c.Stage, c.Medium, c.Cut, w.Cues)
		if err != nil {
			return nil, err
		}
		if c.See != nil {
			c.See(carried)
		}
		if c.DryRun {
			return nil, nil
		}
		return edited, nil
	})
}
