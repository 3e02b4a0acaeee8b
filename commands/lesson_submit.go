package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/workflow"
)

// SubmitLesson asks for review of a lesson's plan as it stands.
type SubmitLesson struct {
	Lesson   lesson.ID
	Revision int // what the caller saw
	Note     string
}

// Needs the right to write lessons.
func (SubmitLesson) Needs() access.Permission { return access.WriteLessons }

// Do submits the plan.
func (c SubmitLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		applying, err := w.applying(ctx, l.Org, workflow.Lessons, "")
		if err != nil {
			return nil, err
		}
		authors, err := w.authors(ctx, c.Lesson)
		if err != nil {
			return nil, err
		}
		submitted, err := l.Submit(lesson.Submission{Of: c.Lesson, Workflow: applying, Authors: authors, Note: c.Note})
		if err != nil {
			return nil, err
		}
		return submitted, w.filesHeld(ctx, l.Org, l.Plan)
	})
}
