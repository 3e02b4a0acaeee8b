package resources

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/content"
	"qbank/domain/resource"
)

// place is a version of a source, 0 being its draft, in which a hash stands.
type place struct {
	hash    content.Hash
	source  uuid.UUID
	version int
}

// stay is how long it stands there, and how often.
type stay struct {
	places       int
	since, until int64
}

// uses are those that a batch touches.
type uses struct {
	known   map[uuid.UUID]bool // sources that there are
	sources [][3]string        // new ones: id, kind, org
	drafts  map[uuid.UUID]map[content.Hash]bool
	stays   map[place]*stay
	touched map[place]bool
}

func loadUses(ctx context.Context, tx pgx.Tx, sources []uuid.UUID) (*uses, error) {
	u := &uses{known: map[uuid.UUID]bool{}, drafts: map[uuid.UUID]map[content.Hash]bool{}, stays: map[place]*stay{}, touched: map[place]bool{}}
	if len(sources) == 0 {
		return u, nil
	}
	rows, err := tx.Query(ctx, `select s.id, coalesce(u.hash, ''), coalesce(u.places, 0), coalesce(u.since, 0), coalesce(u.until, 0)
		from sources s left join uses u on u.source = s.id and u.version = 0 where s.id = any($1)`, sources)
	if err != nil {
		return nil, err
	}
	var id uuid.UUID
	var hash string
	var s stay
	_, err = pgx.ForEachRow(rows, []any{&id, &hash, &s.places, &s.since, &s.until}, func() error {
		u.known[id] = true
		if hash != "" {
			found := s
			u.remember(place{content.Hash(hash), id, 0}, &found)
		}
		return nil
	})
	return u, err
}

func (u *uses) remember(p place, s *stay) {
	u.stays[p] = s
	if p.version == 0 {
		if u.drafts[p.source] == nil {
			u.drafts[p.source] = map[content.Hash]bool{}
		}
		u.drafts[p.source][p.hash] = true
	}
}

// born notes a new source.
func (u *uses) born(id uuid.UUID, kind, org string) {
	u.known[id] = true
	u.sources = append(u.sources, [3]string{id.String(), kind, org})
}

// says takes over a whole document: what it does not name any more stands there no longer.
func (u *uses) says(source uuid.UUID, version int, document []byte, at int64) error {
	if !u.known[source] { // its creation was skipped
		return nil
	}
	named := map[content.Hash]int{}
	if resource.Mentions(document) {
		var doc any
		if err := json.Unmarshal(document, &doc); err != nil {
			return err
		}
		named = resource.Named(doc)
	}
	if version == 0 {
		for hash := range u.drafts[source] {
			if named[hash] == 0 {
				u.set(place{hash, source, 0}, 0, at)
			}
		}
	}
	for hash, count := range named {
		u.set(place{hash, source, version}, count, at)
	}
	return nil
}

// edited takes over what an edit puts in and takes out. A move names neighbours and changes nothing.
func (u *uses) edited(source uuid.UUID, changes []content.Change, at int64) {
	if !u.known[source] {
		return
	}
	delta := map[content.Hash]int{}
	for _, change := range changes {
		if change.Op != "move" {
			resource.Count(delta, change.Before, -1)
			resource.Count(delta, change.After, 1)
		}
	}
	for hash, n := range delta {
		p := place{hash, source, 0}
		before := 0
		if s := u.stays[p]; s != nil {
			before = s.places
		}
		if n != 0 {
			u.set(p, max(before+n, 0), at)
		}
	}
}

func (u *uses) set(p place, count int, at int64) {
	s := u.stays[p]
	if s == nil {
		if count == 0 {
			return
		}
		s = &stay{since: at}
		u.remember(p, s)
	}
	switch {
	case s.places == count:
		return
	case s.places == 0:
		s.since, s.until = at, 0
	case count == 0:
		s.until = at
	}
	s.places = count
	u.touched[p] = true
}

func (u *uses) write(ctx context.Context, tx pgx.Tx) error {
	if len(u.sources) > 0 {
		ids, kinds, orgs := make([]string, len(u.sources)), make([]string, len(u.sources)), make([]string, len(u.sources))
		for i, s := range u.sources {
			ids[i], kinds[i], orgs[i] = s[0], s[1], s[2]
		}
		if _, err := tx.Exec(ctx, `insert into sources select * from unnest($1::uuid[], $2::text[], $3::text[])`, ids, kinds, orgs); err != nil {
			return err
		}
	}
	if len(u.touched) == 0 {
		return nil
	}
	var hashes []string
	var sources []uuid.UUID
	var versions, places []int
	var since, until []int64
	for p := range u.touched {
		s := u.stays[p]
		hashes, sources, versions = append(hashes, string(p.hash)), append(sources, p.source), append(versions, p.version)
		places, since, until = append(places, s.places), append(since, s.since), append(until, s.until)
	}
	_, err := tx.Exec(ctx, `insert into uses (hash, source, version, places, since, until)
		select * from unnest($1::text[], $2::uuid[], $3::int[], $4::int[], $5::bigint[], $6::bigint[])
		on conflict (hash, source, version) do update set places = excluded.places, since = excluded.since, until = excluded.until`,
		hashes, sources, versions, places, since, until)
	return err
}
