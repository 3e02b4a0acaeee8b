package read_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/internal/pgtest"
	"qbank/projections/read"
)

type thing struct {
	ID    uuid.UUID
	Org   string
	Size  int64
	Title string
}

var things = read.From[thing]{Columns: "id, org, size, title", Table: "things", Scan: func(row pgx.CollectableRow) (t thing, err error) {
	err = row.Scan(&t.ID, &t.Org, &t.Size, &t.Title)
	return t, err
}}

func order(desc bool) read.Order[thing] {
	return read.Order[thing]{
		Name: fmt.Sprint("things ", desc), Desc: desc, Keys: []read.Key{{Column: "size", Kind: read.Int}, {Column: "title", Kind: read.Text}, {Column: "id", Kind: read.ID}},
		Of: func(t thing) []any { return []any{t.Size, t.Title, t.ID} },
	}
}

func compare(desc bool) func(a, b thing) int {
	return func(a, b thing) int {
		c := cmp.Or(cmp.Compare(a.Size, b.Size), strings.Compare(a.Title, b.Title), slices.Compare(a.ID[:], b.ID[:]))
		if desc {
			return -c
		}
		return c
	}
}

var anyThing = rapid.Custom(func(t *rapid.T) thing {
	var id uuid.UUID
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	return thing{id, anyOrg.Draw(t, "org"), rapid.Int64Range(-2, 2).Draw(t, "size"), rapid.SampledFrom([]string{"", "a", "b c", `"é"`, "题"}).Draw(t, "title")}
})

var anyOrg = rapid.Custom(func(t *rapid.T) string {
	parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab", "a-b", "0", "%", "_"}), 0, 3).Draw(t, "parts")
	return strings.Join(parts, "/")
})

func table(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.New(t)
	_, err := pool.Exec(t.Context(), `create table things (id uuid, org text collate "C", size int, title text collate "C")`)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

// Pages one after the other are the whole list; what is inserted meanwhile neither hides nor repeats a row.
func TestPagesMakeTheWholeList(t *testing.T) {
	t.Parallel()
	pool := table(t)
	checks := 0
	rapid.Check(t, func(rt *rapid.T) {
		if checks++; checks > 40 {
			return
		}
		ctx := context.Background()
		tx, err := pool.Begin(ctx)
		if err != nil {
			rt.Fatal(err)
		}
		defer tx.Rollback(ctx)
		add := func(list ...thing) {
			for _, th := range list {
				if _, err := tx.Exec(ctx, "insert into things values ($1, $2, $3, $4)", th.ID, th.Org, th.Size, th.Title); err != nil {
					rt.Fatal(err)
				}
			}
		}
		before := rapid.SliceOfN(anyThing, 0, 30).Draw(rt, "things")
		add(before...)
		root, desc := anyOrg.Draw(rt, "root"), rapid.Bool().Draw(rt, "desc")
		page := read.Page{First: rapid.IntRange(1, 10).Draw(rt, "page")}
		var all []thing
		for {
			list, err := read.List(ctx, tx, things, read.Within("org", root), order(desc), page)
			if err != nil {
				rt.Fatal(err)
			}
			if len(list.Rows) > page.First || len(list.Cursors) != len(list.Rows) || list.More && len(list.Rows) < page.First {
				rt.Fatalf("a page of %d has %d rows and %d cursors, more: %t", page.First, len(list.Rows), len(list.Cursors), list.More)
			}
			all = append(all, list.Rows...)
			if !list.More {
				break
			}
			page.After = list.Cursors[len(list.Cursors)-1]
			add(rapid.SliceOfN(anyThing, 0, 2).Draw(rt, "meanwhile")...)
		}
		if !slices.IsSortedFunc(all, compare(desc)) {
			rt.Fatalf("out of order: %v", all)
		}
		old := slices.DeleteFunc(all, func(th thing) bool { return !slices.Contains(before, th) })
		want := slices.DeleteFunc(before, func(th thing) bool { return !access.Covers(root, th.Org) })
		slices.SortFunc(want, compare(desc))
		if !slices.Equal(old, want) {
			rt.Fatalf("got %v, want %v", old, want)
		}
		count, err := read.Count(ctx, tx, "things", read.Within("org", root), 3)
		if err != nil || count > 4 || count < min(len(want), 4) {
			rt.Fatalf("count: %d, %v", count, err)
		}
	})
}

// Pages from the end are the whole list too, and any two rows bound the piece between them from either end.
func TestPagesFromTheEnd(t *testing.T) {
	t.Parallel()
	pool := table(t)
	checks := 0
	rapid.Check(t, func(rt *rapid.T) {
		if checks++; checks > 40 {
			return
		}
		ctx := context.Background()
		tx, err := pool.Begin(ctx)
		if err != nil {
			rt.Fatal(err)
		}
		defer tx.Rollback(ctx)
		want := rapid.SliceOfN(anyThing, 0, 20).Draw(rt, "things")
		for _, th := range want {
			if _, err := tx.Exec(ctx, "insert into things values ($1, $2, $3, $4)", th.ID, th.Org, th.Size, th.Title); err != nil {
				rt.Fatal(err)
			}
		}
		desc := rapid.Bool().Draw(rt, "desc")
		slices.SortFunc(want, compare(desc))
		list := func(page read.Page) read.Rows[thing] {
			rows, err := read.List(ctx, tx, things, &read.Where{}, order(desc), page)
			if err != nil {
				rt.Fatal(err)
			}
			return rows
		}
		var all []thing
		var cursors []string
		for page := (read.Page{Last: rapid.IntRange(1, 7).Draw(rt, "page")}); ; page.Before = cursors[0] {
			rows := list(page)
			if rows.More || rows.Earlier != (len(all)+len(rows.Rows) < len(want)) {
				rt.Fatalf("more: %t, earlier: %t with %d of %d", rows.More, rows.Earlier, len(all)+len(rows.Rows), len(want))
			}
			all, cursors = append(rows.Rows, all...), append(rows.Cursors, cursors...)
			if !rows.Earlier {
				break
			}
		}
		if !slices.Equal(all, want) {
			rt.Fatalf("got %v, want %v", all, want)
		}
		distinct := slices.Compact(slices.Clone(want))
		if len(want) < 2 || len(distinct) != len(want) {
			return
		}
		from := rapid.IntRange(0, len(want)-2).Draw(rt, "from")
		to := rapid.IntRange(from+1, len(want)-1).Draw(rt, "to")
		n, between := rapid.IntRange(1, 10).Draw(rt, "n"), want[from+1:to]
		front := list(read.Page{First: n, After: cursors[from], Before: cursors[to]})
		if !slices.Equal(front.Rows, between[:min(n, len(between))]) || front.More != (n < len(between)) {
			rt.Fatalf("from the front: %v, want %d of %v", front, n, between)
		}
		back := list(read.Page{Last: n, After: cursors[from], Before: cursors[to]})
		if !slices.Equal(back.Rows, between[max(0, len(between)-n):]) || back.Earlier != (n < len(between)) {
			rt.Fatalf("from the end: %v, want %d of %v", back, n, between)
		}
	})
	for _, page := range []read.Page{{First: 1, Last: 1}, {Last: -1}, {Last: read.MaxPage + 1}} {
		if _, err := read.List(t.Context(), pool, things, &read.Where{}, order(false), page); !fault.Is(err, "page.size") {
			t.Errorf("%+v: %v", page, err)
		}
	}
}

// Around is access.Covers in both directions.
func TestAroundIsAboveAndBelow(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		one, other := anyOrg.Draw(rt, "one"), anyOrg.Draw(rt, "other")
		for condition, want := range map[*read.Where]bool{
			read.Within(`org`, one): access.Covers(one, other),
			read.Around(`org`, one): access.Covers(one, other) || access.Covers(other, one),
		} {
			var got bool
			err := pool.QueryRow(context.Background(), `select `+condition.String()+` from (select `+condition.Arg(other)+`::text collate "C" as org) o`, condition.Args()...).Scan(&got)
			if err != nil || got != want {
				rt.Fatalf("%s with %q and %q: %t, %v; want %t", condition, one, other, got, err, want)
			}
		}
	})
}

func TestCursorsOfOtherListsAreRefused(t *testing.T) {
	t.Parallel()
	pool := table(t)
	cursor := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	id := uuid.NewString()
	for name, after := range map[string]string{
		"no base64":        "%%%",
		"no JSON":          cursor("x"),
		"another order":    cursor(`["things true","1","a","` + id + `"]`),
		"too few keys":     cursor(`["things false","1","a"]`),
		"too many keys":    cursor(`["things false","1","a","` + id + `","x"]`),
		"no number":        cursor(`["things false","one","a","` + id + `"]`),
		"no id":            cursor(`["things false","1","a","x"]`),
		"NUL":              cursor(`["things false","1","\u0000","` + id + `"]`),
		"not a list":       cursor(`{"things false":1}`),
		"far too long":     cursor(`["things false","1","` + strings.Repeat("a", 9000) + `","` + id + `"]`),
		"another encoding": base64.StdEncoding.EncodeToString([]byte(`["things false","1","a","`+id+`"]`)) + "=",
	} {
		_, err := read.List(t.Context(), pool, things, &read.Where{}, order(false), read.Page{After: after})
		if !fault.Is(err, "page.cursor") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	large := cursor(`["things false","9000000000000000000","a","` + id + `"]`)
	if _, err := read.List(t.Context(), pool, things, &read.Where{}, order(false), read.Page{After: large}); err != nil {
		t.Errorf("a number beyond the column's is behind all: %v", err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`["things false","1","a","0b5c1d7a-53bb-5b1c-8f0b-1f1f8e7a3c03"]`)))
	f.Add("x")
	f.Fuzz(func(t *testing.T, after string) {
		_, err := read.List(t.Context(), nowhere{}, things, &read.Where{}, order(false), read.Page{After: after})
		if !errors.Is(err, errNowhere) && !fault.Is(err, "page.cursor") {
			t.Errorf("%q: %v", after, err)
		}
	})
}

// nowhere is a database that cannot be reached.
type nowhere struct{}

var errNowhere = errors.New("nowhere")

func (nowhere) Query(context.Context, string, ...any) (pgx.Rows, error) { return nil, errNowhere }

func (nowhere) QueryRow(context.Context, string, ...any) pgx.Row { return nil }
