package commands

import (
	"context"
	"errors"
	"io"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/fault"
	"qbank/domain/question"
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
	Chunk    int                    // items; 0: 500
	Progress func(ImportTotals)     // called after each chunk, if not nil
	Report   func(batch.Item) error // called for each item in the order of the file, if not nil; those of an interrupted run included
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

// The bounds of an import.
const (
	importChunk   = 500     // items
	chunkVolume   = 8 << 20 // bytes of text, after which a chunk ends early
	MaxImportFile = 200_000 // items of a file
)

// Import takes a file in.
func (b *Bus) Import(ctx context.Context, actor access.Actor, in Import) (ImportTotals, error) {
	if in.Chunk <= 0 || in.Chunk > MaxImportItems {
		in.Chunk = importChunk
	}
	run := importing{Bus: b, Import: in, actor: actor, met: encounters{}}
	if err := actor.Require(ImportItems{}.Needs()); err != nil {
		return run.totals, err
	}
	if !in.DryRun {
		if err := run.start(ctx); err != nil {
			return run.totals, err
		}
	}
	for {
		items, end, err := run.readChunk(ctx)
		if err != nil {
			return run.totals, errors.Join(err, run.giveUp(ctx, err))
		}
		if len(items) > 0 {
			if err := run.takeChunk(ctx, items); err != nil {
				return run.totals, err
			}
		}
		if end {
			break
		}
	}
	if in.DryRun {
		return run.totals, nil
	}
	done, err := b.Do(ctx, actor, FinishImport{Batch: in.Batch})
	run.totals.Position = max(run.totals.Position, done.Position)
	return run.totals, err
}

// giveUp closes the batch of a file that cannot be read on, however often it is tried: then what was taken in can be undone.
func (r *importing) giveUp(ctx context.Context, why error) error {
	interrupted := fault.Of(why) == nil || ctx.Err() != nil // then the same file may go on later
	if r.DryRun || interrupted {
		return nil
	}
	_, err := r.Do(ctx, r.actor, FinishImport{Batch: r.Batch})
	return err
}

// importing is an import under way.
type importing struct {
	*Bus
	Import
	actor  access.Actor
	next   int        // index of the first item that is not reported yet
	met    encounters // in the file so far
	totals ImportTotals
}

// start opens the batch, or goes on with it: what was reported before counts and is reported again.
func (r *importing) start(ctx context.Context) error {
	start := StartImport{Batch: r.Batch, Format: r.Format, File: r.File, Hash: r.Hash, SeeNext: func(n int) { r.next = n }}
	if _, err := r.Do(ctx, r.actor, start); err != nil || r.next == 0 {
		return err
	}
	return r.ImportReport(ctx, r.Batch, r.report)
}

func (r *importing) report(item batch.Item) error {
	r.totals.add(item)
	if r.Report == nil {
		return nil
	}
	return r.Report(item)
}

// readChunk reads up to a chunk of items and notes what their types say of them. What was reported before is only remembered.
func (r *importing) readChunk(ctx context.Context) (items []interchange.Item, end bool, err error) {
	for volume := 0; len(items) < r.Chunk && volume < chunkVolume; {
		item, err := r.Source.Next()
		if errors.Is(err, io.EOF) {
			return items, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		if item.Index >= MaxImportFile {
			return nil, false, fault.Refuse(fault.Limit, "import.too_long",
				fault.Say("a file has at most %d items; divide it", "一个文件最多 %d 题，请拆分", MaxImportFile))
		}
		if item.Index < r.next {
			r.remember(item)
			continue
		}
		if err := r.check(ctx, &item); err != nil {
			return nil, false, err
		}
		volume += lengthOf(item.Content)
		items = append(items, item)
	}
	return items, false, nil
}

// remember notes an item of an interrupted run. Of those of one id the first counts that can be read; where that one was refused by its
// question, so was the other.
func (r *importing) remember(item interchange.Item) {
	m, err := item.Metadata.Tidy()
	if item.Refused || len(item.Source) > maxSource || err != nil {
		return
	}
	id := question.ImportedID(r.actor.Scope.Org, item.Source)
	if _, before := r.met[id]; !before {
		r.met[id] = encounter{item.Index, originHash(item, m)}
	}
}

// check notes why the draft that an item becomes could not be published.
func (r *importing) check(ctx context.Context, item *interchange.Item) error {
	if item.Refused {
		return nil
	}
	rules, err := r.Types.Type(ctx, item.Type)
	if err != nil {
		return err
	}
	for _, p := range rules.Check(item.Content) {
		item.Notes = append(item.Notes, batch.Note{Code: "incomplete." + p.Code, Column: p.Pointer, Message: fault.Text{
			EN: "kept as a draft that cannot be published yet: " + p.Message.EN, ZH: "已存为草稿，暂不能发布：" + p.Message.ZH}})
	}
	return nil
}

func (r *importing) takeChunk(ctx context.Context, items []interchange.Item) error {
	c := ImportItems{Batch: r.Batch, Items: items, DryRun: r.DryRun, Report: make([]batch.Item, len(items)), met: r.met}
	done, err := r.Do(ctx, r.actor, c)
	if err != nil {
		return err
	}
	r.totals.Position = max(r.totals.Position, done.Position)
	for _, item := range c.Report {
		if err := r.report(item); err != nil {
			return err
		}
	}
	if r.Progress != nil {
		r.Progress(r.totals)
	}
	return nil
}

// lengthOf is how many bytes of text a document holds.
func lengthOf(v any) int {
	n := 0
	switch v := v.(type) {
	case string:
		n = len(v)
	case []any:
		for _, item := range v {
			n += lengthOf(item)
		}
	case map[string]any:
		for _, member := range v {
			n += lengthOf(member)
		}
	}
	return n
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
