package commands

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/event"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/eventstore"
)

// UndoImport asks that everything an import did be taken back. A process does it, item by item.
type UndoImport struct {
	Batch  uuid.UUID
	Reason string
}

// Needs the right to write questions.
func (UndoImport) Needs() access.Permission { return access.WriteQuestions }

// Do asks for it.
func (c UndoImport) Do(ctx context.Context, w *Work) error {
	return w.batch(ctx, c.Batch, false, func(b batch.Batch) ([]event.Event, error) { return b.Undo(c.Reason) })
}

// undone is the reason that stands in a history.
const undone = "import undone"

// UndoImportedItem takes back what an import did to one question: a question it started is withdrawn, or retired where it was
// published meanwhile; an edit is reverted, and what others changed since stays.
type UndoImportedItem struct {
	Batch uuid.UUID
	Item  batch.Item
}

// Needs the right to write questions.
func (UndoImportedItem) Needs() access.Permission { return access.WriteQuestions }

// Do takes the item back. It may be done again: what is back already stays.
func (c UndoImportedItem) Do(ctx context.Context, w *Work) error {
	switch c.Item.Status {
	case batch.Created:
		return w.question(ctx, c.Item.Question, Anything, func(q question.Question) ([]event.Event, error) {
			switch {
			case q.State == workflow.Retired, q.Origin == nil, q.Origin.Batch != c.Batch.String(): // back already, or a later import's
				return nil, nil
			case q.Latest > 0:
				return q.Retire(question.Retired{Reason: undone})
			}
			return q.Withdraw(undone, c.Batch.String())
		})
	case batch.Updated:
		return c.revert(ctx, w)
	}
	return nil
}

func (c UndoImportedItem) revert(ctx context.Context, w *Work) error {
	before, _, err := load[question.Question](ctx, w, c.Item.Question, c.Item.Before)
	if err != nil {
		return err
	}
	after, _, err := load[question.Question](ctx, w, c.Item.Question, c.Item.Revision)
	if err != nil {
		return err
	}
	return w.question(ctx, c.Item.Question, Anything, func(q question.Question) ([]event.Event, error) {
		switch {
		case q.Origin == nil, q.Origin.Batch != c.Batch.String(): // back already, or a later import's
			return nil, nil
		case before.State == workflow.Withdrawn && q.Latest > 0 && q.State != workflow.Retired: // revived, and published meanwhile
			return q.Retire(question.Retired{Reason: undone})
		}
		reverted, err := q.Revert(before, after)
		if before.State != workflow.Withdrawn {
			return reverted, err
		}
		if err != nil {
			reverted = nil // what it says does not matter any more
		}
		for _, e := range reverted {
			q = q.Apply(e)
		}
		withdrawn, err := q.Withdraw(undone, c.Batch.String())
		return append(reverted, withdrawn...), err
	})
}

// ImportReport reads what became of every item of a batch, from the log itself.
func (b *Bus) ImportReport(ctx context.Context, id uuid.UUID, each func(batch.Item) error) error {
	recorded, err := b.Log.ReadStream(ctx, id, eventstore.Range{})
	if err != nil {
		return fmt.Errorf("read import: %w", err)
	}
	for _, r := range recorded {
		e, err := b.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			return err
		}
		if reported, ok := e.(batch.Reported); ok {
			for _, item := range reported.Items {
				if err := each(item); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
