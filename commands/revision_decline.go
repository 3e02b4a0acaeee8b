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
	questions, err := w.States(ctx, []question.ID{c.Question})
	if err != nil {
		return err
	}
	latest := questions[c.Question].Latest // published versions stay: it is a fact whenever it was read
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		if err := w.ownsOffers(ctx, c.Lesson); err != nil {
			return nil, err
		}
		return l.Decline(c.Question, c.Version, latest, c.Reason)
	})
}
