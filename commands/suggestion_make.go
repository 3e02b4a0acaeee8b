package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/discussion"
	"qbank/domain/question"
)

// SuggestChange opens a thread that suggests a change of a question. Done.ID is the thread's.
type SuggestChange struct {
	Question question.ID
	Revision int    // of the question, as the actor saw it
	Pointer  string // JSON Pointer of the place that is meant; "" is the whole
	Value    any    // what should stand there
	Content  any    // or what the whole content should be; nil: Value says what changes
	Remark
}

// Needs the right to comment.
func (SuggestChange) Needs() access.Permission { return access.WriteComments }

// Do opens the thread.
func (c SuggestChange) Do(ctx context.Context, w *Work) error {
	o := discussion.Opening{Subject: discussion.Subject{Kind: discussion.Question, ID: c.Question}, Text: c.Text, Mentions: c.Mentions}
	return w.openThread(ctx, o, c.Revision, c.Pointer, nil, func(document any) (any, error) {
		if c.Content != nil {
			return c.Content, nil
		}
		return discussion.Put(document, c.Pointer, c.Value)
	})
}
