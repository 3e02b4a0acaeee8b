package staff

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/projections"
	"qbank/projections/read"
)

// Person is somebody with a role.
type Person struct {
	ID    uuid.UUID // opaque
	Since int64     // microseconds; of the first role ever
}

// Role is a role somebody has.
type Role struct {
	Person       uuid.UUID
	Org          string
	Role         string
	Environments []string
	GrantedBy    string // opaque
	GrantedAt    int64  // microseconds
}

// Key is an API key.
type Key struct {
	ID           uuid.UUID
	Prefix       string
	Org          string
	Title        string
	Roles        []string
	Environments []string
	Networks     []string
	CreatedBy    string // opaque
	CreatedAt    int64  // microseconds
	ExpiresAt    int64  // microseconds
	RevokedBy    string // opaque; "" where it holds
	RevokedAt    int64  // microseconds; 0 where it holds
	Reason       string // of the revocation
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var everybody = read.From[Person]{
	Columns: "p.person, p.since",
	Table:   in + ".people p",
	Scan: func(row pgx.CollectableRow) (p Person, err error) {
		err = row.Scan(&p.ID, &p.Since)
		return p, err
	},
}

var bySince = read.Order[Person]{
	Name: "since", Keys: []read.Key{{Column: "p.since", Kind: read.Int}, {Column: "p.person", Kind: read.ID}},
	Of: func(p Person) []any { return []any{p.Since, p.ID} },
}

// People lists those who have a role in an organisation or below, by when they got their first.
func (r *Reader) People(ctx context.Context, org string, page read.Page) (read.Rows[Person], error) {
	where := &read.Where{}
	where.And("exists (select from "+in+".roles r where r.person = p.person and (r.org = ? or (r.org > ? and r.org < ?)))", org, org+"/", org+"0")
	return read.List(ctx, r.db, everybody, where, bySince, page)
}

var allRoles = read.From[Role]{
	Columns: "r.person, r.org, r.role, r.environments, r.granted_by, r.granted_at",
	Table:   in + ".roles r",
	Scan: func(row pgx.CollectableRow) (g Role, err error) {
		err = row.Scan(&g.Person, &g.Org, &g.Role, &g.Environments, &g.GrantedBy, &g.GrantedAt)
		return g, err
	},
}

// Roles reads the roles of people in an organisation and below, by person.
func (r *Reader) Roles(ctx context.Context, org string, people []uuid.UUID) (map[uuid.UUID][]Role, error) {
	if err := read.CheckBatch(len(people)); err != nil {
		return nil, err
	}
	where := read.Within("r.org", org)
	where.And("r.person = any(?)", people)
	list, err := read.All(ctx, r.db, allRoles, where)
	if err != nil {
		return nil, err
	}
	found := make(map[uuid.UUID][]Role, len(people))
	for _, g := range list {
		found[g.Person] = append(found[g.Person], g)
	}
	return found, nil
}

// OtherAdmins reports whether somebody besides a person is an admin of an organisation, or of one above it, and the position of the read
// model that says so.
func (r *Reader) OtherAdmins(ctx context.Context, org string, besides uuid.UUID) (there bool, position int64, err error) {
	err = r.db.QueryRow(ctx, `select exists (select from `+in+`.roles where role = 'admin' and person <> $2 and (org = $1 or starts_with($1, org || '/'))),
		(select position from checkpoints where name = $3 and version = $4 and not shadow)`, org, besides, name, version).Scan(&there, &position)
	if err != nil {
		return false, 0, fmt.Errorf("read the admins of an organisation: %w", err)
	}
	return there, position, nil
}

var allKeys = read.From[Key]{
	Columns: "k.id, k.prefix, k.org, k.title, k.roles, k.environments, k.networks, k.created_by, k.created_at, k.expires_at, k.revoked_by, k.revoked_at, k.reason",
	Table:   in + ".keys k",
	Scan: func(row pgx.CollectableRow) (k Key, err error) {
		err = row.Scan(&k.ID, &k.Prefix, &k.Org, &k.Title, &k.Roles, &k.Environments, &k.Networks, &k.CreatedBy, &k.CreatedAt, &k.ExpiresAt,
			&k.RevokedBy, &k.RevokedAt, &k.Reason)
		return k, err
	},
}

var newestFirst = read.Order[Key]{
	Name: "created", Desc: true, Keys: []read.Key{{Column: "k.created_at", Kind: read.Int}, {Column: "k.id", Kind: read.ID}},
	Of: func(k Key) []any { return []any{k.CreatedAt, k.ID} },
}

// Keys lists the keys of an organisation and below, newest first, revoked ones included.
func (r *Reader) Keys(ctx context.Context, org string, page read.Page) (read.Rows[Key], error) {
	return read.List(ctx, r.db, allKeys, read.Within("k.org", org), newestFirst, page)
}

// Key reads a key by id. One that is not there, or not of the organisation or below, is missing from the answer.
func (r *Reader) Key(ctx context.Context, org string, id uuid.UUID) (Key, bool, error) {
	where := read.Within("k.org", org)
	where.And("k.id = ?", id)
	list, err := read.All(ctx, r.db, allKeys, where)
	if err != nil || len(list) == 0 {
		return Key{}, false, err
	}
	return list[0], true, nil
}
