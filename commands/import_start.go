package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/event"
)

// StartImport opens a batch. Starting one that is open already goes on with it; SeeNext says where.
type StartImport struct {
	Batch   uuid.UUID
	Format  string // gift, xlsx
	File    string // the file's name, for people
	Hash    string // SHA-256 of the file
	SeeNext func(index int)
}

// Needs the right to write questions.
func (StartImport) Needs() access.Permission { return access.WriteQuestions }

// Do opens the batch.
func (c StartImport) Do(ctx context.Context, w *Work) error {
	return w.batch(ctx, c.Batch, true, func(b batch.Batch) ([]event.Event, error) {
		if c.SeeNext != nil {
			c.SeeNext(b.Next)
		}
		return b.Start(batch.Started{Org: w.Actor.Scope.Org, Format: c.Format, File: c.File, Hash: c.Hash})
	})
}
