package commands

import (
	"context"
	"fmt"

	"qbank/domain/attempt"
	"qbank/domain/regrade"
	"qbank/domain/scoring"
)

// RegradeLine is an answer to a wrong version, with its mark as it was given and what the right key says.
type RegradeLine struct {
	Attempt  attempt.ID
	Org      string
	Student  string
	Number   int // of the student's attempts
	Item     attempt.Item
	Standing attempt.Standing
	Anew     *scoring.Result // nil: it cannot be scored by the right key
}

// Under is what a policy would make of the mark.
func (l RegradeLine) Under(p regrade.Policy) regrade.Mark {
	now, _ := p.Revise(l.Standing.Given(), l.Anew, l.Item.Max)
	return now
}

// RegradeLines scores the answers of some attempts anew that a regrade is about. It reads their histories: give it some hundred at most. It checks
// no permission: it is for programs, and for doors that have asked who may read results.
func (b *Bus) RegradeLines(ctx context.Context, r regrade.Proposed, attempts []attempt.ID) ([]RegradeLine, error) {
	c := regrade.Correction{Question: r.Question, From: r.From, To: r.To}
	var lines []RegradeLine
	err := b.eachAttempt(ctx, attempts, func(id attempt.ID, a attempt.Attempt) error {
		if a.Environment != r.Environment || a.Org != r.Org {
			return nil
		}
		for _, item := range a.Items {
			answer, answered := a.Standing(item.Slot)
			if !answered || !c.Covers(item.Question, item.Version) {
				continue
			}
			anew, err := b.anew(ctx, a, answer, c)
			if err != nil {
				return fmt.Errorf("attempt %s: %w", id, err)
			}
			lines = append(lines, RegradeLine{Attempt: id, Org: a.Org, Student: a.Student, Number: a.Number, Item: item, Standing: answer, Anew: anew})
		}
		return nil
	})
	return lines, err
}

// eachAttempt folds attempts, in the order in which they are named.
func (b *Bus) eachAttempt(ctx context.Context, ids []attempt.ID, do func(attempt.ID, attempt.Attempt) error) error {
	streams, err := b.Log.ReadStreams(ctx, ids)
	if err != nil {
		return fmt.Errorf("read attempts: %w", err)
	}
	for _, id := range ids {
		a, err := fold(b.Codec, attempt.Attempt{}, streams[id])
		if err != nil {
			return err
		}
		if err := do(id, a); err != nil {
			return err
		}
	}
	return nil
}
