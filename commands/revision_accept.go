package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/question"
)

// AcceptRevision puts a revision of a question into the draft of a lesson that has an older version.
type AcceptRevision struct {
	Lesson   lesson.ID
	Revision int // of the lesson, as the caller saw it
	Question question.ID
	Version  int // of the question, as it was offered
}

// Needs the right to write lessons.
func (AcceptRevision) Needs() access.Permission { return access.WriteLessons }

// Do accepts the revision.
func (c AcceptRevision) Do(ctx context.Context, w *Work) error {
	return w.offered(ctx, c.Lesson, c.Revision, c.Question, func(l lesson.Lesson, latest int) ([]event.Event, error) {
		return l.Accept(c.Question, c.Version, latest, w.Cues)
	})
}
