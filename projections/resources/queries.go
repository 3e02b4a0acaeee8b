package resources

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/resource"
	"qbank/projections"
	"qbank/projections/read"
)

// File is a resource of an organisation.
type File struct {
	ID         uuid.UUID
	Org        string
	Hash       content.Hash
	State      resource.State
	Title      string
	Media      string // media type
	Size       int64  // bytes
	Width      int    // pixels; 0 where there are none
	Height     int
	Duration   int64 // milliseconds; 0 where it is not known
	Tags       []string
	Removed    []string // what cleaning took out
	Revision   int
	UploadedBy string
	UploadedAt int64 // microseconds
	UpdatedAt  int64 // microseconds
	MarkedAt   int64 // microseconds; 0 where it is not marked
}

// Use is a version of a question or a lesson that names a file.
type Use struct {
	Source  uuid.UUID
	Kind    string // question, lesson
	Org     string
	Version int // 0 is the draft
	Places  int // how often
	Since   int64
}

// Filter says which files are wanted; what is set must hold.
type Filter struct {
	Title  string // a part of it, in any case
	Media  string // the media type, or its first part: "image"
	Tag    string
	Unused *bool // nothing names it, or something does
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

const columns = `f.id, f.org, f.hash, f.state, f.title, f.media, f.size, f.width, f.height, f.duration, f.tags, f.removed, f.revision,
	f.uploaded_by, f.uploaded_at, f.updated_at, f.marked_at`

func scan(row pgx.CollectableRow) (f File, err error) {
	err = row.Scan(places(&f)...)
	return f, err
}

// places are where the columns go.
func places(f *File) []any {
	return []any{&f.ID, &f.Org, &f.Hash, &f.State, &f.Title, &f.Media, &f.Size, &f.Width, &f.Height, &f.Duration, &f.Tags, &f.Removed, &f.Revision,
		&f.UploadedBy, &f.UploadedAt, &f.UpdatedAt, &f.MarkedAt}
}

var (
	all    = read.From[File]{Columns: columns, Table: in + ".files f", Scan: scan}
	newest = read.Order[File]{
		Name: "uploaded", Desc: true, Keys: []read.Key{{Column: "f.uploaded_at", Kind: read.Int}, {Column: "f.id", Kind: read.ID}},
		Of: func(f File) []any { return []any{f.UploadedAt, f.ID} },
	}
	// used is the condition that something that may name a file does.
	used = `exists (select from ` + in + `.uses u join ` + in + `.sources s on s.id = u.source where u.hash = f.hash and ` + ofFile + ` and u.until = 0)`
)

// ofFile is the condition that a source may name a file: it is of the same organisation, one above or one below.
const ofFile = `(s.org = f.org or starts_with(s.org, f.org || '/') or starts_with(f.org, s.org || '/'))`

// List lists the files that content of an organisation may name, those shared from above included, the newest first.
func (r *Reader) List(ctx context.Context, org string, filter Filter, page read.Page) (read.Rows[File], error) {
	where, err := filter.where(org)
	if err != nil {
		return read.Rows[File]{}, err
	}
	return read.List(ctx, r.db, all, where, newest, page)
}

// Count counts what List lists, up to a bound; bound + 1 means more.
func (r *Reader) Count(ctx context.Context, org string, filter Filter, bound int) (int, error) {
	where, err := filter.where(org)
	if err != nil {
		return 0, err
	}
	return read.Count(ctx, r.db, all.Table, where, bound)
}

func (f Filter) where(org string) (*read.Where, error) {
	where := read.Around("f.org", org)
	where.And("f.state = 'kept'")
	for pointer, text := range map[string]string{"/title": f.Title, "/type": f.Media, "/tag": f.Tag} {
		if err := read.CheckText(pointer, text); err != nil {
			return nil, err
		}
	}
	if f.Title != "" {
		where.And("strpos(lower(f.title), lower(?)) > 0", f.Title)
	}
	if f.Media != "" {
		where.And("f.media = ? or starts_with(f.media, ? || '/')", f.Media, f.Media)
	}
	if f.Tag != "" {
		where.And("? = any(f.tags)", f.Tag)
	}
	if f.Unused != nil {
		where.And("("+used+") <> ?", *f.Unused)
	}
	return where, nil
}

// Get reads files by id. Those that are not there, or not of the organisation or around it, are missing from the answer.
func (r *Reader) Get(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]File, error) {
	return read.ByID(ctx, r.db, all, read.Around("f.org", org), "f.id", ids, func(f File) uuid.UUID { return f.ID })
}

// Holders lists who has a file, marked ones included, whatever the organisation.
func (r *Reader) Holders(ctx context.Context, hashes []content.Hash) ([]File, error) {
	if err := read.CheckBatch(len(hashes)); err != nil {
		return nil, err
	}
	var where read.Where
	where.And("f.hash = any(?) and f.state <> 'gone'", hashes)
	return read.All(ctx, r.db, all, &where)
}

// Visible finds the file of a hash that an organisation may see: its own, or one of those above it or below it; or the fault
// "blob.not_found". A marked one is served until it is gone.
func (r *Reader) Visible(ctx context.Context, org string, hash content.Hash) (File, error) {
	where := read.Around("f.org", org)
	where.And("f.hash = ? and f.state <> 'gone'", string(hash))
	list, err := read.List(ctx, r.db, all, where, newest, read.Page{First: 1})
	if err != nil {
		return File{}, err
	}
	if len(list.Rows) == 0 {
		return File{}, fault.Refuse(fault.NotFound, "blob.not_found", fault.Say("there is nothing under this hash", "没有该哈希对应的内容"))
	}
	return list.Rows[0], nil
}

var namings = read.From[Use]{
	Columns: "u.source, s.kind, s.org, u.version, u.places, u.since",
	Table:   in + ".uses u join " + in + ".sources s on s.id = u.source",
	Scan: func(row pgx.CollectableRow) (u Use, err error) {
		err = row.Scan(&u.Source, &u.Kind, &u.Org, &u.Version, &u.Places, &u.Since)
		return u, err
	},
}

var bySource = read.Order[Use]{
	Name: "source", Keys: []read.Key{{Column: "u.source", Kind: read.ID}, {Column: "u.version", Kind: read.Int}},
	Of: func(u Use) []any { return []any{u.Source, u.Version} },
}

// Uses lists where a file is named by content of an organisation and below, drafts before versions.
func (r *Reader) Uses(ctx context.Context, org string, hash content.Hash, page read.Page) (read.Rows[Use], error) {
	where := read.Within("s.org", org)
	where.And("u.hash = ? and u.until = 0", string(hash))
	return read.List(ctx, r.db, namings, where, bySource, page)
}

// NamedBy finds who names a file and may: a published version of a lesson around the organisation, or else the questions, at most as many
// as a batch holds. The file itself may be kept by an organisation that the other one sees nothing of.
func (r *Reader) NamedBy(ctx context.Context, org string, hash content.Hash) (file File, lesson bool, questions []uuid.UUID, err error) {
	around := read.Around("s.org", org)
	is := around.Arg(string(hash))
	rows, err := r.db.Query(ctx, `select `+columns+`, s.id, s.kind = 'lesson' from `+in+`.files f join `+in+`.uses u on u.hash = f.hash
		join `+in+`.sources s on s.id = u.source
		where f.hash = `+is+` and f.state <> 'gone' and u.version > 0 and `+ofFile+` and (s.kind = 'question' or (`+around.String()+`))
		order by s.kind limit `+around.Arg(read.MaxBatch), around.Args()...)
	if err != nil {
		return file, false, nil, fmt.Errorf("read who names a file: %w", err)
	}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (none struct{}, err error) {
		var source uuid.UUID
		var isLesson bool
		err = row.Scan(append(places(&file), &source, &isLesson)...)
		if lesson = lesson || isLesson; !isLesson {
			questions = append(questions, source)
		}
		return none, err
	})
	return file, lesson, questions, err
}

// UnusedSince tells since when nothing names each of some files, microseconds; those that something names are missing.
func (r *Reader) UnusedSince(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]int64, error) {
	if err := read.CheckBatch(len(ids)); err != nil {
		return nil, err
	}
	return read.Map[uuid.UUID, int64](ctx, r.db, "since when files are unused", `select f.id, greatest(f.uploaded_at, (select coalesce(max(u.until), 0) from `+in+`.uses u join `+in+`.sources s on s.id = u.source
		where u.hash = f.hash and `+ofFile+`)) from `+in+`.files f where f.id = any($1) and not `+used, ids)
}

// Idle lists files that nothing has named since before an instant (microseconds), whatever the organisation.
func (r *Reader) Idle(ctx context.Context, before int64, limit int) ([]File, error) {
	return r.some(ctx, `f.state = 'kept' and f.uploaded_at < $1 and not exists (select from `+in+`.uses u join `+in+`.sources s on s.id = u.source
		where u.hash = f.hash and `+ofFile+` and (u.until = 0 or u.until >= $1))`, before, limit)
}

// Marked lists files that were marked before an instant (microseconds), whatever the organisation.
func (r *Reader) Marked(ctx context.Context, before int64, limit int) ([]File, error) {
	return r.some(ctx, `f.state = 'marked' and f.marked_at < $1`, before, limit)
}

func (r *Reader) some(ctx context.Context, condition string, before int64, limit int) ([]File, error) {
	rows, err := r.db.Query(ctx, `select `+columns+` from `+in+`.files f where `+condition+` order by f.uploaded_at, f.id limit $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("look for files to let go: %w", err)
	}
	return pgx.CollectRows(rows, scan)
}

// Total is what an organisation itself keeps.
func (r *Reader) Total(ctx context.Context, org string) (files int, bytes int64, err error) {
	err = r.db.QueryRow(ctx, `select count(*), coalesce(sum(size), 0)::bigint from `+in+`.files where org = $1 and state <> 'gone'`, org).Scan(&files, &bytes)
	if err != nil {
		return 0, 0, fmt.Errorf("add up the files of an organisation: %w", err)
	}
	return files, bytes, nil
}
