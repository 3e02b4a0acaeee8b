package lesson

import (
	"slices"

	"github.com/google/uuid"

	"qbank/domain/cue"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Accept puts a version of a question into the draft, at each place and in each pool that has an older one or whichever is the newest. latest is the
// newest published version. plugins are what cues may do.
func (l Lesson) Accept(question uuid.UUID, version, latest int, plugins *cue.Registry) ([]event.Event, error) {
	if err := offered(version, latest); err != nil {
		return nil, err
	}
	plan := l.Plan
	plan.Items, plan.Draws = slices.Clone(l.Plan.Items), slices.Clone(l.Plan.Draws)
	for i := range plan.Draws {
		plan.Draws[i].Pool = slices.Clone(plan.Draws[i].Pool)
	}
	if !plan.older(question, version, func(has *int) { *has = version }) {
		if err := l.alive(); err != nil {
			return nil, err
		}
		if slices.Contains(l.Plan.Questions(), question) {
			return nil, nil // it was accepted before
		}
		return nil, noOffer()
	}
	return l.Edit(l.Plan, plan, plugins)
}

// Decline keeps what the lesson has of a question. The next revision is offered again.
func (l Lesson) Decline(question uuid.UUID, version, latest int, reason string) ([]event.Event, error) {
	if err := l.alive(); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	if err := offered(version, latest); err != nil {
		return nil, err
	}
	if !l.Plan.older(question, version, func(*int) {}) {
		return nil, noOffer()
	}
	if l.declined[question] >= version {
		return nil, nil
	}
	return []event.Event{RevisionDeclined{Question: question, Version: version, Reason: reason}}, nil
}

// older visits the places and pools that have an older version of a question, and reports whether there are any.
func (p Plan) older(question uuid.UUID, version int, visit func(has *int)) (some bool) {
	look := func(q uuid.UUID, has *int) {
		if q == question && *has < version {
			some = true
			visit(has)
		}
	}
	for i := range p.Items {
		look(p.Items[i].Question, &p.Items[i].Version)
	}
	for i := range p.Draws {
		for n := range p.Draws[i].Pool {
			look(p.Draws[i].Pool[n].Question, &p.Draws[i].Pool[n].Version)
		}
	}
	return some
}

func offered(version, latest int) error {
	if version < 1 || version > latest {
		return fault.Refuse(fault.Invalid, "offer.version", fault.Say("the question has no version %d", "题目没有第 %d 版", version))
	}
	return nil
}

func noOffer() error {
	return fault.Refuse(fault.Conflict, "offer.none", fault.Say("the lesson has no older version of this question", "讲次中没有该题目的旧版本"))
}
