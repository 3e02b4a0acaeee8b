package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/paper"
)

// CreatePaper starts a paper.
type CreatePaper struct {
	ID   paper.ID // zero: a new one
	Plan paper.Plan
}

// Needs the right to write lessons.
func (CreatePaper) Needs() access.Permission { return access.WriteLessons }

// Do creates the paper.
func (c CreatePaper) Do(ctx context.Context, w *Work) error {
	if c.ID == uuid.Nil {
		c.ID = w.newID()
	}
	return decide(ctx, w, c.ID, func(p paper.Paper) ([]event.Event, error) {
		created, err := p.Create(w.Actor.Scope.Org, c.Plan)
		if err != nil {
			return nil, err
		}
		return created, w.paperKnown(ctx, p.Plan, c.Plan)
	})
}

// paper lets a paper of the actor's organisation decide, if it is at the revision that was seen or that is Anything.
func (w *Work) paper(ctx context.Context, id paper.ID, seen int, decision func(paper.Paper) ([]event.Event, error)) error {
	return decide(ctx, w, id, func(p paper.Paper) ([]event.Event, error) {
		if err := w.mayKnowPaper(p); err != nil {
			return nil, err
		}
		if err := fresh(seen, p.Revision); err != nil {
			return nil, err
		}
		return decision(p)
	})
}

func (w *Work) mayKnowPaper(p paper.Paper) error {
	if p.Revision == 0 || w.Actor.Within(p.Org) != nil {
		return notFound("paper", "试卷")
	}
	return nil
}

// paperKnown refuses a plan with questions that neither the plan before had nor the actor's organisation has.
func (w *Work) paperKnown(ctx context.Context, before, after paper.Plan) error {
	known := map[uuid.UUID]bool{}
	for _, ref := range before.Questions() {
		known[ref.Question] = true
	}
	var ids []uuid.UUID
	for _, ref := range after.Questions() {
		if !known[ref.Question] {
			ids = append(ids, ref.Question)
		}
	}
	questions, err := w.States(ctx, ids)
	if err != nil {
		return err
	}
	return after.Known(func(id uuid.UUID) bool { return known[id] || w.mayKnow(questions[id]) == nil })
}
