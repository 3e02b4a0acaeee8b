package auditlog

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/projections"
	"qbank/projections/read"
)

// Kind is how something stands in the list.
type Kind string

// The kinds.
const (
	Done Kind = "done" // decided, in the log
	Read Kind = "read" // only read, in the trail
)

// Entry is something that somebody did or read.
type Entry struct {
	Kind        Kind
	ID          uuid.UUID
	At          int64 // microseconds
	Org         string
	Environment string
	Actor       string // opaque
	ActingFor   string // "": nobody
	SignIn      string // "session:…", "pseudo:…"; "": a token, or an API key, which is the actor
	Address     string // of what was read: where the request came from
	Correlation string
	Action      string   // the event's type, or what was read
	Objects     []string // the stream, or the first 200 of what was read
	Count       int      // of all objects
	Person      string   // opaque id of whom it is about; "": nobody
	Detail      string   // how it was read; of an erasure why, and how many rows of what
}

// Filter says which entries are wanted; what is set must hold.
type Filter struct {
	Kind        Kind
	Actor       string
	ActingFor   string
	Acting      bool   // only what somebody did for somebody else
	Action      string // or, ending in ".", all that begin so
	Object      string
	Person      string
	Environment string
	From, Until int64 // microseconds: from then on, before that
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

const (
	done = `select 'done' as kind, id, at, org, environment, actor, acting_for, sign_in, '' as address, correlation, action, array[object] as objects, 1 as count,
		person, detail from `
	seen = `select 'read', id, at, org, environment, actor, acting_for, sign_in, address, correlation, action, objects, count, '', detail from audit`
)

// entries is both lists as one. What of them an object leaves stands in each, where an index finds it.
func entries(w *read.Where, f Filter) read.From[Entry] {
	left, right := done+in+".deeds", seen
	if f.Object != "" {
		object := w.Arg(f.Object)
		left, right = left+" where object = "+object, right+" where objects @> array["+object+"::text]"
	}
	table := "(" + left + " union all " + right + ") e"
	switch f.Kind {
	case Done:
		table = "(" + left + ") e"
	case Read:
		table = "(select * from (" + right + ") e (kind, id, at, org, environment, actor, acting_for, sign_in, address, correlation, action, objects, count, person, detail)) e"
	}
	return read.From[Entry]{
		Columns: `e.kind, e.id, e.at, e.org, e.environment, e.actor, e.acting_for, e.sign_in, e.address, e.correlation, e.action, e.objects, e.count, e.person, e.detail`,
		Table:   table,
		Scan: func(row pgx.CollectableRow) (e Entry, err error) {
			err = row.Scan(&e.Kind, &e.ID, &e.At, &e.Org, &e.Environment, &e.Actor, &e.ActingFor, &e.SignIn, &e.Address, &e.Correlation, &e.Action, &e.Objects,
				&e.Count, &e.Person, &e.Detail)
			return e, err
		},
	}
}

var newestFirst = read.Order[Entry]{
	Name: "audit", Desc: true, Keys: []read.Key{{Column: "e.at", Kind: read.Int}, {Column: "e.id", Kind: read.ID}},
	Of: func(e Entry) []any { return []any{e.At, e.ID} },
}

// List lists what was done and read in an organisation and below, the latest first.
func (r *Reader) List(ctx context.Context, org string, f Filter, page read.Page) (read.Rows[Entry], error) {
	where := read.Within("e.org", org)
	for _, given := range [][3]string{{"/actor", "e.actor", f.Actor}, {"/actingFor", "e.acting_for", f.ActingFor}, {"/person", "e.person", f.Person},
		{"/environment", "e.environment", f.Environment}, {"/object", "", f.Object}, {"/action", "", f.Action}} {
		pointer, column, value := given[0], given[1], given[2]
		if err := read.CheckText(pointer, value); err != nil {
			return read.Rows[Entry]{}, err
		}
		if column != "" && value != "" {
			where.And(column+" = ?", value)
		}
	}
	if f.Acting {
		where.And("e.acting_for <> ''")
	}
	switch {
	case f.Action == "":
	case f.Action[len(f.Action)-1] == '.':
		where.And("starts_with(e.action, ?)", f.Action)
	default:
		where.And("e.action = ?", f.Action)
	}
	if f.From != 0 {
		where.And("e.at >= ?", f.From)
	}
	if f.Until != 0 {
		where.And("e.at < ?", f.Until)
	}
	from := entries(where, f)
	return read.List(ctx, r.db, from, where, newestFirst, page)
}
