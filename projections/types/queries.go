package types

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/projections"
	"qbank/projections/read"
)

// Type is a registered version.
type Type struct {
	Ref          qtype.Ref
	Org          string // "" where it is built in
	BuiltIn      bool
	Category     string
	Title        map[string]string // by locale; en and zh-CN are always there
	Hash         content.Hash      // of the document
	RegisteredBy string
	RegisteredAt int64 // microseconds
}

// Filter says which types are wanted; what is set must hold.
type Filter struct {
	ID       string
	Category string
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

const columns = "t.id, t.version, t.org, t.built_in, t.category, t.title, t.hash, t.registered_by, t.registered_at"

var all = read.From[Type]{Columns: columns, Table: in + ".types t", Scan: func(row pgx.CollectableRow) (t Type, err error) {
	err = row.Scan(t.places()...)
	return t, err
}}

func (t *Type) places() []any {
	return []any{&t.Ref.ID, &t.Ref.Version, &t.Org, &t.BuiltIn, &t.Category, &t.Title, &t.Hash, &t.RegisteredBy, &t.RegisteredAt}
}

var byVersion = read.Order[Type]{
	Name: "version",
	Keys: []read.Key{{Column: "t.id", Kind: read.Text}, {Column: "t.major", Kind: read.Int}, {Column: "t.minor", Kind: read.Int}, {Column: "t.patch", Kind: read.Int}},
	Of: func(t Type) []any {
		number, _ := parts(t.Ref) // it was parsed when it was written
		return []any{t.Ref.ID, number[0], number[1], number[2]}
	},
}

// visible are the types that an organisation may see.
func visible(org string) *read.Where {
	where := read.Around("t.org", org)
	where.Or("t.built_in")
	return where
}

// List lists versions by id, the oldest version of each first.
func (r *Reader) List(ctx context.Context, org string, filter Filter, page read.Page) (read.Rows[Type], error) {
	where := visible(org)
	for _, f := range []struct{ pointer, column, value string }{{"/id", "t.id", filter.ID}, {"/category", "t.category", filter.Category}} {
		if f.value == "" {
			continue
		}
		if err := read.CheckText(f.pointer, f.value); err != nil {
			return read.Rows[Type]{}, err
		}
		where.And(f.column+" = ?", f.value)
	}
	return read.List(ctx, r.db, all, where, byVersion, page)
}

// Get reads one version with its document, or the fault "type.unknown".
func (r *Reader) Get(ctx context.Context, org string, ref qtype.Ref) (Type, json.RawMessage, error) {
	where := visible(org)
	where.And("t.id = ? and t.version = ?", ref.ID, ref.Version)
	found, err := read.One(ctx, r.db, withDocument, where, fault.Refuse(fault.NotFound, "type.unknown",
		fault.Say("the question type %.80s is not registered", "题型 %.80s 未注册", ref.String())))
	return found.Type, found.document, err
}

type documented struct {
	Type
	document []byte
}

var withDocument = read.From[documented]{Columns: columns + ", t.document", Table: all.Table, Scan: func(row pgx.CollectableRow) (d documented, err error) {
	err = row.Scan(append(d.places(), &d.document)...)
	return d, err
}}
