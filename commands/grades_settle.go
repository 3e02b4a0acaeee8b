package commands

import (
	"context"
	"fmt"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/question"
	"qbank/domain/regrade"
	"qbank/eventstore"
)

// SettleGrades brings the marks of some attempts, for their answers to a question, to what the regrades that stand make of them: revises
// those that are not revised yet, and gives back those that nothing stands for any more. What is so already stays, so it may be carried out
// again at any time, and does the rest of what was interrupted.
type SettleGrades struct {
	Question question.ID
	Standing []regrade.Correction // all that stand for the question, in the actor's environment and organisation
	Attempts []attempt.ID         // some hundred at most
	Settled  func(answers int)    // told how many marks were changed; may be nil
}

// Needs the right to approve regrades.
func (SettleGrades) Needs() access.Permission { return access.ApproveRegrades }

// Do settles the grades.
func (c SettleGrades) Do(ctx context.Context, w *Work) error {
	w.meta.Environment = w.Actor.Scope.Environment
	left := c.Attempts
	for try := 0; len(left) > 0; try++ {
		if try == races {
			return fault.Refuse(fault.Unavailable, "busy", fault.Say("too many write to this at once; try again", "并发修改过多，请重试"))
		}
		var err error
		if left, err = c.settle(ctx, w, left); err != nil {
			return err
		}
	}
	return nil
}

// settle returns the attempts that somebody else wrote to at the same time.
func (c SettleGrades) settle(ctx context.Context, w *Work, ids []attempt.ID) (left []attempt.ID, err error) {
	var appends []eventstore.Append
	err = w.eachAttempt(ctx, ids, func(id attempt.ID, a attempt.Attempt) error {
		if attemptWithin(w, a) != nil { // it also says whose the events are
			return nil //nolint:nilerr // it is not this actor's to settle
		}
		events, err := c.changes(ctx, w, a)
		if err != nil || len(events) == 0 {
			return err
		}
		encoded, err := w.encode(id, a.Revision, events)
		appends = append(appends, encoded)
		return err
	})
	if err != nil || len(appends) == 0 {
		return nil, err
	}
	outcomes, err := w.Log.Append(ctx, appends...)
	if err != nil {
		return nil, fmt.Errorf("append revised grades: %w", err)
	}
	changed := 0
	for i, o := range outcomes {
		if o.Status == eventstore.Conflicted {
			left = append(left, appends[i].Stream)
			continue
		}
		if err := w.note(o); err != nil {
			return nil, err
		}
		changed += len(appends[i].Events)
	}
	if c.Settled != nil {
		c.Settled(changed)
	}
	return left, nil
}

func (c SettleGrades) changes(ctx context.Context, w *Work, a attempt.Attempt) (events []event.Event, err error) {
	for _, item := range a.Items {
		answer, answered := a.Standing(item.Slot)
		if !answered || item.Question != c.Question {
			continue
		}
		var revised *attempt.GradeRevised
		if standing, some := regrade.For(c.Standing, item.Question, item.Version); some && standing.Org == a.Org {
			anew, err := w.anew(ctx, a, answer, standing)
			if err != nil {
				return nil, err
			}
			revised = attempt.Revise(item, answer, standing, anew)
		}
		events = append(events, a.Settle(item, revised)...)
	}
	return events, nil
}
