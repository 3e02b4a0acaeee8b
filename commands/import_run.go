package commands

import (
	"context"
	"errors"
	"io"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/fault"
	"qbank/interchange"
)

// Import is a file being taken in, chunk by chunk, so that memory is bounded by a chunk and not by the file. It is not a command but
// carries out several; one that was interrupted is simply run again with the same batch and file.
type Import struct {
	Batch    uuid.UUID
	Format   string // gift, xlsx
	File     string // name, for people
	Hash     string // SHA-256 of the file
	Source   interchange.Source
	DryRun   bool
	Chunk    int                // items; 0: 500
	Progress func(ImportTotals) // called after each chunk, if not nil
	Report   func(batch.Item) error
}

// ImportTotals counts what became of the items so far.
type ImportTotals struct {
	Items    int   `json:"items"`
	Created  int   `json:"created"`
	Updated  int   `json:"updated"`
	Same     int   `json:"unchanged"`
	Refused  int   `json:"refused"`
	Noted    int   `json:"changed"` // taken, but not losslessly
	Position int64 `json:"position"`
}

const importChunk = 500

// Import takes a file in.
func (b *Bus) Import(ctx context.Context, actor access.Actor, in Import) (ImportTotals, error) {
	var totals ImportTotals
	if in.Chunk <= 0 || in.Chunk > MaxImportItems {
		in.Chunk = importChunk
	}
	if err := actor.Require(ImportItems{}.Needs()); err != nil {
		return totals, err
	}
	next := 0
	if !in.DryRun {
		start := StartImport{Batch: in.Batch, Format: in.Format, File: in.File, Hash: in.Hash, SeeNext: func(n int) { next = n }}
		if _, err := b.Do(ctx, actor, start); err != nil {
			return totals, err
		}
	}
	for {
		items, end, err := b.readChunk(ctx, in)
		if err != nil {
			return totals, err
		}
		if len(items) > 0 && items[len(items)-1].Index >= next {
			if err := b.importChunk(ctx, actor, in, items, &totals); err != nil {
				return totals, err
			}
		}
		if end {
			break
		}
	}
	if in.DryRun {
		return totals, nil
	}
	done, err := b.Do(ctx, actor, FinishImport{Batch: in.Batch})
	totals.Position = max(totals.Position, done.Position)
	return totals, err
}

// readChunk reads up to a chunk of items and notes what their types say of them.
func (b *Bus) readChunk(ctx context.Context, in Import) (items []interchange.Item, end bool, err error) {
	for len(items) < in.Chunk {
		item, err := in.Source.Next()
		if errors.Is(err, io.EOF) {
			return items, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		if !item.Refused {
			rules, err := b.Types.Type(ctx, item.Type)
			if err != nil {
				return nil, false, err
			}
			for _, p := range rules.Check(item.Content) {
				item.Notes = append(item.Notes, batch.Note{Code: "incomplete." + p.Code, Column: p.Pointer, Message: fault.Text{
					EN: "kept as a draft that cannot be published yet: " + p.Message.EN, ZH: "已存为草稿，暂不能发布：" + p.Message.ZH}})
			}
		}
		items = append(items, item)
	}
	return items, false, nil
}

func (b *Bus) importChunk(ctx context.Context, actor access.Actor, in Import, items []interchange.Item, totals *ImportTotals) error {
	c := ImportItems{Batch: in.Batch, Items: items, DryRun: in.DryRun, Report: make([]batch.Item, len(items))}
	done, err := b.Do(ctx, actor, c)
	if err != nil {
		return err
	}
	totals.Position = max(totals.Position, done.Position)
	for _, item := range c.Report {
		totals.add(item)
		if in.Report != nil {
			if err := in.Report(item); err != nil {
				return err
			}
		}
	}
	if in.Progress != nil {
		in.Progress(*totals)
	}
	return nil
}

func (t *ImportTotals) add(item batch.Item) {
	t.Items++
	switch item.Status {
	case batch.Created:
		t.Created++
	case batch.Updated:
		t.Updated++
	case batch.Unchanged:
		t.Same++
	case batch.Refused:
		t.Refused++
	}
	if item.Status != batch.Refused && len(item.Notes) > 0 {
		t.Noted++
	}
}
