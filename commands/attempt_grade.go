package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
)

// GradeAnswer gives a mark by hand to an answer that no rule can score.
type GradeAnswer struct {
	Attempt attempt.ID
	Slot    lesson.Slot
	Key     string // of the answer the grader read
	Mark    scoring.Mark
	Note    string
}

// Needs the right to grade.
func (GradeAnswer) Needs() access.Permission { return access.Grade }

// Do gives the mark.
func (c GradeAnswer) Do(ctx context.Context, w *Work) error {
	return w.attemptOf(ctx, c.Attempt, asNow, attemptWithin, func(a attempt.Attempt) ([]event.Event, error) {
		return a.Grade(c.Slot, c.Key, c.Mark, w.Actor.ID, c.Note)
	})
}
