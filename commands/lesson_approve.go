package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// ApproveLesson agrees to exactly the plan the reviewer saw, at the step of the review that waits.
type ApproveLesson struct {
	Lesson   lesson.ID
	Revision int          // what the caller saw
	Hash     content.Hash // of the plan the reviewer saw
	Note     string
}

// Needs the right to review lessons.
func (ApproveLesson) Needs() access.Permission { return access.ReviewLessons }

// Do approves the plan.
func (c ApproveLesson) Do(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		return l.Approve(c.Hash, w.Actor, c.Note)
	})
}
