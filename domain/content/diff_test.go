package content_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/fault"
)

func decode(t testing.TB, text string) any {
	t.Helper()
	v, err := content.Decode([]byte(text), content.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// documents generates documents with lists by id, lists without, and the odd names.
func documents() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any { return document(t, 3) })
}

func document(t *rapid.T, depth int) any {
	kinds := []string{"null", "bool", "number", "text"}
	if depth > 0 {
		kinds = append(kinds, "object", "object", "items", "items", "list")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "bool":
		return rapid.Bool().Draw(t, "bool")
	case "number":
		return float64(rapid.IntRange(-3, 3).Draw(t, "number")) / 2
	case "text":
		return rapid.SampledFrom([]string{"", "a", "b/c", "#x", "题"}).Draw(t, "text")
	case "object":
		return object(t, depth)
	case "items":
		return items(t, depth)
	case "list":
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			list = append(list, document(t, depth-1))
		}
		return list
	}
	return nil
}

func object(t *rapid.T, depth int) map[string]any {
	out := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "n") {
		out[rapid.SampledFrom([]string{"a", "b", "c/d", "~", "#a", "题"}).Draw(t, "name")] = document(t, depth-1)
	}
	return out
}

func items(t *rapid.T, depth int) any {
	list := []any{}
	for _, id := range ids(t) {
		item := object(t, depth-1)
		item["id"] = id
		list = append(list, item)
	}
	return list
}

func ids(t *rapid.T) []string {
	all := rapid.Permutation([]string{"1", "2", "3", "4", "5", "6", "/", "#"}).Draw(t, "ids")
	return all[:rapid.IntRange(0, len(all)).Draw(t, "count")]
}

// edited changes a document a little, as an author does.
func edited(t *rapid.T, v any, depth int) any {
	if depth == 0 || rapid.IntRange(0, 5).Draw(t, "rewrite") == 0 {
		return document(t, depth)
	}
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range keys(x) {
			switch rapid.IntRange(0, 4).Draw(t, "edit") {
			case 0: // removed
				if name == "id" {
					out[name] = x[name]
				}
			case 1:
				out[name] = edited(t, x[name], depth-1)
				if name == "id" {
					out[name] = x[name]
				}
			default:
				out[name] = x[name]
			}
		}
		if rapid.Bool().Draw(t, "more") {
			out[rapid.SampledFrom([]string{"a", "b", "new"}).Draw(t, "name")] = document(t, depth-1)
		}
		return out
	case []any:
		out := slices.Clone(x)
		if len(out) > 1 && rapid.Bool().Draw(t, "move") {
			i, j := rapid.IntRange(0, len(out)-1).Draw(t, "i"), rapid.IntRange(0, len(out)-1).Draw(t, "j")
			out[i], out[j] = out[j], out[i]
		}
		if len(out) > 0 && rapid.Bool().Draw(t, "change") {
			i := rapid.IntRange(0, len(out)-1).Draw(t, "i")
			out[i] = edited(t, out[i], depth-1)
		}
		if len(out) > 0 && rapid.Bool().Draw(t, "drop") {
			i := rapid.IntRange(0, len(out)-1).Draw(t, "i")
			out = slices.Delete(out, i, i+1)
		}
		if rapid.Bool().Draw(t, "insert") {
			item := map[string]any{"id": rapid.SampledFrom([]string{"7", "8", "9"}).Draw(t, "new"), "a": document(t, 0)}
			out = slices.Insert(out, rapid.IntRange(0, len(out)).Draw(t, "at"), any(item))
		}
		return out
	}
	return document(t, depth)
}

func keys(object map[string]any) []string {
	var names []string
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestApplyingADiffGivesTheOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := documents().Draw(t, "a")
		b := edited(t, a, 3)
		before := content.Canonical(a)
		changes := content.Diff(a, b)
		got, err := content.ApplyChanges(a, changes)
		if err != nil || !content.Equal(got, b) {
			t.Fatalf("from %s to %s by %+v: got %s, %v", before, content.Canonical(b), changes, content.Canonical(got), err)
		}
		if string(before) != string(content.Canonical(a)) {
			t.Fatal("a was changed in place")
		}
		if content.Equal(a, b) != (len(changes) == 0) {
			t.Fatalf("equal documents have no changes, others have some: %+v", changes)
		}
		for _, c := range changes {
			in := b
			if c.Op == "remove" {
				in = a
			}
			if _, there := content.At(in, c.Pointer); !there {
				t.Fatalf("%s %q leads nowhere", c.Op, c.Pointer)
			}
		}
	})
}

func TestDiffFollowsItemsById(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, a, b, want string }{
		{"one edited, one added above it", `{"o":[{"id":"a","t":1}]}`, `{"o":[{"id":"n"},{"id":"a","t":2}]}`,
			`set /o/1/t, add /o/0, move /o/0`},
		{"one moved to the front", `[{"id":"a"},{"id":"b"},{"id":"c"}]`, `[{"id":"c"},{"id":"a"},{"id":"b"}]`, `move /0`},
		{"one removed", `[{"id":"a"},{"id":"b"}]`, `[{"id":"b"}]`, `remove /0`},
		{"lists without ids are one value", `{"k":["a","b"]}`, `{"k":["b","a"]}`, `set /k`},
		{"another kind of thing", `{"k":{"a":1}}`, `{"k":[1]}`, `set /k`},
		{"the whole", `1`, `{"a":1}`, `set `},
		{"nothing", `{"a":[{"id":"x"}]}`, `{"a":[{"id":"x"}]}`, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			for i, change := range content.Diff(decode(t, c.a), decode(t, c.b)) {
				if i > 0 {
					got += ", "
				}
				got += change.Op + " " + change.Pointer
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestChangesThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	a := decode(t, `{"a":1,"o":[{"id":"x"},{"id":"y"}],"l":[1,2]}`)
	for _, c := range []content.Change{
		{Op: "set", Path: []string{"a"}, Before: 2.0, After: 3.0},
		{Op: "set", Path: []string{"b"}, Before: nil, After: 3.0},
		{Op: "add", Path: []string{"a"}, After: 3.0},
		{Op: "remove", Path: []string{"a"}, Before: 2.0},
		{Op: "remove", Path: []string{"z"}},
		{Op: "add", Path: []string{"o", "#x"}, After: map[string]any{"id": "x"}},
		{Op: "remove", Path: []string{"o", "#z"}},
		{Op: "remove", Path: []string{"o", "#x"}, Before: map[string]any{"id": "x", "more": true}},
		{Op: "move", Path: []string{"o", "#x"}, After: "z"},
		{Op: "move", Path: []string{"o", "#x"}, After: "x"},
		{Op: "set", Path: []string{"l", "#x"}},
		{Op: "set", Path: []string{"a", "b"}},
		{Op: "teleport", Path: []string{"a"}, Before: 1.0},
	} {
		if got, err := content.ApplyChanges(a, []content.Change{c}); !fault.Is(err, "content.change") {
			t.Errorf("%+v: got %v, %v", c, got, err)
		}
	}
}

func TestMergeLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := documents().Draw(t, "base")
		x, y := edited(t, base, 3), edited(t, base, 3)
		same := func(law string, want any, got any, conflicts []content.Conflict) {
			if len(conflicts) > 0 || !content.Equal(want, got) {
				t.Fatalf("%s: base %s, x %s: got %s, %v", law, content.Canonical(base), content.Canonical(x), content.Canonical(got), conflicts)
			}
		}
		got, conflicts := content.Merge(base, x, base)
		same("only ours", x, got, conflicts)
		got, conflicts = content.Merge(base, base, x)
		same("only theirs", x, got, conflicts)
		got, conflicts = content.Merge(base, x, x)
		same("both alike", x, got, conflicts)

		one, c1 := content.Merge(base, x, y)
		other, c2 := content.Merge(base, y, x)
		if len(c1) != len(c2) {
			t.Fatalf("conflicts from one side %+v, from the other %+v", c1, c2)
		}
		if len(c1) == 0 && !content.Equal(one, other) {
			t.Fatalf("base %s x %s y %s: %s from one side, %s from the other", content.Canonical(base), content.Canonical(x), content.Canonical(y),
				content.Canonical(one), content.Canonical(other))
		}
		for _, c := range c1 {
			if !slices.ContainsFunc(c2, func(d content.Conflict) bool {
				return content.Equal(c.Base, d.Base) && content.Equal(c.Ours, d.Theirs) && content.Equal(c.Theirs, d.Ours)
			}) {
				t.Fatalf("the conflict %+v is not seen from the other side: %+v", c, c2)
			}
		}
		content.Canonical(one) // is a document
	})
}

func TestChangesAreCountedByTheValuesTheyTouch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{`{"o":[{"id":"a","t":"x"},{"id":"b","t":"y"}]}`, `{"o":[{"id":"a","t":"y"},{"id":"b","t":"x"}]}`, 2},
		{`{"o":[{"id":"a"},{"id":"b"}]}`, `{"o":[{"id":"b"},{"id":"a"}]}`, 1},
		{`{}`, `{"s":{"format":"plain","text":"x"}}`, 2},
		{`{"s":{"a":1,"b":[1,2]}}`, `{}`, 3},
		{`{"k":["a","b","c"]}`, `{"k":["b","a","c"]}`, 2},
		{`{"k":["a"]}`, `{"k":["a","b"]}`, 1},
		{`{"k":[{"v":1,"w":1},{"v":2}]}`, `{"k":[{"v":3,"w":1},{"v":4}]}`, 2},
		{`{"k":1}`, `{"k":{"a":1,"b":2}}`, 2}, {`{}`, `{"k":[]}`, 1}, {`{}`, `{"k":null}`, 1}, {`{}`, `{}`, 0},
	} {
		got := 0
		for _, change := range content.Diff(decode(t, c.a), decode(t, c.b)) {
			got += change.Values()
		}
		if got != c.want {
			t.Errorf("%s → %s: %d values, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestDifferentFieldsBothStay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base, x, y, want := map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}
		options := func(side map[string]any) []any { list, _ := side["options"].([]any); return list }
		for i := range rapid.IntRange(1, 6).Draw(t, "options") {
			for _, side := range []map[string]any{base, x, y, want} {
				side["options"] = append(options(side), map[string]any{"id": fmt.Sprint(i), "text": "old"})
			}
			switch rapid.SampledFrom([]string{"nobody", "x", "y"}).Draw(t, "who") {
			case "x":
				options(x)[i].(map[string]any)["text"] = "by x"
				options(want)[i].(map[string]any)["text"] = "by x"
			case "y":
				options(y)[i].(map[string]any)["text"] = "by y"
				options(want)[i].(map[string]any)["text"] = "by y"
			}
		}
		x["stem"], want["stem"] = "by x", "by x"
		y["explanation"], want["explanation"] = "by y", "by y"
		got, conflicts := content.Merge(base, x, y)
		if len(conflicts) > 0 || !content.Equal(got, want) {
			t.Fatalf("got %s, %v", content.Canonical(got), conflicts)
		}
	})
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, base, ours, theirs, want, conflicts string }{
		{"the same field differently", `{"a":1}`, `{"a":2}`, `{"a":3}`, `{"a":2}`, `/a: 1 2 3;`},
		{"removed here, edited there", `{"a":{"b":1}}`, `{}`, `{"a":{"b":2}}`, `{}`, `/a: {"b":1} null {"b":2};`},
		{"item removed here, edited there", `[{"id":"x","t":1}]`, `[]`, `[{"id":"x","t":2}]`, `[]`, `/-: {"id":"x","t":1} null {"id":"x","t":2};`},
		{"item edited here, removed there", `[{"id":"x","t":1},{"id":"y"}]`, `[{"id":"x","t":2},{"id":"y"}]`, `[{"id":"y"}]`, `[{"id":"x","t":2},{"id":"y"}]`, `/0: {"id":"x","t":1} {"id":"x","t":2} null;`},
		{"moved here, edited there", `[{"id":"x"},{"id":"y"}]`, `[{"id":"y"},{"id":"x"}]`, `[{"id":"x","t":1},{"id":"y"}]`, `[{"id":"y"},{"id":"x","t":1}]`, ``},
		{"both add at the end", `[{"id":"x"}]`, `[{"id":"x"},{"id":"q"}]`, `[{"id":"x"},{"id":"p"}]`, `[{"id":"x"},{"id":"p"},{"id":"q"}]`, ``},
		{"both add the same id", `[]`, `[{"id":"x","a":1}]`, `[{"id":"x","b":1}]`, `[{"id":"x","a":1,"b":1}]`, ``},
		{"added above here, moved there", `[{"id":"x"},{"id":"y"}]`, `[{"id":"n"},{"id":"x"},{"id":"y"}]`, `[{"id":"y"},{"id":"x"}]`, `[{"id":"n"},{"id":"y"},{"id":"x"}]`, ``},
		{"both move", `[{"id":"x"},{"id":"y"},{"id":"z"}]`, `[{"id":"y"},{"id":"x"},{"id":"z"}]`, `[{"id":"x"},{"id":"z"},{"id":"y"}]`, `[{"id":"y"},{"id":"x"},{"id":"z"}]`,
			`: ["x","y","z"] ["y","x","z"] ["x","z","y"];`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			merged, conflicts := content.Merge(decode(t, c.base), decode(t, c.ours), decode(t, c.theirs))
			found := ""
			for _, c := range conflicts {
				found += fmt.Sprintf("%s: %s %s %s;", c.Pointer, content.Canonical(c.Base), content.Canonical(c.Ours), content.Canonical(c.Theirs))
			}
			if want := string(content.Canonical(decode(t, c.want))); string(content.Canonical(merged)) != want || found != c.conflicts {
				t.Errorf("got %s, conflicts %q; want %s, %q", content.Canonical(merged), found, want, c.conflicts)
			}
		})
	}
}
