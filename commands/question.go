package commands

import (
	"context"

	"qbank/domain/event"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/eventstore"
)

// question lets a question of the actor's organisation decide, if it is at the revision that was seen or that is Anything.
func (w *Work) question(ctx context.Context, id question.ID, seen int, decision func(question.Question) ([]event.Event, error)) error {
	return decide(ctx, w, id, func(q question.Question) ([]event.Event, error) {
		if err := w.mayKnow(q); err != nil {
			return nil, err
		}
		if err := fresh(seen, q.Revision); err != nil {
			return nil, err
		}
		return decision(q)
	})
}

// judgedQuestion is question for decisions that ask the rules of the draft's type.
func (w *Work) judgedQuestion(ctx context.Context, id question.ID, seen int, decision func(question.Question, *qtype.Type) ([]event.Event, error)) error {
	return w.question(ctx, id, seen, func(q question.Question) ([]event.Event, error) {
		rules, err := w.Types.Type(ctx, q.Draft.Type)
		if err != nil {
			return nil, err
		}
		return decision(q, rules)
	})
}

// mayKnow refuses a question that does not exist for the actor: what is another organisation's looks like nothing at all.
func (w *Work) mayKnow(q question.Question) error {
	if !q.Exists() || w.Actor.Within(q.Org) != nil {
		return notFound("question", "题目")
	}
	return nil
}

// questionAt is a question of the actor's organisation as the history had it at the revision that pick chooses from it.
func (w *Work) questionAt(ctx context.Context, id question.ID, pick func([]eventstore.Recorded) int) (past question.Question, err error) {
	recorded, err := w.read(ctx, id, 0)
	if err != nil {
		return past, err
	}
	now, err := fold(w.Codec, question.Question{}, recorded)
	if err != nil {
		return past, err
	}
	if err := w.mayKnow(now); err != nil {
		return past, err
	}
	revision := pick(recorded)
	if revision < 1 || revision > len(recorded) {
		return past, notFound("revision", "修订")
	}
	return fold(w.Codec, question.Question{}, recorded[:revision])
}
