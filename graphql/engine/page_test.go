package engine

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	gql "github.com/graphql-go/graphql"
	"pgregory.net/rapid"

	"qbank/domain/fault"
)

// readNumbers does what a query over an ordered table does: after and before are keys, not positions.
func readNumbers(page Page, rows []int64) ([]int64, error) {
	after, before := int64(-1), int64(1<<62)
	if page.After != "" {
		if err := DecodeCursor("numbers", page.After, &after); err != nil {
			return nil, err
		}
	}
	if page.Before != "" {
		if err := DecodeCursor("numbers", page.Before, &before); err != nil {
			return nil, err
		}
	}
	var part []int64
	for _, r := range rows {
		if r > after && r < before {
			part = append(part, r)
		}
	}
	if page.Backward {
		slices.Reverse(part)
	}
	return part[:min(len(part), page.Limit+1)], nil
}

func numbersEngine(t testing.TB, rows []int64) *Engine {
	number := gql.NewObject(gql.ObjectConfig{Name: "Number", Fields: gql.Fields{
		"n": with(gql.NewNonNull(Long), func(n int64) any { return n })}})
	schema, err := gql.NewSchema(gql.SchemaConfig{Query: gql.NewObject(gql.ObjectConfig{Name: "Query", Fields: gql.Fields{
		"numbers": {Type: gql.NewNonNull(ConnectionType("Number", number)), Args: PageArgs(nil), Resolve: func(p gql.ResolveParams) (any, error) {
			page, err := ParsePage(p.Args)
			if err != nil {
				return nil, err
			}
			part, err := readNumbers(page, rows)
			if err != nil {
				return nil, err
			}
			c, err := Paginate(page, "numbers", part, func(n int64) []any { return []any{n} }, func(n int64) any { return n })
			if err != nil {
				return nil, err
			}
			c.Total = func() (any, error) { return func() (any, error) { return len(rows), nil }, nil }
			return c, nil
		}},
	}})})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Walking over all pages in either direction, whatever their size, one meets each row once and in order.
func TestWalkingPagesMeetsEveryRowOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfNDistinct(rapid.Int64Range(0, 1<<61), 0, 30, rapid.ID).Draw(t, "rows")
		slices.Sort(rows)
		size := rapid.IntRange(1, 10).Draw(t, "size")
		backward := rapid.Bool().Draw(t, "backward")
		var met []int64
		page := Page{Limit: size, Backward: backward}
		for {
			part, err := readNumbers(page, rows)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Paginate(page, "numbers", part, func(n int64) []any { return []any{n} }, func(n int64) any { return n })
			if err != nil {
				t.Fatal(err)
			}
			var here []int64
			for _, e := range c.Edges {
				here = append(here, e.Node.(int64))
			}
			if backward {
				met = append(here, met...)
				if !c.HasPrevious {
					break
				}
				page.Before = c.Edges[0].Cursor
			} else {
				met = append(met, here...)
				if !c.HasNext {
					break
				}
				page.After = c.Edges[len(c.Edges)-1].Cursor
			}
		}
		if !slices.Equal(met, rows) {
			t.Fatalf("met %v of %v", met, rows)
		}
	})
}

func TestConnections(t *testing.T) {
	t.Parallel()
	e := numbersEngine(t, []int64{3, 5, 1 << 60})
	r := ask(t, e, Request{Query: `{ numbers(last: 2) { edges { cursor node { n } } nodes { n } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount totalCountCapped } }`})
	c := r.Data.(map[string]any)["numbers"].(map[string]any)
	if got := fmt.Sprint(c["nodes"], c["totalCount"], c["totalCountCapped"]); got != "[map[n:5] map[n:1152921504606846976]] 3 false" {
		t.Errorf("%s", got)
	}
	info := c["pageInfo"].(map[string]any)
	if info["hasPreviousPage"] != true || info["hasNextPage"] != false || info["endCursor"] != c["edges"].([]any)[1].(map[string]any)["cursor"] {
		t.Errorf("%v", info)
	}
	for args, code := range map[string]string{
		"first: 1, last: 1": CodeBadPage, "first: -1": CodeBadPage, "first: 201": CodeBadPage, `after: "x"`: CodeBadCursor, `before: "%%"`: CodeBadCursor,
		"first: 0": "", "first: 200": "", fmt.Sprintf("after: %q", strings.Repeat("A", 5_000)): CodeBadCursor,
	} {
		if r := ask(t, e, Request{Query: "{ numbers(" + args + ") { nodes { n } } }"}); r.code() != code {
			t.Errorf("%s: got %q, want %q", args, r.code(), code)
		}
	}
	many := numbersEngine(t, make([]int64, 10_001))
	if r := ask(t, many, Request{Query: `{ numbers(first: 0) { totalCount totalCountCapped } }`}); fmt.Sprint(r.Data) != "map[numbers:map[totalCount:10000 totalCountCapped:true]]" {
		t.Errorf("%v %v", r.Data, r.Errors)
	}
}

func TestCursorsBelongToTheirList(t *testing.T) {
	t.Parallel()
	good, err := EncodeCursor("questions by time", int64(1<<62+1), "某题")
	if err != nil {
		t.Fatal(err)
	}
	var at int64
	var id string
	if err := DecodeCursor("questions by time", good, &at, &id); err != nil || at != 1<<62+1 || id != "某题" {
		t.Errorf("%v %v %v", at, id, err)
	}
	null, err := EncodeCursor("a", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		DecodeCursor("questions by name", good, &at, &id),
		DecodeCursor("questions by time", good, &at),
		DecodeCursor("questions by time", good, &id, &at),
		DecodeCursor("questions by time", good[:len(good)-2], &at, &id),
		DecodeCursor("questions by time", "", &at, &id),
		DecodeCursor("a", null, &id),
	} {
		if !fault.Is(err, CodeBadCursor) {
			t.Errorf("got %v", err)
		}
	}
}

func FuzzDecodeCursor(f *testing.F) {
	good, _ := EncodeCursor("a", 1, "b")
	f.Add(good)
	f.Fuzz(func(t *testing.T, cursor string) {
		var n int64
		var s string
		if err := DecodeCursor("a", cursor, &n, &s); err != nil && !fault.Is(err, CodeBadCursor) {
			t.Error(err)
		}
	})
}

func TestGlobalIDs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.StringMatching(`[A-Z][A-Za-z]{0,20}`).Draw(t, "type")
		id := rapid.StringN(1, 40, 120).Draw(t, "id")
		gotType, gotID, err := ParseGlobalID(GlobalID(typ, id))
		if err != nil || gotType != typ || gotID != id {
			t.Fatalf("%q %q %v", gotType, gotID, err)
		}
	})
	if id, err := ParseGlobalIDOf("Question", GlobalID("Question", "7")); id != "7" || err != nil {
		t.Error(id, err)
	}
	for _, bad := range []string{"", "%", "Question:7", base64.RawURLEncoding.EncodeToString([]byte("Question")), GlobalID("", "7"),
		GlobalID("Question", ""), GlobalID("Lesson\x00", "7"), strings.Repeat("A", 10_000)} {
		if _, err := ParseGlobalIDOf("Question", bad); !fault.Is(err, CodeBadID) {
			t.Errorf("%.50q: %v", bad, err)
		}
	}
}

func TestLoadersBatch(t *testing.T) {
	t.Parallel()
	var batches [][]int
	loader := NewLoader(3, func(_ context.Context, keys []int) (map[int]string, error) {
		batches = append(batches, slices.Clone(keys))
		found := map[int]string{}
		for _, k := range keys {
			if k == 13 {
				return nil, errDefect
			}
			if k%2 == 1 {
				found[k] = fmt.Sprint("n", k)
			}
		}
		slices.Reverse(keys)
		return found, nil
	})
	load := func(name string) *gql.Field {
		return &gql.Field{Type: gql.String, Resolve: func(p gql.ResolveParams) (any, error) {
			return loader.Load(p.Context, p.Source.(int)), nil
		}}
	}
	var item *gql.Object
	item = gql.NewObject(gql.ObjectConfig{Name: "Item", Fields: gql.FieldsThunk(func() gql.Fields {
		return gql.Fields{
			"name": load("name"), "again": load("again"),
			"next": {Type: item, Resolve: func(p gql.ResolveParams) (any, error) {
				return loader.Then(p.Context, p.Source.(int), func(string, bool) (any, error) { return p.Source.(int) + 1, nil }), nil
			}},
			"same": {Type: item, Resolve: func(p gql.ResolveParams) (any, error) { return p.Source, nil }},
		}
	})})
	schema, err := gql.NewSchema(gql.SchemaConfig{Query: gql.NewObject(gql.ObjectConfig{Name: "Query", Fields: gql.Fields{
		"items": give(gql.NewList(item), []int{1, 2, 3, 4, 1}, nil), "bad": give(item, 13, nil)}})})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"data":{"items":[` +
		`{"name":"n1","same":{"again":"n1"},"next":{"name":null}},{"name":null,"same":{"again":null},"next":{"name":"n3"}},` +
		`{"name":"n3","same":{"again":"n3"},"next":{"name":null}},{"name":null,"same":{"again":null},"next":{"name":"n5"}},` +
		`{"name":"n1","same":{"again":"n1"},"next":{"name":null}}]}}`
	if got := string(e.Execute(context.Background(), Request{Query: `{ items { name same { again } next { name } } }`}).JSON); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// 1 to 4 are all known before the first fetch, 5 only after it.
	if got := fmt.Sprint(batches); got != "[[1 2 3] [4] [5]]" {
		t.Errorf("fetched %s", got)
	}
	r := ask(t, e, Request{Query: `{ bad { name } }`})
	if r.code() != CodeInternal {
		t.Errorf("%+v", r)
	}
	loader.Forget(1)
	if v, err := loader.Load(context.Background(), 1)(); v != "n1" || err != nil || len(batches) != 5 {
		t.Error(v, err, batches)
	}
	broken := NewLoader(0, func(context.Context, []int) (map[int]int, error) { panic("boom") })
	first := broken.Load(context.Background(), 1)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		first()
	}()
	if _, err := first(); err == nil || errors.Is(err, errDefect) {
		t.Errorf("got %v", err)
	}
}
