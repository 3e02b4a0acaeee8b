package configs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/hotconfig"
	"qbank/projections"
	"qbank/projections/read"
)

// Key is a configuration key as it stands in one environment.
type Key struct {
	ID        uuid.UUID
	Org       string
	Key       hotconfig.Key
	Spec      hotconfig.Spec
	Ruleset   hotconfig.Ruleset
	Retired   bool
	Revision  int
	UpdatedBy string
	UpdatedAt int64 // microseconds
}

// Step is one change of a key.
type Step struct {
	Position    int64
	Environment string // "": in all
	Kind        string // the event's type behind the dot: "rules_set"
	Revision    int    // afterwards
	Seen        int    // that it rested on
	By          string // opaque id
	At          int64  // microseconds
	Reason      string
	Said        json.RawMessage // the spec or the rules from then on; nil: neither
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

// lineage is an organisation and those above it.
func lineage(org string) []string {
	line := []string{org}
	for {
		i := strings.LastIndexByte(org, '/')
		if i < 0 {
			return line
		}
		org = org[:i]
		line = append(line, org)
	}
}

// Snapshot reads all that holds for the students of a scope. Where nothing has changed since known, which may be nil, it is known again.
func (r *Reader) Snapshot(ctx context.Context, scope access.Scope, known *hotconfig.Snapshot) (*hotconfig.Snapshot, error) {
	line := lineage(scope.Org)
	var newest int64
	if err := r.db.QueryRow(ctx, "select coalesce(max(position), 0) from "+in+".keys where org = any($1)", line).Scan(&newest); err != nil {
		return nil, fmt.Errorf("look for changed configurations: %w", err)
	}
	if known != nil && known.Position == newest {
		return known, nil
	}
	rows, err := r.db.Query(ctx, `select k.org, k.key, k.spec, coalesce(s.rules, '[]'), coalesce(s.killed, false), k.position from `+in+`.keys k left join `+in+`.rulesets s
		on s.id = k.id and s.environment = $2 where k.org = any($1) and not k.retired order by k.org, k.key`, line, scope.Environment)
	if err != nil {
		return nil, fmt.Errorf("read configurations: %w", err)
	}
	var flags []*hotconfig.Flag
	var k Key
	var spec, rules []byte
	var position int64
	_, err = pgx.ForEachRow(rows, []any{&k.Org, &k.Key, &spec, &rules, &k.Ruleset.Killed, &position}, func() error {
		newest = max(newest, position)
		if err := k.read(spec, rules); err != nil {
			return err
		}
		flag, err := hotconfig.Compile(k.Org, k.Key, k.Spec, k.Ruleset)
		flags = append(flags, flag)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read configurations: %w", err)
	}
	return hotconfig.NewSnapshot(newest, flags), nil
}

func (k *Key) read(spec, rules []byte) error {
	k.Spec, k.Ruleset.Rules = hotconfig.Spec{}, nil
	if err := json.Unmarshal(spec, &k.Spec); err != nil {
		return fmt.Errorf("decode what %s is: %w", k.Key, err)
	}
	if err := json.Unmarshal(rules, &k.Ruleset.Rules); err != nil {
		return fmt.Errorf("decode rules of %s: %w", k.Key, err)
	}
	return nil
}

// Keys counts those that an organisation has.
func (r *Reader) Keys(ctx context.Context, org string) (n int, err error) {
	if err = r.db.QueryRow(ctx, "select count(*) from "+in+".keys where org = $1 and not retired", org).Scan(&n); err != nil {
		return 0, fmt.Errorf("count configurations: %w", err)
	}
	return n, nil
}

// keys reads keys with what holds of them in one environment.
func keys(environment string) read.From[Key] {
	return read.From[Key]{
		Columns: `k.id, k.org, k.key, k.spec, coalesce((select json_object_agg(s.environment, json_build_object('rules', s.rules, 'killed', s.killed)) from ` + in +
			`.rulesets s where s.id = k.id), '{}'), k.retired, k.revision, k.updated_by, k.updated_at`,
		Table: in + ".keys k",
		Scan: func(row pgx.CollectableRow) (k Key, err error) {
			var spec []byte
			var sets map[string]hotconfig.Ruleset
			if err = row.Scan(&k.ID, &k.Org, &k.Key, &spec, &sets, &k.Retired, &k.Revision, &k.UpdatedBy, &k.UpdatedAt); err != nil {
				return k, err
			}
			k.Ruleset = sets[environment]
			return k, json.Unmarshal(spec, &k.Spec)
		},
	}
}

var byName = read.Order[Key]{
	Name: "key", Keys: []read.Key{{Column: "k.key", Kind: read.Text}, {Column: "k.org", Kind: read.Text}, {Column: "k.id", Kind: read.ID}},
	Of: func(k Key) []any { return []any{string(k.Key), k.Org, k.ID} },
}

// List lists the keys that a scope sees, by name. Those that are retired come with retired.
func (r *Reader) List(ctx context.Context, scope access.Scope, retired bool, page read.Page) (read.Rows[Key], error) {
	where := read.Around("k.org", scope.Org)
	if !retired {
		where.And("not k.retired")
	}
	return read.List(ctx, r.db, keys(scope.Environment), where, byName, page)
}

// Get reads keys by id. Those that are not there, or that the scope does not see, are missing from the answer.
func (r *Reader) Get(ctx context.Context, scope access.Scope, ids []uuid.UUID) (map[uuid.UUID]Key, error) {
	return read.ByID(ctx, r.db, keys(scope.Environment), read.Around("k.org", scope.Org), "k.id", ids, func(k Key) uuid.UUID { return k.ID })
}

var steps = read.From[Step]{
	Columns: "h.position, h.environment, h.kind, h.revision, h.seen, h.by, h.at, h.reason, h.said",
	Table:   in + ".history h join " + in + ".keys k on k.id = h.id",
	Scan: func(row pgx.CollectableRow) (s Step, err error) {
		err = row.Scan(&s.Position, &s.Environment, &s.Kind, &s.Revision, &s.Seen, &s.By, &s.At, &s.Reason, &s.Said)
		return s, err
	},
}

var newestStep = read.Order[Step]{
	Name: "position", Desc: true, Keys: []read.Key{{Column: "h.position", Kind: read.Int}},
	Of: func(s Step) []any { return []any{s.Position} },
}

// History lists what happened to a key in all environments at once and in the scope's own, the newest first.
func (r *Reader) History(ctx context.Context, scope access.Scope, id uuid.UUID, page read.Page) (read.Rows[Step], error) {
	where := read.Around("k.org", scope.Org)
	where.And("h.id = ?", id)
	where.And("h.environment in ('', ?)", scope.Environment)
	return read.List(ctx, r.db, steps, where, newestStep, page)
}
