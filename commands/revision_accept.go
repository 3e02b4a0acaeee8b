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
	questions, err := w.States(ctx, []question.ID{c.Question})
	if err != nil {
		return err
	}
	latest := questions[c.Question].Latest // published versions stay: it is a fact whenever it was read
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		if err := w.ownsOffers(ctx, c.Lesson); err != nil {
			return nil, err
		}
		return l.Accept(c.Question, c.Version, latest, w.Cues)
	})
}
