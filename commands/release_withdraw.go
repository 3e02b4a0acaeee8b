package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/release"
)

// WithdrawLesson takes a lesson off an environment: nobody starts it any more; attempts under way go on.
type WithdrawLesson struct {
	Environment environment.Name
	Lesson      uuid.UUID
	Reason      string
}

// Needs the right to release.
func (WithdrawLesson) Needs() access.Permission { return access.Release }

// Do withdraws the lesson.
func (c WithdrawLesson) Do(ctx context.Context, w *Work) error {
	if err := c.Environment.Check(); err != nil {
		return err
	}
	w.meta.Environment = string(c.Environment)
	return decide(ctx, w, c.Environment.Stream(), func(e environment.Environment) ([]event.Event, error) {
		if live, ok := e.Live[c.Lesson]; ok && w.Actor.Within(live.Org) != nil {
			return nil, environment.NotLive()
		}
		withdrawn, err := e.Withdraw(c.Lesson, c.Reason)
		if err != nil || len(withdrawn) == 0 {
			return nil, err
		}
		return withdrawn, w.keepLocks(ctx, c.Environment, release.Set{{Lesson: c.Lesson}})
	})
}
