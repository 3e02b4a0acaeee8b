package commands

import (
	"context"
	"encoding/json"
	"fmt"

	"qbank/domain/attempt"
	"qbank/domain/fault"
	"qbank/domain/regrade"
	"qbank/domain/scoring"
)

// Correction is the regrade that stands for a place of an attempt.
func (b *Bus) Correction(ctx context.Context, a attempt.Attempt, item attempt.Item) (c regrade.Correction, ok bool, err error) {
	if b.Regrades == nil {
		return c, false, nil
	}
	standing, err := b.Regrades.Standing(ctx, a.Environment, a.Org, item.Question)
	if err != nil {
		return c, false, fmt.Errorf("read what stands of question %s: %w", item.Question, err)
	}
	c, ok = regrade.For(standing, item.Question, item.Version)
	return c, ok, nil
}

// corrected is what a standing regrade makes of an answer that is being given; nil where it stays as it was scored.
func (b *Bus) corrected(ctx context.Context, a attempt.Attempt, given attempt.Answered, response any) (*attempt.GradeRevised, error) {
	item, err := a.Item(given.Slot)
	if err != nil {
		return nil, err
	}
	c, some, err := b.Correction(ctx, a, item)
	if err != nil || !some {
		return nil, err
	}
	anew, err := b.scoreBy(ctx, c, response)
	if err != nil {
		return nil, err
	}
	return attempt.Revise(item, attempt.Standing{Answered: given}, c, anew), nil
}

// scoreBy scores a response by the erratum's key; nil where it cannot be.
func (b *Bus) scoreBy(ctx context.Context, c regrade.Correction, response any) (*scoring.Result, error) {
	judge, err := b.Judges.Judge(ctx, c.Question, c.To)
	if err != nil {
		return nil, err
	}
	if len(judge.Type.CheckResponse(judge.Public, response)) > 0 {
		return nil, nil // what was chosen is not there any more
	}
	result, err := judge.Scorer.Score(response)
	if fault.Of(err) != nil {
		return nil, nil //nolint:nilerr // what cannot be scored by now was not scored wrongly either
	}
	return &result, err
}

// anew scores the answer that counts at a place by the erratum's key. It is nil where that cannot be: a person marked it, the person's words
// are erased, or they do not fit the erratum.
func (b *Bus) anew(ctx context.Context, a attempt.Attempt, answer attempt.Standing, c regrade.Correction) (*scoring.Result, error) {
	if answer.Grade != nil || answer.Status == scoring.Pending {
		return nil, nil
	}
	text, erased, err := b.Response(ctx, a.Student, answer.Answered)
	if erased || err != nil {
		return nil, err
	}
	var response any
	if err := json.Unmarshal(text, &response); err != nil {
		return nil, fmt.Errorf("read the answer %q at %s: %w", answer.Key, answer.Slot, err)
	}
	return b.scoreBy(ctx, c, response)
}
