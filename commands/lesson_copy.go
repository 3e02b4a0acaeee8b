package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// CopyLesson starts a lesson with what a published version of another, its master, says. The copy goes its own way and pulls what the
// master changes; a copy can be a master too.
type CopyLesson struct {
	ID      lesson.ID // zero: a new one
	Master  lesson.ID
	Version int    // of the master; 0: the newest
	Term    string // what the copy is for, such as a term
	Title   string // "": the master's
}

// Needs the right to write lessons.
func (CopyLesson) Needs() access.Permission { return access.WriteLessons }

// Do starts the copy.
func (c CopyLesson) Do(ctx context.Context, w *Work) error {
	if c.ID == uuid.Nil {
		c.ID = w.newID()
	}
	master, _, err := w.publishedLesson(ctx, c.Master, c.Version)
	if err != nil {
		return err
	}
	if c.Title != "" {
		master.Plan.Title = c.Title
	}
	return decide(ctx, w, c.ID, func(l lesson.Lesson) ([]event.Event, error) {
		return l.Copy(c.ID, w.Actor.Scope.Org, lesson.Copy{Master: c.Master, Version: master.Version, Term: c.Term}, master.Plan, w.Cues)
	})
}
