package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/workflow"
)

// SubmitQuestion asks for review of the draft as it stands, under the workflow that applies to it at this moment.
type SubmitQuestion struct {
	Question question.ID
	Revision int           // what the caller saw; a newer one is a conflict for the caller to resolve
	Kind     question.Kind // Erratum asks for the fast lane, where the workflow has one
	Note     string
}

// Needs the right to write questions.
func (SubmitQuestion) Needs() access.Permission { return access.WriteQuestions }

// Do submits the draft.
func (c SubmitQuestion) Do(ctx context.Context, w *Work) error {
	return w.judgedQuestion(ctx, c.Question, c.Revision, func(q question.Question, rules *qtype.Type) ([]event.Event, error) {
		applying, err := w.applying(ctx, q.Org, workflow.Questions, q.Subject())
		if err != nil {
			return nil, err
		}
		authors, err := w.authors(ctx, c.Question)
		if err != nil {
			return nil, err
		}
		submitted, err := q.Submit(rules, question.Submission{Of: c.Question, Workflow: applying, Kind: c.Kind, Authors: authors, Note: c.Note})
		if err != nil {
			return nil, err
		}
		return submitted, w.assetsKept(ctx, q, rules)
	})
}
