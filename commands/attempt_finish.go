package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/event"
)

// FinishAttempt closes an attempt. Finishing twice is finishing once.
type FinishAttempt struct {
	Attempt attempt.ID
	See     func(attempt.Attempt) error // shown the attempt afterwards
}

// Needs the right to answer.
func (FinishAttempt) Needs() access.Permission { return access.Answer }

// Do finishes the attempt.
func (c FinishAttempt) Do(ctx context.Context, w *Work) error {
	if err := w.asOneself(); err != nil {
		return err
	}
	if err := w.attempt(ctx, c.Attempt, func(a attempt.Attempt) ([]event.Event, error) {
		down, err := w.Down(ctx, w.Actor.Scope.Environment)
		if err != nil {
			return nil, err
		}
		return a.Finish(w.meta.At, down)
	}); err != nil {
		return err
	}
	return ReadAttempt(c).Do(ctx, w)
}
