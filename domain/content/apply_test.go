package content_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// plainChange makes a change the plain way: it copies what lies on its path and finds its items anew.
type plainChange struct{ content.Change }

var errUnfit = errors.New("the change does not fit")

func plainly(a any, changes []content.Change) (any, error) {
	for _, change := range changes {
		next, err := plainChange{change}.apply(a, change.Path)
		if err != nil {
			return nil, err
		}
		a = next
	}
	return a, nil
}

func (c plainChange) apply(v any, path []string) (any, error) {
	if len(path) == 0 {
		if c.Op != "set" || !content.Equal(v, c.Before) {
			return nil, errUnfit
		}
		return c.After, nil
	}
	switch t := v.(type) {
	case map[string]any:
		return c.applyMember(t, path)
	case []any:
		return c.applyItem(t, path)
	}
	return nil, errUnfit
}

func (c plainChange) applyMember(object map[string]any, path []string) (any, error) {
	name, last := path[0], len(path) == 1
	value, there := object[name]
	out := make(map[string]any, len(object)+1)
	for n, v := range object {
		out[n] = v
	}
	switch {
	case last && c.Op == "add":
		if there {
			return nil, errUnfit
		}
		out[name] = c.After
	case last && c.Op == "remove":
		if !there || !content.Equal(value, c.Before) {
			return nil, errUnfit
		}
		delete(out, name)
	case !there:
		return nil, errUnfit
	default:
		next, err := c.apply(value, path[1:])
		if err != nil {
			return nil, err
		}
		out[name] = next
	}
	return out, nil
}

func (c plainChange) applyItem(list []any, path []string) (any, error) {
	id, isID := strings.CutPrefix(path[0], "#")
	index := map[string]int{}
	for i, item := range list {
		object, _ := item.(map[string]any)
		id, is := object["id"].(string)
		_, twice := index[id]
		isID = isID && is && !twice
		index[id] = i
	}
	if !isID {
		return nil, errUnfit
	}
	i, there := index[id]
	if len(path) == 1 && c.Op == "add" {
		if there {
			return nil, errUnfit
		}
		return append(slices.Clone(list), c.After), nil
	}
	if !there {
		return nil, errUnfit
	}
	out := slices.Clone(list)
	switch {
	case len(path) == 1 && c.Op == "remove":
		if !content.Equal(list[i], c.Before) {
			return nil, errUnfit
		}
		return slices.Delete(out, i, i+1), nil
	case len(path) == 1 && c.Op == "move":
		to := 0
		if front, has := c.After.(string); has {
			j, known := index[front]
			if !known || j == i {
				return nil, errUnfit
			}
			if to = j + 1; j > i {
				to = j
			}
		}
		item := out[i]
		return slices.Insert(slices.Delete(out, i, i+1), to, item), nil
	}
	next, err := c.apply(list[i], path[1:])
	if err != nil {
		return nil, err
	}
	out[i] = next
	return out, nil
}

// Changes of two edits in any order, some of them twice, do what they do one by one, and are refused where they are.
func TestChangesDoTogetherWhatTheyDoOneByOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := documents().Draw(t, "a")
		b := edited(t, a, 3)
		changes := content.Diff(a, b)
		if rapid.Bool().Draw(t, "more") {
			changes = append(changes, content.Diff(b, edited(t, b, 3))...)
		}
		if len(changes) > 0 && rapid.Bool().Draw(t, "out of order") {
			changes = rapid.SliceOfN(rapid.SampledFrom(changes), 1, 6).Draw(t, "changes")
		}
		for i := range changes {
			if rapid.IntRange(0, 9).Draw(t, "another id") == 0 {
				if object, is := changes[i].After.(map[string]any); is {
					changes[i].After = map[string]any{"id": "1", "was": object}
				}
			}
		}
		before := string(content.Canonical(a))
		want, refusal := plainly(a, changes)
		got, err := content.ApplyChanges(a, changes)
		if refusal != nil {
			if !fault.Is(err, "content.change") || got != nil {
				t.Fatalf("%s by %+v: got %v, %v, want a refusal", before, changes, got, err)
			}
			return
		}
		if err != nil || !content.Equal(got, want) {
			t.Fatalf("%s by %+v: got %s, %v, want %s", before, changes, content.Canonical(got), err, content.Canonical(want))
		}
		if string(content.Canonical(a)) != before {
			t.Fatal("a was changed in place")
		}
	})
}

// A pointer and its path name the same place, and a place is found again wherever it has moved.
func TestPathsFollowTheirPlace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := documents().Draw(t, "a")
		b := edited(t, a, 3)
		for _, pointer := range pointers(a, "") {
			path, there := content.Path(a, pointer)
			if !there {
				continue // below a list without ids
			}
			at, value, there := content.Locate(a, path)
			want, _ := content.At(a, pointer)
			if !there || at != pointer || !content.Equal(value, want) {
				t.Fatalf("%q is %v, which leads to %q %v", pointer, path, at, value)
			}
			carried, err := content.Carry(a, b, path)
			if err != nil {
				if !fault.Is(err, "content.carry") {
					t.Fatal(err)
				}
				continue
			}
			if _, value, there := content.Locate(carried, path); !there || !content.Equal(value, want) {
				t.Fatalf("%v was carried from %s into %s: %s", path, content.Canonical(a), content.Canonical(b), content.Canonical(carried))
			}
		}
		if carried, err := content.Carry(a, b, nil); err != nil || !content.Equal(carried, a) {
			t.Fatalf("the whole was carried as %v, %v", carried, err)
		}
	})
}

// pointers lists every place of a document.
func pointers(v any, at string) []string {
	all := []string{at}
	switch t := v.(type) {
	case map[string]any:
		for _, name := range keys(t) {
			all = append(all, pointers(t[name], at+content.Pointer(name))...)
		}
	case []any:
		for i, item := range t {
			all = append(all, pointers(item, at+"/"+strconv.Itoa(i))...)
		}
	}
	return all
}

func TestAnItemComesBackToItsPlace(t *testing.T) {
	t.Parallel()
	past := decode(t, `{"o":[{"id":"a"},{"id":"b","t":1},{"id":"c"}],"s":"x"}`)
	for _, c := range []struct{ name, now, pointer, want string }{
		{"behind its neighbour", `{"o":[{"id":"c"},{"id":"a"}]}`, "/o/1", `{"o":[{"id":"c"},{"id":"a"},{"id":"b","t":1}]}`},
		{"to the front where none is left", `{"o":[{"id":"c"}]}`, "/o/1", `{"o":[{"id":"b","t":1},{"id":"c"}]}`},
		{"a field of an item that moved", `{"o":[{"id":"b","t":2},{"id":"a"}]}`, "/o/1/t", `{"o":[{"id":"b","t":1},{"id":"a"}]}`},
		{"a whole list", `{"o":[{"id":"b","t":2}],"s":"y"}`, "/o", `{"o":[{"id":"a"},{"id":"b","t":1},{"id":"c"}],"s":"y"}`},
		{"a field of an item that went", `{"o":[]}`, "/o/1/t", ``},
		{"a list that is no list any more", `{"o":"none"}`, "/o/1", ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path, _ := content.Path(past, c.pointer)
			got, err := content.Carry(past, decode(t, c.now), path)
			if c.want == "" {
				if !fault.Is(err, "content.carry") {
					t.Errorf("got %v, %v", got, err)
				}
			} else if err != nil || !content.Equal(got, decode(t, c.want)) {
				t.Errorf("got %s, %v", content.Canonical(got), err)
			}
		})
	}
	if got, err := content.Carry(past, decode(t, `{"s":"x","more":1}`), []string{"more"}); err != nil || !content.Equal(got, decode(t, `{"s":"x"}`)) {
		t.Errorf("what was not there then is %v, %v", got, err)
	}
	if _, err := content.Carry(past, past, []string{"nowhere"}); !fault.Is(err, "content.carry") {
		t.Errorf("got %v", err)
	}
}
