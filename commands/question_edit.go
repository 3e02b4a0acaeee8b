package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/eventstore"
)

// EditQuestion makes a whole document the draft, merged with what others changed since the revision the editor saw.
type EditQuestion struct {
	Question question.ID
	Revision int        // what the editor saw; Anything: whatever stands there, which the document then replaces
	Type     *qtype.Ref // nil: the type version the editor saw
	Content  any
}

// Needs the right to write questions.
func (EditQuestion) Needs() access.Permission { return access.WriteQuestions }

// Do edits the draft.
func (c EditQuestion) Do(ctx context.Context, w *Work) error {
	seen, err := w.questionAt(ctx, c.Question, func(history []eventstore.Recorded) int {
		if c.Revision == Anything {
			return len(history)
		}
		return c.Revision
	})
	if err != nil {
		return err
	}
	edited := question.Draft{Type: seen.Draft.Type, Content: c.Content}
	if c.Type != nil {
		if _, err := w.Types.For(ctx, w.Actor, *c.Type); err != nil {
			return err
		}
		edited.Type = *c.Type
	}
	return w.question(ctx, c.Question, Anything, func(q question.Question) ([]event.Event, error) {
		return q.Edit(seen.Draft, edited, nil)
	})
}
