package imports

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/batch"
	"qbank/domain/event"
	"qbank/projections"
)

const (
	name    = "imports"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names everything that happens to an import.
func (*Projection) Events() []string {
	return event.Names(batch.Started{}, batch.Reported{}, batch.Finished{}, batch.Undone{})
}

// Apply folds a batch of events.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, events []projections.Event) error {
	var rows pgx.Batch
	var items items
	reported := map[uuid.UUID]*tally{}
	for _, e := range events {
		at := e.RecordedAt.UnixMicro()
		switch payload := e.Payload.(type) {
		case batch.Started:
			rows.Queue(`insert into batches values ($1, $2, $3, $4, $5, 0, 0, 0, 0, 0, $6, $7, 0, '', 0, '')`,
				e.Stream, payload.Org, payload.Format, payload.File, payload.Hash, e.Meta.Actor, at)
		case batch.Reported:
			if reported[e.Stream] == nil {
				reported[e.Stream] = &tally{of: map[batch.Status]int{}}
			}
			for _, item := range payload.Items {
				reported[e.Stream].count(item)
				if err := items.add(e.Stream, item); err != nil {
					return err
				}
			}
		case batch.Finished:
			rows.Queue(`update batches set finished_at = $2 where id = $1`, e.Stream, at)
		case batch.Undone:
			rows.Queue(`update batches set undone_by = $2, undone_at = $3, undo_reason = $4 where id = $1`, e.Stream, e.Meta.Actor, at, payload.Reason)
		}
	}
	for id, t := range reported {
		rows.Queue(`update batches set created = created + $2, updated = updated + $3, unchanged = unchanged + $4, refused = refused + $5, noted = noted + $6
			where id = $1`, id, t.of[batch.Created], t.of[batch.Updated], t.of[batch.Unchanged], t.of[batch.Refused], t.noted)
	}
	if err := tx.SendBatch(ctx, &rows).Close(); err != nil {
		return fmt.Errorf("write imports: %w", err)
	}
	return items.write(ctx, tx)
}

// tally counts what became of items.
type tally struct {
	of    map[batch.Status]int
	noted int
}

func (t *tally) count(item batch.Item) {
	t.of[item.Status]++
	if item.Status != batch.Refused && len(item.Notes) > 0 {
		t.noted++
	}
}

// items are rows by column.
type items struct {
	batches, questions               []uuid.UUID
	numbers, revisions               []int
	sources, titles, statuses, notes []string
}

func (i *items) add(id uuid.UUID, item batch.Item) error {
	notes := []byte("[]")
	if len(item.Notes) > 0 {
		var err error
		if notes, err = json.Marshal(item.Notes); err != nil {
			return fmt.Errorf("encode the notes on item %d of import %s: %w", item.Index, id, err)
		}
	}
	i.batches, i.questions = append(i.batches, id), append(i.questions, item.Question)
	i.numbers, i.revisions = append(i.numbers, item.Index), append(i.revisions, item.Revision)
	i.sources, i.titles = append(i.sources, item.Source), append(i.titles, item.Title)
	i.statuses, i.notes = append(i.statuses, string(item.Status)), append(i.notes, string(notes))
	return nil
}

func (i *items) write(ctx context.Context, tx pgx.Tx) error {
	if len(i.batches) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into items (batch, number, source, title, status, question, revision, notes)
		select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::int[], $8::json[])`,
		i.batches, i.numbers, i.sources, i.titles, i.statuses, i.questions, i.revisions, i.notes)
	if err != nil {
		return fmt.Errorf("write items of imports: %w", err)
	}
	return nil
}
