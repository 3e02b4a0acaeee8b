package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// ImportSubtitles puts a track of timed texts into a stage in place of the one it had, as an edit of the draft that was seen.
type ImportSubtitles struct {
	Lesson   lesson.ID
	Revision int // what the editor saw
	Stage    string
	Track    lesson.Track
}

// Needs the right to write lessons.
func (ImportSubtitles) Needs() access.Permission { return access.WriteLessons }

// Do edits the draft.
func (c ImportSubtitles) Do(ctx context.Context, w *Work) error {
	seen, err := w.draftOf(ctx, c.Lesson, c.Revision)
	if err != nil {
		return err
	}
	edited, err := seen.WithTrack(c.Stage, c.Track, w.Cues)
	if err != nil {
		return err
	}
	return w.lesson(ctx, c.Lesson, Anything, func(l lesson.Lesson) ([]event.Event, error) { return l.Edit(seen, edited, w.Cues) })
}
