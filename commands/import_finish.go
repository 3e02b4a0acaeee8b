package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/event"
)

// FinishImport closes a batch with its totals.
type FinishImport struct{ Batch uuid.UUID }

// Needs the right to write questions.
func (FinishImport) Needs() access.Permission { return access.WriteQuestions }

// Do closes the batch.
func (c FinishImport) Do(ctx context.Context, w *Work) error {
	return w.batch(ctx, c.Batch, false, func(b batch.Batch) ([]event.Event, error) { return b.Finish() })
}
