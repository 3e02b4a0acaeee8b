package commands

import (
	"context"

	"qbank/domain/event"
	"qbank/domain/qtype"
	"qbank/domain/question"
)

// question lets a question of the actor's organisation decide.
func (w *Work) question(ctx context.Context, id question.ID, seen int, decision func(question.Question) ([]event.Event, error)) error {
	return decide(ctx, w, id, seen, func(q question.Question) ([]event.Event, error) {
		if !q.Exists() {
			return nil, notFound("question", "题目")
		}
		if err := w.Actor.Within(q.Org); err != nil {
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

// draftAt is the draft as it stood at a revision of the question; 0 is now.
func (w *Work) draftAt(ctx context.Context, id question.ID, revision int) (question.Draft, error) {
	q, at, err := load[question.Question](ctx, w, id, revision)
	if err != nil {
		return question.Draft{}, err
	}
	if at == 0 || at < revision || w.Actor.Within(q.Org) != nil {
		return question.Draft{}, notFound("revision", "修订")
	}
	return q.Draft, nil
}
