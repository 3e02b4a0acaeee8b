package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/event"
)

// ReadAttempt shows a student's own attempt as it is by now, so a client that resumes sees every answer it was ever told was
// recorded, whichever process took it. It decides nothing but what is due: places that are not answered take the versions that were reissued.
type ReadAttempt struct {
	Attempt attempt.ID
	See     func(attempt.Attempt) error // called while nobody writes; must not keep the value
}

// Needs the right to answer.
func (ReadAttempt) Needs() access.Permission { return access.Answer }

// Do shows the attempt.
func (c ReadAttempt) Do(ctx context.Context, w *Work) error {
	return w.attemptOf(ctx, c.Attempt, asNow, ownAttempt, func(a attempt.Attempt) ([]event.Event, error) {
		a, events, err := w.takeDue(ctx, a)
		if err != nil {
			return nil, err
		}
		return events, c.See(a)
	})
}
