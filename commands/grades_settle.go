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
	Settled  func(Settled)        // told what became of them; may be nil
}

// Settled is what became of attempts.
type Settled struct {
	Changed int                            // marks; those that were so already are not among them
	Now     map[regrade.ID]regrade.Outcome // what the answers have of each regrade, by now
}

func (s *Settled) add(marks ...*attempt.GradeRevised) {
	for _, m := range marks {
		outcome := s.Now[m.Regrade]
		outcome.Add(m.Mark - m.Was)
		s.Now[m.Regrade] = outcome
	}
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
	settled := Settled{Now: map[regrade.ID]regrade.Outcome{}}
	var marks [][]*attempt.GradeRevised // that appends lead to
	err = w.eachAttempt(ctx, ids, func(id attempt.ID, a attempt.Attempt) error {
		if attemptWithin(w, a) != nil { // it also says whose the events are
			return nil //nolint:nilerr // it is not this actor's to settle
		}
		events, revised, err := c.changes(ctx, w, a)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			settled.add(revised...)
			return nil
		}
		encoded, err := w.encode(id, a.Revision, events)
		appends, marks = append(appends, encoded), append(marks, revised)
		return err
	})
	if err != nil {
		return nil, err
	}
	if left, err = c.append(ctx, w, appends, marks, &settled); err != nil {
		return nil, err
	}
	if c.Settled != nil {
		c.Settled(settled)
	}
	return left, nil
}

// append stores the changes of some attempts and counts what they lead to. It returns the attempts that somebody else wrote to.
func (SettleGrades) append(ctx context.Context, w *Work, appends []eventstore.Append, marks [][]*attempt.GradeRevised, settled *Settled) (left []attempt.ID, err error) {
	if len(appends) == 0 {
		return nil, nil
	}
	outcomes, err := w.Log.Append(ctx, appends...)
	if err != nil {
		return nil, fmt.Errorf("append revised grades: %w", err)
	}
	for i, o := range outcomes {
		if o.Status == eventstore.Conflicted {
			left = append(left, appends[i].Stream)
			continue
		}
		if err := w.note(o); err != nil {
			return nil, err
		}
		settled.Changed += len(appends[i].Events)
		settled.add(marks[i]...)
	}
	return left, nil
}

// changes are what brings an attempt's marks to what they are to be, and the marks that are revised then.
func (c SettleGrades) changes(ctx context.Context, w *Work, a attempt.Attempt) (events []event.Event, marks []*attempt.GradeRevised, err error) {
	for _, item := range a.Items {
		answer, answered := a.Standing(item.Slot)
		if !answered || item.Question != c.Question {
			continue
		}
		var revised *attempt.GradeRevised
		if standing, some := regrade.For(c.Standing, item.Question, item.Version); some && standing.Org == a.Org {
			anew, err := w.anew(ctx, a, answer, standing)
			if err != nil {
				return nil, nil, err
			}
			revised = attempt.Revise(item, answer, standing, anew)
		}
		events = append(events, a.Settle(item, revised)...)
		if revised != nil {
			marks = append(marks, revised)
		}
	}
	return events, marks, nil
}
