package read_test

import (
	"maps"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/internal/pgtest"
	"qbank/projections/read"
)

// What is of a scope is read by id; what is of another organisation or environment, or not there, is missing.
func TestRowsByIDStayInScope(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	if _, err := pool.Exec(t.Context(), `create table things (id uuid, org text collate "C", size int, title text, environment text)`); err != nil {
		t.Fatal(err)
	}
	own, below, above, beside, elsewhere := uuid.New(), uuid.New(), uuid.New(), uuid.New(), uuid.New()
	for id, place := range map[uuid.UUID][2]string{own: {"a/b", "prod"}, below: {"a/b/c", "prod"}, above: {"a", "prod"}, beside: {"a/bc", "prod"}, elsewhere: {"a/b", "test"}} {
		if _, err := pool.Exec(t.Context(), `insert into things values ($1, $2, 1, 'x', $3)`, id, place[0], place[1]); err != nil {
			t.Fatal(err)
		}
	}
	byID := func(ids ...uuid.UUID) (map[uuid.UUID]thing, error) {
		where := read.InScope("things", access.Scope{Org: "a/b", Environment: "prod"})
		return read.ByID(t.Context(), pool, things, where, "things.id", ids, func(th thing) uuid.UUID { return th.ID })
	}
	got, err := byID(own, below, above, beside, elsewhere, uuid.New())
	want := map[uuid.UUID]thing{own: {own, "a/b", 1, "x"}, below: {below, "a/b/c", 1, "x"}}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if got, err := byID(own); err != nil || len(got) != 1 {
		t.Errorf("one of them: %v, %v", got, err)
	}
	if _, err := byID(make([]uuid.UUID, read.MaxBatch+1)...); !fault.Is(err, "page.ids") {
		t.Errorf("too many ids: %v", err)
	}
}

func TestMapReadsValuesByTheirKeys(t *testing.T) {
	t.Parallel()
	got, err := read.Map[string, int64](t.Context(), pgtest.New(t), "lengths", `select w, length(w)::bigint from unnest($1::text[]) as w`, []string{"a", "bcd"})
	if want := map[string]int64{"a": 1, "bcd": 3}; err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}
