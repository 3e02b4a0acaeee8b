package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/roster"
)

// RepinAttempt gives an open attempt what was reissued to its student, before the student comes back to it. It is a process's: nobody has to be asked for
// it, because the student's next look at the attempt would do the same.
type RepinAttempt struct {
	Attempt attempt.ID
}

// Needs the right to let reissues happen.
func (RepinAttempt) Needs() access.Permission { return access.GrantReissues }

// Do gives it.
func (c RepinAttempt) Do(ctx context.Context, w *Work) error {
	allowed := func(w *Work, a attempt.Attempt) error {
		w.person = roster.PersonOf(a.Student)
		if a.Revision == 0 || a.Environment != w.Actor.Scope.Environment || !w.sees(a) {
			return notFound("attempt", "作答")
		}
		return nil
	}
	return w.attemptOf(ctx, c.Attempt, asNow, allowed, func(a attempt.Attempt) ([]event.Event, error) {
		return w.due(ctx, a, access.Actor{ID: a.Student, Scope: w.Actor.Scope})
	})
}
