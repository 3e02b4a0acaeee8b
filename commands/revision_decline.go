package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/question"
)

// DeclineRevision keeps the version of a question that a lesson has.
type DeclineRevision struct {
	Lesson   lesson.ID
	Revision int // of the lesson, as the caller saw it
	Question question.ID
	Version  int // of the question, as it was offered
	Reason   string
}

// Needs the right to write lessons.
func (DeclineRevision) Needs() access.Permission { return access.WriteLessons }

// Do declines the revision.
func (c DeclineRevision) Do(ctx context.Context, w *Work) error {
	return w.offered(ctx, c.Lesson, c.Revision, c.Question, func(l lesson.Lesson, latest int) ([]event.Event, error) {
		return l.Decline(c.Question, c.Version, latest, c.Reason)
	})
}
