package gradebook

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/attempt"
	"qbank/domain/lesson"
)

// reform changes what an attempt was asked: places got another version, or could not be answered and count for nothing.
type reform struct {
	attempt   uuid.UUID
	repinned  []attempt.Item
	withdrawn []lesson.Slot
}

// of is the places after it.
func (r reform) of(places []Place) []Place {
	places = slices.DeleteFunc(slices.Clone(places), func(p Place) bool { return slices.Contains(r.withdrawn, p.Slot) })
	for _, item := range r.repinned {
		for i := range places {
			if places[i].Slot == item.Slot {
				places[i].Version = item.Version
			}
		}
	}
	return places
}

// saveReformed gives attempts other forms. Few attempts ever get one, so theirs are read.
func (f *fold) saveReformed(ctx context.Context, tx pgx.Tx) error {
	if len(f.reformed) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(f.reformed))
	for i, r := range f.reformed {
		ids[i] = r.attempt
	}
	rows, err := tx.Query(ctx, `select a.attempt, f.places from attempts a join forms f using (form) where a.attempt = any($1)`, ids)
	if err != nil {
		return err
	}
	asked := map[uuid.UUID][]Place{}
	var id uuid.UUID
	var places json.RawMessage
	if _, err := pgx.ForEachRow(rows, []any{&id, &places}, func() error {
		var list []Place
		err := json.Unmarshal(places, &list)
		asked[id] = list
		return err
	}); err != nil {
		return err
	}
	clear(f.forms)
	forms := map[uuid.UUID]uuid.UUID{}
	for _, r := range f.reformed {
		places, known := asked[r.attempt]
		if !known {
			continue // its start was skipped by hand: there is nothing to change
		}
		asked[r.attempt] = r.of(places)
		if forms[r.attempt], err = f.formOf(asked[r.attempt]); err != nil {
			return err
		}
	}
	var update pgx.Batch
	for id, places := range asked {
		most := int64(0)
		for _, p := range places {
			most += int64(p.Max)
		}
		update.Queue(`update attempts set form = $2, items = $3, max = $4 where attempt = $1`, id, forms[id], len(places), most)
	}
	if err := f.saveForms(ctx, tx); err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, &update).Close(); err != nil {
		return fmt.Errorf("write attempts: %w", err)
	}
	return nil
}
