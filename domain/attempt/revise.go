package attempt

import (
	"qbank/domain/event"
	"qbank/domain/regrade"
	"qbank/domain/scoring"
)

// Revise holds an answer against a standing correction. anew is what the right key says of it; nil: it cannot be scored by it. It returns nil where
// the mark stays.
func Revise(item Item, answer Standing, c regrade.Correction, anew *scoring.Result) *GradeRevised {
	was := answer.Given()
	now, changes := c.Policy.Revise(was, anew, item.Max)
	if !changes {
		return nil
	}
	return &GradeRevised{Slot: item.Slot, Key: answer.Key, Regrade: c.Regrade, Round: c.Round, Policy: c.Policy, Version: c.To, Was: was.Mark,
		Status: now.Status, Fraction: now.Fraction, Mark: now.Mark, Parts: now.Parts, Dropped: now.Dropped}
}

// Settle brings the mark at a place to what it is to be: revised, or, with nil, as it was given. What is so already stays.
func (a Attempt) Settle(item Item, revised *GradeRevised) []event.Event {
	answer, answered := a.counting[item.Slot]
	if !answered {
		return nil
	}
	is := answer.Revised
	switch {
	case revised == nil && is == nil:
		return nil
	case revised == nil:
		given := answer.Given()
		return []event.Event{GradeRestored{Slot: item.Slot, Key: answer.Key, Regrade: is.Regrade, Round: is.Round, Status: given.Status, Mark: given.Mark, Parts: given.Parts}}
	case revised.Key != answer.Key, is != nil && is.Regrade == revised.Regrade && is.Round == revised.Round:
		return nil
	}
	return []event.Event{*revised}
}
