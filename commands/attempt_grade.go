package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/roster"
	"qbank/domain/scoring"
	"qbank/domain/text"
)

// GradeAnswer gives a mark by hand to an answer that no rule can score.
type GradeAnswer struct {
	Attempt attempt.ID
	Slot    lesson.Slot
	Key     string // of the answer the grader read
	Mark    scoring.Mark
	Note    string // for the student; it is kept as the student's own words are
}

// Needs the right to grade.
func (GradeAnswer) Needs() access.Permission { return access.Grade }

// Do gives the mark.
func (c GradeAnswer) Do(ctx context.Context, w *Work) error {
	if err := text.CheckNote("/note", c.Note); err != nil {
		return err
	}
	return w.attemptOf(ctx, c.Attempt, asNow, attemptWithin, func(a attempt.Attempt) ([]event.Event, error) {
		g := attempt.Graded{Slot: c.Slot, Key: c.Key, Mark: c.Mark, By: w.Actor.ID}
		if c.Note != "" {
			var err error
			if g.Sealed, g.Digest, err = w.People.Seal(ctx, roster.PersonOf(a.Student), []byte(c.Note)); err != nil {
				return nil, err
			}
		}
		return a.Grade(g)
	})
}
