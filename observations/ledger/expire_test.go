package ledger_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/internal/pgtest"
	"qbank/observations/ledger"
)

func TestLinesGoWithTheirReissue(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	// More reissues than are asked about at once, and one with more lines than go at once.
	if _, err := pool.Exec(t.Context(), `insert into reissue_ledger (reissue, student) select gen_random_uuid(), gen_random_uuid() from generate_series(1, 1200)`); err != nil {
		t.Fatal(err)
	}
	large, small := uuid.New(), uuid.New()
	if _, err := pool.Exec(t.Context(), `insert into reissue_ledger (reissue, student) select $1::uuid, gen_random_uuid() from generate_series(1, 11000)
		union all select $2::uuid, gen_random_uuid() from generate_series(1, 3)`, large, small); err != nil {
		t.Fatal(err)
	}
	lines := func(of ...uuid.UUID) (all, theirs int) {
		t.Helper()
		if err := pool.QueryRow(t.Context(), `select count(*), count(*) filter (where reissue = any($1)) from reissue_ledger`, of).Scan(&all, &theirs); err != nil {
			t.Fatal(err)
		}
		return all, theirs
	}
	asked := map[uuid.UUID]int{}
	over := func(ended ...uuid.UUID) ledger.Over {
		return func(_ context.Context, ids []uuid.UUID, before int64) (found []uuid.UUID, err error) {
			for _, id := range ids {
				asked[id]++
				if before == 7 && slices.Contains(ended, id) {
					found = append(found, id)
				}
			}
			return found, nil
		}
	}
	for _, c := range []struct {
		before             int64
		ended              []uuid.UUID
		all, large, thirds int
	}{{6, []uuid.UUID{large}, 12203, 11000, 3}, {7, nil, 12203, 11000, 3}, {7, []uuid.UUID{large}, 1203, 0, 3}, {7, []uuid.UUID{large, small}, 1200, 0, 0}} {
		clear(asked)
		if err := ledger.Expire(t.Context(), pool, c.before, over(c.ended...)); err != nil {
			t.Fatal(err)
		}
		all, first := lines(large)
		_, second := lines(small)
		if all != c.all || first != c.large || second != c.thirds {
			t.Errorf("%+v: %d lines are left, %d and %d of them", c, all, first, second)
		}
		for id, times := range asked {
			if times != 1 {
				t.Errorf("%s was asked about %d times", id, times)
			}
		}
	}
	if len(asked) != 1201 {
		t.Errorf("%d were asked about", len(asked))
	}
	broken := errors.New("broken")
	if err := ledger.Expire(t.Context(), pool, 7, func(context.Context, []uuid.UUID, int64) ([]uuid.UUID, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
}
