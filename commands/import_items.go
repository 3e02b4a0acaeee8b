package commands

import (
	"context"
	"fmt"
	"strings"

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
// source, so the same item always meets the same question: unchanged it changes nothing, edited it becomes a new draft. Of several
// items of one file with the same id the first one counts that can be taken.
type ImportItems struct {
	Batch  uuid.UUID
	Items  []interchange.Item
	DryRun bool         // only say what would become of the items
	Report []batch.Item // filled by Do, one for each item; make it as long as Items

	met encounters // of the items before these
}

// encounters are the questions that items of a file became, by the first of them.
type encounters map[question.ID]encounter

type encounter struct {
	item int // index in the file
	hash content.Hash
}

// The bounds of a chunk.
const (
	MaxImportItems = 1000
	maxSource      = 300 // bytes of an item's id
	maxNotes       = 20  // kept of an item; one more says how many there were
)

// Needs the right to write questions.
func (ImportItems) Needs() access.Permission { return access.WriteQuestions }

// Do takes the items in: all that are new in one append, after one look at what is there.
func (c ImportItems) Do(ctx context.Context, w *Work) error {
	if len(c.Items) > MaxImportItems {
		return fault.Refuse(fault.Limit, "import.chunk", fault.Say("at most %d items at once", "一次最多 %d 项", MaxImportItems))
	}
	if c.met == nil {
		c.met = encounters{}
	}
	todo := make([]int, 0, len(c.Items))
	for i, item := range c.Items {
		c.Report[i] = batch.Item{Index: item.Index, Source: item.Source, Title: item.Title, Notes: fewer(item.Notes), Status: batch.Refused}
		switch {
		case item.Refused:
		case len(item.Source) > maxSource:
			c.Report[i].Source = strings.ToValidUTF8(item.Source[:maxSource], "") + "…"
			note(&c.Report[i], "import.source", fault.Say("an item's id has at most %d bytes", "题目编号最多 %d 字节", maxSource))
		default:
			todo = append(todo, i)
		}
	}
	for lost := 0; len(todo) > 0; {
		again, raced, err := c.round(ctx, w, todo)
		if err != nil {
			return err
		}
		if raced {
			lost++
		}
		if lost == races {
			return fault.Refuse(fault.Unavailable, "busy", fault.Say("too many write to this at once; try again", "并发修改过多，请重试"))
		}
		todo = again
	}
	if c.DryRun {
		return nil
	}
	return w.batch(ctx, c.Batch, false, func(b batch.Batch) ([]event.Event, error) { return b.Report(c.Report) })
}

// attempted is an append and the item that it is for.
type attempted struct {
	eventstore.Append
	item int
	hash content.Hash
}

// round tries the items once and returns those that lost a race, or that have to wait for what becomes of another item of the same id.
func (c ImportItems) round(ctx context.Context, w *Work, todo []int) (again []int, raced bool, err error) {
	ids := make([]uuid.UUID, len(todo))
	for k, i := range todo {
		ids[k] = question.ImportedID(w.Actor.Scope.Org, c.Items[i].Source)
	}
	streams, err := w.Log.ReadStreams(ctx, ids)
	if err != nil {
		return nil, false, fmt.Errorf("read questions: %w", err)
	}
	codes, err := c.codes(ctx, w, ids, streams)
	if err != nil {
		return nil, false, err
	}
	var appends []attempted
	waiting := map[uuid.UUID]bool{} // for the outcome of an append
	for k, i := range todo {
		if waiting[ids[k]] {
			again = append(again, i)
			continue
		}
		events, hash, revision, err := c.decide(w, i, ids[k], streams[ids[k]], &codes)
		if err != nil {
			return nil, false, err
		}
		if len(events) == 0 || c.DryRun {
			c.meet(ids[k], i, hash)
			continue
		}
		a, err := w.encode(ids[k], revision, events)
		if err != nil {
			return nil, false, err
		}
		waiting[ids[k]] = true
		appends = append(appends, attempted{a, i, hash})
	}
	if len(appends) == 0 {
		return again, false, nil
	}
	lost, err := c.append(ctx, w, appends)
	return append(lost, again...), len(lost) > 0, err
}

// append stores what was decided and returns the items that lost a race.
func (c ImportItems) append(ctx context.Context, w *Work, appends []attempted) (lost []int, err error) {
	stored := make([]eventstore.Append, len(appends))
	for k, a := range appends {
		stored[k] = a.Append
	}
	outcomes, err := w.Log.Append(ctx, stored...)
	if err != nil {
		return nil, fmt.Errorf("append questions: %w", err)
	}
	for k, outcome := range outcomes {
		a := appends[k]
		report := &c.Report[a.item]
		switch {
		case outcome.Status == eventstore.Conflicted:
			lost = append(lost, a.item)
		case outcome.Err != nil:
			if err := refuse(report, outcome.Err); err != nil {
				return nil, err
			}
		default:
			report.Revision = outcome.Version
			w.Done.Position = max(w.Done.Position, outcome.Position)
			c.meet(a.Stream, a.item, a.hash)
		}
	}
	return lost, nil
}

// meet remembers an item that was not refused.
func (c ImportItems) meet(id question.ID, i int, hash content.Hash) {
	if _, before := c.met[id]; !before && c.Report[i].Status != batch.Refused {
		c.met[id] = encounter{c.Items[i].Index, hash}
	}
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

// decide says what becomes of an item, in its report and as events for the question's revision.
func (c ImportItems) decide(w *Work, i int, id question.ID, recorded []eventstore.Recorded, codes *[]question.Code) (
	events []event.Event, hash content.Hash, revision int, err error) {
	item, report := c.Items[i], &c.Report[i]
	metadata, err := item.Metadata.Tidy()
	if err != nil {
		return nil, "", 0, refuse(report, err)
	}
	history, err := replay(w.Codec, recorded)
	if err != nil {
		return nil, "", 0, err
	}
	q := history.now
	origin := &question.Origin{Batch: c.Batch.String(), Source: item.Source, Hash: originHash(item, metadata)}
	draft := question.Draft{Type: item.Type, Content: item.Content}
	report.Question, report.Before, report.Revision = id, q.Revision, q.Revision
	first, met := c.met[id]
	switch before, after, found := history.of(c.Batch); {
	case met && first.hash != origin.Hash:
		report.Question, report.Before, report.Revision = uuid.Nil, 0, 0
		note(report, "duplicate_id", fault.Say("item %d of this file has the same id and says something else", "文件中第 %d 题编号相同但内容不同", first.item+1))
	case met:
		report.Status = batch.Unchanged
		note(report, "duplicate", fault.Say("item %d of this file is the same", "与文件中第 %d 题相同", first.item+1))
	case found: // taken in before the import was interrupted, but not reported
		report.Status, report.Before, report.Revision = batch.Updated, before, after
		if before == 0 {
			report.Status = batch.Created
		}
	case !q.Exists():
		report.Status = batch.Created
		code := (*codes)[0]
		*codes = (*codes)[1:]
		events, err = q.Create(code, w.Actor.Scope.Org, draft, metadata, origin)
	case q.Origin != nil && q.Origin.Hash == origin.Hash && q.State == workflow.Retired:
		report.Status = batch.Unchanged
		note(report, "retired", fault.Say("the question is retired and stays so", "题目已停用，保持不变"))
	case q.Origin != nil && q.Origin.Hash == origin.Hash && q.State != workflow.Withdrawn:
		report.Status = batch.Unchanged
	default:
		report.Status = batch.Updated
		events, err = q.Revive(draft, metadata, origin)
		if err == nil && len(events) == 0 { // people made the same of it
			report.Status = batch.Unchanged
		}
	}
	if err != nil {
		return nil, "", 0, refuse(report, err)
	}
	return events, origin.Hash, q.Revision, nil
}

// history is a question with the places where imports changed it.
type history struct {
	now     question.Question
	origins []string // the batch of each event; "" where it was no import's
}

func replay(codec *event.Codec, recorded []eventstore.Recorded) (h history, err error) {
	for _, r := range recorded {
		e, err := codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			return h, fmt.Errorf("stream %s version %d: %w", r.Stream, r.Version, err)
		}
		var origin *question.Origin
		switch e := e.(type) {
		case question.Created:
			origin = e.Origin
		case question.Edited:
			origin = e.Origin
		case question.Described:
			origin = e.Origin
		}
		h.now = h.now.Apply(e)
		h.origins = append(h.origins, "")
		if origin != nil {
			h.origins[len(h.origins)-1] = origin.Batch
		}
	}
	return h, nil
}

// of finds what a batch did: the revisions before it and after it.
func (h history) of(id uuid.UUID) (before, after int, found bool) {
	for i, batch := range h.origins {
		switch {
		case batch == id.String() && !found:
			before, after, found = i, i+1, true
		case batch == id.String() && after == i:
			after = i + 1
		}
	}
	return before, after, found
}

// refuse writes a refusal into the report; a defect goes on to the caller.
func refuse(report *batch.Item, err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	report.Status, report.Question, report.Before, report.Revision = batch.Refused, uuid.Nil, 0, 0
	note(report, f.Code, f.Message)
	for _, p := range f.Problems {
		report.Notes = append(report.Notes, batch.Note{Code: p.Code, Message: p.Message, Column: p.Pointer})
	}
	return nil
}

func note(report *batch.Item, code string, message fault.Text) {
	report.Notes = append(report.Notes, batch.Note{Code: code, Message: message})
}

// fewer keeps a report within bounds.
func fewer(notes []batch.Note) []batch.Note {
	if len(notes) <= maxNotes {
		return notes
	}
	more := batch.Note{Code: "more", Message: fault.Say("and %d more", "另有 %d 条", len(notes)-maxNotes)}
	return append(notes[:maxNotes:maxNotes], more)
}

// originHash identifies everything that the import makes of an item, but for the version of its type: the same file says the same when a type has
// a newer one. It is written as in the days when each type had one.
func originHash(item interchange.Item, m question.Metadata) content.Hash {
	return content.HashOf([]any{item.Type.ID + "@1.0.0", string(content.HashOf(item.Content)), string(m.Hash())})
}
