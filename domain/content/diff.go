package content

import (
	"slices"
	"strconv"
)

// Change is one difference between two documents.
//
//	set     a value became another: Before, After
//	add     a member or a list item appeared: After; items go to the end of their list
//	remove  a member or a list item went: Before
//	move    a list item stands elsewhere: Before and After are the ids of the item in front of it, nil for none
type Change struct {
	Path    []string `json:"path"`    // member names, and item ids as "#id"; empty is the whole document
	Pointer string   `json:"pointer"` // JSON Pointer in b, or in a for removals
	Op      string   `json:"op"`
	Before  any      `json:"before,omitempty"`
	After   any      `json:"after,omitempty"`
}

// Values counts the values that a change touches: those that came, went or became others. Where an item moved it is 1.
func (c Change) Values() int {
	if c.Op == "move" {
		return 1
	}
	return max(1, differing(c.Before, c.After))
}

// differing counts the values, which are neither objects nor lists, that differ between two documents, place by place.
func differing(a, b any) (n int) {
	x, _ := a.(map[string]any)
	y, _ := b.(map[string]any)
	for name, value := range x {
		n += differing(value, y[name])
	}
	for name, value := range y {
		if _, both := x[name]; !both {
			n += differing(nil, value)
		}
	}
	v, _ := a.([]any)
	w, _ := b.([]any)
	for i := range max(len(v), len(w)) {
		n += differing(nth(v, i), nth(w, i))
	}
	if (scalar(a) || scalar(b)) && !Equal(a, b) {
		n = max(1, n)
	}
	return n
}

func nth(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func scalar(v any) bool {
	switch v.(type) {
	case nil, map[string]any, []any:
		return false
	}
	return true
}

// Diff lists what leads from a to b. Lists whose items are objects with distinct string ids are followed by id;
// any other list is one value. ApplyChanges(a, Diff(a, b)) is b.
func Diff(a, b any) []Change {
	var d differ
	d.value(a, b, nil, "", "")
	return d.changes
}

type differ struct{ changes []Change }

func (d *differ) add(path []string, pointer, op string, before, after any) {
	d.changes = append(d.changes, Change{Path: slices.Clone(path), Pointer: pointer, Op: op, Before: before, After: after})
}

func (d *differ) value(a, b any, path []string, inA, inB string) {
	if Equal(a, b) {
		return
	}
	if x, ok := a.(map[string]any); ok {
		if y, ok := b.(map[string]any); ok {
			d.object(x, y, path, inA, inB)
			return
		}
	}
	if x, ok := itemsByID(a); ok {
		if y, ok := itemsByID(b); ok {
			d.list(x, y, path, inA, inB)
			return
		}
	}
	d.add(path, inB, "set", a, b)
}

func (d *differ) object(a, b map[string]any, path []string, inA, inB string) {
	for _, name := range sortedNames(a) {
		below, atA, atB := append(path, name), inA+"/"+Escape(name), inB+"/"+Escape(name) //nolint:gocritic // add clones paths
		if after, stays := b[name]; stays {
			d.value(a[name], after, below, atA, atB)
		} else {
			d.add(below, atA, "remove", a[name], nil)
		}
	}
	for _, name := range sortedNames(b) {
		if _, was := a[name]; !was {
			d.add(append(path, name), inB+"/"+Escape(name), "add", nil, b[name])
		}
	}
}

func (d *differ) list(a, b itemList, path []string, inA, inB string) {
	var order []string // as it is once items are removed and added
	for i, id := range a.ids {
		below, at := append(path, "#"+id), inA+"/"+strconv.Itoa(i) //nolint:gocritic // add clones paths
		j, stays := b.index[id]
		if !stays {
			d.add(below, at, "remove", a.items[i], nil)
			continue
		}
		order = append(order, id)
		d.value(a.items[i], b.items[j], below, at, inB+"/"+strconv.Itoa(j))
	}
	common := len(order)
	for j, id := range b.ids {
		if _, was := a.index[id]; !was {
			order = append(order, id)
			d.add(append(path, "#"+id), inB+"/"+strconv.Itoa(j), "add", nil, b.items[j])
		}
	}
	at := make(map[string]int, len(order))
	for i, id := range order {
		at[id] = i
	}
	for _, j := range outOfPlace(order, common, b.index) {
		id := b.ids[j]
		d.add(append(path, "#"+id), inB+"/"+strconv.Itoa(j), "move", before(order, at[id]), before(b.ids, j))
	}
}

// before names the item in front of the i-th.
func before(ids []string, i int) any {
	if i <= 0 {
		return nil
	}
	return ids[i-1]
}

// outOfPlace returns which of the target indices have to move, ascending. Of the items that were there before (the first
// common ones), all but a longest run that is in order already have to (Schensted 1961); of the added ones, which stand behind
// them, all that do not belong there. Put one after another behind the item in front of them, they end in the target order.
func outOfPlace(order []string, common int, target map[string]int) []int {
	tails, previous := []int{}, make([]int, common) // tails[k]: where the best run of length k+1 ends
	for i, id := range order[:common] {
		k, _ := slices.BinarySearchFunc(tails, target[id], func(t, want int) int { return target[order[t]] - want })
		previous[i] = -1
		if k > 0 {
			previous[i] = tails[k-1]
		}
		if k == len(tails) {
			tails = append(tails, i)
		} else {
			tails[k] = i
		}
	}
	stays, last := make([]bool, common), -1
	if len(tails) > 0 {
		end := tails[len(tails)-1]
		last = target[order[end]]
		for i := end; i >= 0; i = previous[i] {
			stays[i] = true
		}
	}
	var moved []int
	for i, id := range order {
		if (i < common && !stays[i]) || (i >= common && target[id] < last) {
			moved = append(moved, target[id])
		}
	}
	slices.Sort(moved)
	return moved
}

// itemList is a list whose items are told apart by id.
type itemList struct {
	items []any
	ids   []string
	index map[string]int
}

// itemsByID reads a list of objects with distinct string ids; an empty list is one too.
func itemsByID(v any) (itemList, bool) {
	items, ok := v.([]any)
	if !ok {
		return itemList{}, false
	}
	l := itemList{items: items, ids: make([]string, len(items)), index: make(map[string]int, len(items))}
	for i, item := range items {
		object, _ := item.(map[string]any)
		id, ok := object["id"].(string)
		if _, twice := l.index[id]; !ok || twice {
			return itemList{}, false
		}
		l.ids[i], l.index[id] = id, i
	}
	return l, true
}
