package content

import (
	"slices"
	"strconv"
)

// Conflict is a place that both sides changed differently. What a side does not have is nil. Where both put the items of a list in
// another order, the three are the lists of ids.
type Conflict struct {
	Pointer string `json:"pointer"` // into the merged document; an item that it does not hold is at "…/-"
	Base    any    `json:"base"`
	Ours    any    `json:"ours"`
	Theirs  any    `json:"theirs"`
}

// Merge brings together two documents that were made from the same base. Different members, and different items of lists with
// ids, both stay; a place that both changed differently is a conflict, and the merged document holds
// our side of it. A list whose items have no ids is one value. An order is taken from the side that
// moved something; items that both sides added at one place stand in the order of their ids.
func Merge(base, ours, theirs any) (merged any, conflicts []Conflict) {
	m := merge(some(base), some(ours), some(theirs))
	return m.value.v, m.conflicts
}

// maybe is a value that may be missing.
type maybe struct {
	v     any
	there bool
}

func some(v any) maybe { return maybe{v, true} }

func (m maybe) equal(other maybe) bool {
	return m.there == other.there && (!m.there || Equal(m.v, other.v))
}

// outcome is a merged value, and conflicts with pointers relative to it.
type outcome struct {
	value     maybe
	conflicts []Conflict
}

func merge(base, ours, theirs maybe) outcome {
	switch {
	case ours.equal(theirs), base.equal(theirs):
		return outcome{value: ours}
	case base.equal(ours):
		return outcome{value: theirs}
	}
	if o, t, b, ok := objects(base, ours, theirs); ok {
		return mergeObjects(b, o, t)
	}
	if o, t, b, ok := lists(base, ours, theirs); ok {
		return mergeLists(b, o, t)
	}
	return outcome{value: ours, conflicts: []Conflict{{Base: base.v, Ours: ours.v, Theirs: theirs.v}}}
}

// objects reads all three as objects; what both sides added is merged as from an empty one.
func objects(base, ours, theirs maybe) (o, t, b map[string]any, ok bool) {
	o, ok1 := ours.v.(map[string]any)
	t, ok2 := theirs.v.(map[string]any)
	b, ok3 := base.v.(map[string]any)
	return o, t, b, ok1 && ok2 && (ok3 || !base.there)
}

func lists(base, ours, theirs maybe) (o, t, b itemList, ok bool) {
	o, ok1 := itemsByID(ours.v)
	t, ok2 := itemsByID(theirs.v)
	b, ok3 := itemsByID(base.v)
	return o, t, b, ok1 && ok2 && (ok3 || !base.there)
}

func member(object map[string]any, name string) maybe {
	v, there := object[name]
	return maybe{v, there}
}

func mergeObjects(b, o, t map[string]any) outcome {
	names := map[string]any{}
	for _, side := range []map[string]any{b, o, t} {
		for name := range side {
			names[name] = nil
		}
	}
	merged := make(map[string]any, len(names))
	var conflicts []Conflict
	for _, name := range sortedNames(names) {
		m := merge(member(b, name), member(o, name), member(t, name))
		if m.value.there {
			merged[name] = m.value.v
		}
		conflicts = appendBelow(conflicts, "/"+Escape(name), m.conflicts)
	}
	return outcome{some(merged), conflicts}
}

func appendBelow(all []Conflict, at string, below []Conflict) []Conflict {
	for _, c := range below {
		c.Pointer = at + c.Pointer
		all = append(all, c)
	}
	return all
}

func (l itemList) item(id string) maybe {
	if i, there := l.index[id]; there {
		return some(l.items[i])
	}
	return maybe{}
}

func mergeLists(b, o, t itemList) outcome {
	items := map[string]outcome{}
	for _, side := range []itemList{b, o, t} {
		for _, id := range side.ids {
			if _, done := items[id]; !done {
				items[id] = merge(b.item(id), o.item(id), t.item(id))
			}
		}
	}
	w := weaver{base: b, ours: o, theirs: t, stays: func(id string) bool { return items[id].value.there }}
	order, conflicts := w.weave()
	merged := make([]any, 0, len(order))
	for i, id := range order {
		merged = append(merged, items[id].value.v)
		conflicts = appendBelow(conflicts, "/"+strconv.Itoa(i), items[id].conflicts)
	}
	for _, side := range []itemList{b, o, t} {
		for _, id := range side.ids {
			if m, left := items[id]; left && !m.value.there {
				conflicts = appendBelow(conflicts, "/-", m.conflicts)
				delete(items, id)
			}
		}
	}
	return outcome{some(merged), conflicts}
}

// weaver brings two orders together.
type weaver struct {
	base, ours, theirs itemList
	stays              func(id string) bool
}

// weave orders what the base had by the side that moved it, and hangs what was added behind the item it was added behind.
func (w weaver) weave() ([]string, []Conflict) {
	var conflicts []Conflict
	if (w.moved(w.ours) && w.moved(w.theirs) && !slices.Equal(w.shared(w.ours), w.shared(w.theirs))) || w.placedApart() {
		conflicts = []Conflict{{Base: anyList(w.base.ids), Ours: anyList(w.ours.ids), Theirs: anyList(w.theirs.ids)}}
	}
	placed := map[string]bool{}
	var order []string
	place := func(ids ...string) {
		for _, id := range ids {
			if !placed[id] {
				placed[id] = true
				order = append(order, id)
			}
		}
	}
	addedOurs, addedTheirs := w.added(w.ours, w.stays), w.added(w.theirs, w.stays)
	for _, anchor := range append([]string{""}, w.spine()...) {
		if anchor != "" {
			place(anchor)
		}
		first, second := addedOurs[anchor], addedTheirs[anchor]
		if len(first) == 0 || (len(second) > 0 && slices.Compare(second, first) < 0) {
			first, second = second, first
		}
		place(first...)
		place(second...)
	}
	return order, conflicts
}

// everywhere reports whether the base and both sides have an item.
func (w weaver) everywhere(id string) bool {
	_, b := w.base.index[id]
	_, o := w.ours.index[id]
	_, t := w.theirs.index[id]
	return b && o && t
}

// shared returns the ids that stand everywhere, in the order of one list.
func (w weaver) shared(side itemList) []string { return keep(side.ids, w.everywhere) }

func (w weaver) moved(side itemList) bool { return !slices.Equal(w.shared(side), w.shared(w.base)) }

// known returns the ids of a side that the base had and that stay, in the side's order.
func (w weaver) known(side itemList) []string {
	return keep(side.ids, func(id string) bool {
		_, had := w.base.index[id]
		return had && w.stays(id)
	})
}

// spine is the order of what the base had: ours where we moved something, or else theirs. An item that a side
// removed, and that stays all the same, is missing from its order and put back behind what it stood behind.
func (w weaver) spine() []string {
	spine, other := w.known(w.theirs), w.known(w.ours)
	if w.moved(w.ours) {
		spine, other = other, spine
	}
	for i, id := range other {
		if slices.Contains(spine, id) {
			continue
		}
		at := 0
		if i > 0 {
			at = slices.Index(spine, other[i-1]) + 1
		}
		spine = slices.Insert(spine, at, id)
	}
	return spine
}

func keep(ids []string, wanted func(string) bool) []string {
	var out []string
	for _, id := range ids {
		if wanted(id) {
			out = append(out, id)
		}
	}
	return out
}

// added groups the ids that a side added by the item of the base in front of them, "" for the beginning; anchors are
// the items that count as being in front.
func (w weaver) added(side itemList, anchors func(id string) bool) map[string][]string {
	groups := map[string][]string{}
	anchor := ""
	for _, id := range side.ids {
		if _, had := w.base.index[id]; !had {
			groups[anchor] = append(groups[anchor], id)
		} else if anchors(id) {
			anchor = id
		}
	}
	return groups
}

// placedApart reports whether both sides added the same id at different places.
func (w weaver) placedApart() bool {
	where := map[string]string{}
	for anchor, ids := range w.added(w.ours, w.everywhere) {
		for _, id := range ids {
			where[id] = anchor
		}
	}
	for anchor, ids := range w.added(w.theirs, w.everywhere) {
		for _, id := range ids {
			if at, both := where[id]; both && at != anchor {
				return true
			}
		}
	}
	return false
}

func anyList(ids []string) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = id
	}
	return out
}
