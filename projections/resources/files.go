package resources

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/resource"
	"qbank/projections"
)

// files are those that a batch touches.
type files struct {
	byID    map[uuid.UUID]*File
	touched map[uuid.UUID]bool
}

func loadFiles(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) (*files, error) {
	f := &files{byID: map[uuid.UUID]*File{}, touched: map[uuid.UUID]bool{}}
	if len(ids) == 0 {
		return f, nil
	}
	rows, err := tx.Query(ctx, `select `+columns+` from files f where id = any($1)`, ids)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, scan)
	for i := range list {
		f.byID[list[i].ID] = &list[i]
	}
	return f, err
}

// fold applies an event of a file.
func (f *files) fold(e projections.Event) {
	at := e.RecordedAt.UnixMicro()
	file := f.byID[e.Stream]
	if u, ok := e.Payload.(resource.Uploaded); ok {
		var tags []string
		if file != nil {
			tags = file.Tags
		}
		file = &File{ID: e.Stream, Org: u.Org, Hash: u.Hash, State: resource.Kept, Title: u.Title, Media: u.Type, Size: u.Size, Width: u.Width,
			Height: u.Height, Duration: u.Duration, Tags: tags, Removed: u.Removed, UploadedBy: e.Meta.Actor, UploadedAt: at}
		f.byID[e.Stream] = file
	}
	if file == nil { // its upload was skipped
		return
	}
	switch p := e.Payload.(type) {
	case resource.Renamed:
		file.Title = p.Title
	case resource.Tagged:
		file.Tags = p.Tags
	case resource.Collected:
		file.State, file.MarkedAt = resource.Marked, at
	case resource.Restored:
		file.State, file.MarkedAt = resource.Kept, 0
	case resource.Removed:
		file.State = resource.Gone
	}
	file.Revision, file.UpdatedAt = e.Version, at
	f.touched[e.Stream] = true
}

// write stores the files one by one in one round trip: they are few.
func (f *files) write(ctx context.Context, tx pgx.Tx) error {
	if len(f.touched) == 0 {
		return nil
	}
	var rows pgx.Batch
	for id := range f.touched {
		file := f.byID[id]
		rows.Queue(`insert into files (id, org, hash, state, title, media, size, width, height, duration, tags, removed, revision, uploaded_by,
				uploaded_at, updated_at, marked_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, coalesce($11, '{}'::text[]), coalesce($12, '{}'::text[]), $13, $14, $15, $16, $17)
			on conflict (id) do update set state = excluded.state, title = excluded.title, tags = excluded.tags, removed = excluded.removed,
				revision = excluded.revision, uploaded_by = excluded.uploaded_by, uploaded_at = excluded.uploaded_at,
				updated_at = excluded.updated_at, marked_at = excluded.marked_at`,
			id, file.Org, string(file.Hash), string(file.State), file.Title, file.Media, file.Size, file.Width, file.Height, file.Duration, file.Tags,
			file.Removed, file.Revision, file.UploadedBy, file.UploadedAt, file.UpdatedAt, file.MarkedAt)
	}
	return tx.SendBatch(ctx, &rows).Close()
}
