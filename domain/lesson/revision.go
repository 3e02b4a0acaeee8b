package lesson

import (
	"slices"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Accept puts a version of a question into the draft, at each place that has an older one or whichever is the newest. latest is the newest published
// version.
func (l Lesson) Accept(question uuid.UUID, version, latest int) ([]event.Event, error) {
	if err := l.alive(); err != nil {
		return nil, err
	}
	if version < 1 || version > latest {
		return nil, fault.Refuse(fault.Invalid, "offer.version", fault.Say("the question has no version %d", "题目没有第 %d 版", version))
	}
	plan, found, changed := l.Plan, false, false
	plan.Items = slices.Clone(l.Plan.Items)
	for i := range plan.Items {
		if plan.Items[i].Question != question {
			continue
		}
		found = true
		if plan.Items[i].Version < version {
			plan.Items[i].Version, changed = version, true
		}
	}
	if !found {
		return nil, noOffer()
	}
	if !changed {
		return nil, nil
	}
	return l.Edit(plan)
}

// Decline keeps what the lesson has of a question. The next revision is offered again.
func (l Lesson) Decline(question uuid.UUID, version, latest int, reason string) ([]event.Event, error) {
	if err := l.alive(); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	if version < 1 || version > latest {
		return nil, fault.Refuse(fault.Invalid, "offer.version", fault.Say("the question has no version %d", "题目没有第 %d 版", version))
	}
	uses := slices.ContainsFunc(l.Plan.Items, func(i Item) bool { return i.Question == question && i.Version < version })
	if !uses {
		return nil, noOffer()
	}
	if l.declined[question] >= version {
		return nil, nil
	}
	return []event.Event{RevisionDeclined{Question: question, Version: version, Reason: reason}}, nil
}

func noOffer() error {
	return fault.Refuse(fault.Conflict, "offer.none", fault.Say("the lesson has no older version of this question", "讲次中没有该题目的旧版本"))
}
