package commands

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/eventstore"
	"qbank/interchange"
)

// ImportItems takes a chunk of a file in. The question that an item becomes is named by the organisation and the item's id in its
// source, so the same item always meets the same question: unchanged it changes nothing, edited it becomes a new draft.
type ImportItems struct {
	Batch  uuid.UUID
	Items  []interchange.Item
	DryRun bool         // only say what would become of the items
	Report []batch.Item // filled by Do, one for each item; make it as long as Items
}

// MaxImportItems bounds a chunk.
const MaxImportItems = 1000

// Needs the right to write questions.
func (ImportItems) Needs() access.Permission { return access.WriteQuestions }

// Do takes the items in: all that are new in one append, after one look at what is there.
func (c ImportItems) Do(ctx context.Context, w *Work) error {
	if len(c.Items) > MaxImportItems {
		return fault.Refuse(fault.Limit, "import.chunk", fault.Say("at most %d items at once", "一次最多 %d 项", MaxImportItems))
	}
	todo := make([]int, 0, len(c.Items))
	for i, item := range c.Items {
		c.Report[i] = batch.Item{Index: item.Index, Source: item.Source, Title: item.Title, Notes: item.Notes, Status: batch.Refused}
		if !item.Refused {
			todo = append(todo, i)
		}
	}
	for try := 0; len(todo) > 0; try++ {
		if try == races {
			return fault.Refuse(fault.Unavailable, "busy", fault.Say("too many write to this at once; try again", "并发修改过多，请重试"))
		}
		var err error
		if todo, err = c.round(ctx, w, todo); err != nil {
			return err
		}
	}
	if c.DryRun {
		return nil
	}
	return w.batch(ctx, c.Batch, false, func(b batch.Batch) ([]event.Event, error) { return b.Report(c.Report) })
}

// round tries the items once and returns those that lost a race, or that have to wait for another item of the same id.
func (c ImportItems) round(ctx context.Context, w *Work, todo []int) (again []int, err error) {
	ids := make([]uuid.UUID, len(todo))
	for k, i := range todo {
		ids[k] = question.ImportedID(w.Actor.Scope.Org, c.Items[i].Source)
	}
	streams, err := w.Log.ReadStreams(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	codes, err := c.codes(ctx, w, ids, streams)
	if err != nil {
		return nil, err
	}
	var appends []eventstore.Append
	var of []int // item of each append
	taken := map[uuid.UUID]bool{}
	for k, i := range todo {
		if taken[ids[k]] {
			again = append(again, i)
			continue
		}
		taken[ids[k]] = true
		q, err := fold(w.Codec, question.Question{}, streams[ids[k]])
		if err != nil {
			return nil, err
		}
		events, err := c.decide(w, i, q, ids[k], &codes)
		if err != nil {
			return nil, err
		}
		if len(events) == 0 || c.DryRun {
			continue
		}
		a, err := w.encode(ids[k], q.Revision, events)
		if err != nil {
			return nil, err
		}
		appends, of = append(appends, a), append(of, i)
	}
	if len(appends) == 0 {
		return again, nil
	}
	outcomes, err := w.Log.Append(ctx, appends...)
	if err != nil {
		return nil, fmt.Errorf("append questions: %w", err)
	}
	for k, outcome := range outcomes {
		report := &c.Report[of[k]]
		switch {
		case outcome.Status == eventstore.Conflicted:
			again = append(again, of[k])
		case outcome.Err != nil:
			c.refuse(report, outcome.Err)
		default:
			report.Revision = outcome.Version
			w.Done.Position = max(w.Done.Position, outcome.Position)
		}
	}
	return again, nil
}

// codes takes as many codes as there are questions to start.
func (c ImportItems) codes(ctx context.Context, w *Work, ids []uuid.UUID, streams map[uuid.UUID][]eventstore.Recorded) ([]question.Code, error) {
	fresh := 0
	for _, id := range ids {
		if len(streams[id]) == 0 {
			fresh++
		}
	}
	if fresh == 0 || c.DryRun {
		return make([]question.Code, fresh), nil
	}
	numbers, err := w.Numbers.Next(ctx, fresh)
	if err != nil {
		return nil, err
	}
	codes := make([]question.Code, fresh)
	for i, number := range numbers {
		codes[i] = question.NewCode(number)
	}
	return codes, nil
}

// decide says what becomes of an item, in its report and as events.
func (c ImportItems) decide(w *Work, i int, q question.Question, id uuid.UUID, codes *[]question.Code) ([]event.Event, error) {
	item, report := c.Items[i], &c.Report[i]
	metadata, err := item.Metadata.Tidy()
	if err != nil {
		return nil, c.refuse(report, err)
	}
	origin := &question.Origin{Batch: c.Batch.String(), Source: item.Source, Hash: originHash(item, metadata)}
	draft := question.Draft{Type: item.Type, Content: item.Content}
	report.Question, report.Before, report.Revision = id, q.Revision, q.Revision
	var events []event.Event
	switch {
	case !q.Exists():
		report.Status = batch.Created
		code := (*codes)[0]
		*codes = (*codes)[1:]
		events, err = q.Create(code, w.Actor.Scope.Org, draft, metadata, origin)
	case q.Origin != nil && q.Origin.Batch == origin.Batch && q.Origin.Hash != origin.Hash:
		report.Status, report.Question = batch.Refused, uuid.Nil
		report.Notes = append(report.Notes, batch.Note{Code: "duplicate_id",
			Message: fault.Say("another item of this file has the same id", "文件中另有相同编号的题目")})
		return nil, nil
	case q.Origin != nil && q.Origin.Batch == origin.Batch: // taken in before the import was interrupted, or stands twice in the file
		report.Status, report.Before = batch.Created, 0
		if q.Revision > 1 {
			report.Status, report.Before = batch.Unchanged, q.Revision
		}
		return nil, nil
	case q.Origin != nil && q.Origin.Hash == origin.Hash && q.State != workflow.Withdrawn:
		report.Status = batch.Unchanged
		return nil, nil
	default:
		report.Status = batch.Updated
		events, err = q.Revive(draft, metadata, origin)
	}
	if err != nil {
		return nil, c.refuse(report, err)
	}
	return events, nil
}

// refuse writes a refusal into the report; a defect goes on to the caller.
func (c ImportItems) refuse(report *batch.Item, err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	report.Status, report.Question = batch.Refused, uuid.Nil
	report.Notes = append(report.Notes, batch.Note{Code: f.Code, Message: f.Message})
	for _, p := range f.Problems {
		report.Notes = append(report.Notes, batch.Note{Code: p.Code, Message: p.Message, Column: p.Pointer})
	}
	return nil
}

// originHash identifies everything that the import makes of an item.
func originHash(item interchange.Item, m question.Metadata) content.Hash {
	return content.HashOf([]any{item.Type.String(), string(content.HashOf(item.Content)), string(m.Hash())})
}
