package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/qtype"
	"qbank/domain/question"
)

// PublishQuestion makes the approved draft of a question its next version.
type PublishQuestion struct {
	Question question.ID
	Revision int // what the caller saw; a newer one is a conflict for the caller to resolve
	Kind     question.Kind
}

// Needs the right to publish questions.
func (PublishQuestion) Needs() access.Permission { return access.PublishQuestions }

// Do publishes the draft.
func (c PublishQuestion) Do(ctx context.Context, w *Work) error {
	return w.judgedQuestion(ctx, c.Question, c.Revision, func(q question.Question, rules *qtype.Type) ([]event.Event, error) {
		published, err := q.Publish(c.Kind, rules)
		if err != nil {
			return nil, err
		}
		return published, w.assetsKept(ctx, q, rules)
	})
}
