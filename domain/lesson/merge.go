package lesson

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/fault"
)

// Side is whose version of a conflicting place stays.
type Side string

// The sides.
const (
	Ours   Side = "ours"   // what stands in the draft
	Theirs Side = "theirs" // what came
)

// Choices resolve conflicts, by the pointers with which they were shown.
type Choices map[string]Side

// merge brings two tidy plans together that were made from the same base. What both changed differently, and no choice decides, is the fault
// "lesson.merge_conflict", whose details show all versions; so is what fits on each side and not together.
func merge(base, ours, theirs Plan, choices Choices, plugins *cue.Registry) (Plan, error) {
	if len(choices) == 0 && reflect.DeepEqual(base, ours) {
		return theirs, nil // the usual case, and plans can be long
	}
	var docs [3]map[string]any
	for i, p := range []Plan{base, ours, theirs} {
		var err error
		if docs[i], err = p.document(); err != nil {
			return Plan{}, err
		}
	}
	merged, conflicts := content.Merge(docs[0], docs[1], docs[2])
	for i := range conflicts {
		conflicts[i].Pointer = named(conflicts[i])
	}
	resolved, open, err := resolve(merged, conflicts, choices)
	if err != nil {
		return Plan{}, err
	}
	if len(open) > 0 {
		return Plan{}, mergeConflict(open)
	}
	plan, err := planOf(resolved)
	if err != nil {
		return Plan{}, err
	}
	tidy, err := plan.Tidy(plugins)
	if f := fault.Of(err); f != nil {
		return plan, fault.Refuse(fault.Conflict, "lesson.merge_conflict",
			fault.Say("what others changed and what you changed do not go together", "他人的修改与您的修改无法同时成立"), f.Problems...)
	}
	return tidy, err
}

// named gives the pointer of a conflict about an item that the merged plan does not hold the item's id: "/items/-/q1".
func named(c content.Conflict) string {
	if !strings.HasSuffix(c.Pointer, "/-") {
		return c.Pointer
	}
	for _, side := range []any{c.Base, c.Theirs, c.Ours} {
		if object, is := side.(map[string]any); is {
			id, _ := object["id"].(string)
			return c.Pointer + "/" + content.Escape(id)
		}
	}
	return c.Pointer
}

func mergeConflict(conflicts []content.Conflict) error {
	slices.SortFunc(conflicts, func(a, b content.Conflict) int { return cmp.Compare(a.Pointer, b.Pointer) })
	problems := make([]fault.Problem, len(conflicts))
	for i, c := range conflicts {
		problems[i] = fault.Problem{Pointer: c.Pointer, Code: "merge_conflict", Message: fault.Say("changed by others too", "他人也修改了此处")}
	}
	return fault.Refuse(fault.Conflict, "lesson.merge_conflict",
		fault.Say("others changed the same; decide which to keep", "他人修改了相同的内容，请选择保留哪一个"), problems...).With("conflicts", conflicts)
}

// removed marks items that go, so that the indices of the others hold until all choices are made.
type removed struct{}

// resolve makes the choices on a merged document, which holds our side of every conflict, and returns the conflicts that are left.
func resolve(merged any, conflicts []content.Conflict, choices Choices) (map[string]any, []content.Conflict, error) {
	shown := map[string]bool{}
	var open []content.Conflict
	// The deepest first: what is reordered further up then moves it along.
	slices.SortStableFunc(conflicts, func(a, b content.Conflict) int {
		return cmp.Compare(len(content.Tokens(b.Pointer)), len(content.Tokens(a.Pointer)))
	})
	doc := clone(merged)
	for _, c := range conflicts {
		shown[c.Pointer] = true
		switch choices[c.Pointer] {
		case Ours:
		case Theirs:
			doc = take(doc, content.Tokens(c.Pointer), c.Theirs)
		default:
			open = append(open, c)
		}
	}
	for pointer, side := range choices {
		if !shown[pointer] || (side != Ours && side != Theirs) {
			return nil, nil, fault.Refuse(fault.Conflict, "lesson.choice_unknown",
				fault.Say("a choice is about a conflict that there is not, or takes no side; look at the conflicts again", "选择的冲突不存在或未指定保留方，请重新查看冲突"),
				fault.Problem{Pointer: pointer, Code: "choice", Message: fault.Say("there is no such conflict", "没有此冲突")})
		}
	}
	object, _ := sweep(doc).(map[string]any)
	return object, open, nil
}

// take puts what the other side has at a place; nil takes the place away.
func take(v any, path []string, theirs any) any {
	if len(path) == 0 {
		return taken(v, theirs)
	}
	switch t := v.(type) {
	case map[string]any:
		if next := take(t[path[0]], path[1:], theirs); next == nil {
			delete(t, path[0])
		} else {
			t[path[0]] = next
		}
	case []any:
		if path[0] == "-" {
			return append(t, theirs)
		}
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(t) {
			if t[i] = take(t[i], path[1:], theirs); t[i] == nil {
				t[i] = removed{}
			}
		}
	}
	return v
}

// taken is the other side's value, or our items in the other side's order where the order is what differs.
func taken(ours, theirs any) any {
	list, isList := ours.([]any)
	order, isOrder := theirs.([]any)
	if !isList || !isOrder || len(list) == 0 || len(order) == 0 {
		return theirs
	}
	if _, ids := order[0].(string); !ids {
		return theirs
	}
	if _, text := list[0].(string); text {
		return theirs // a list of texts is one value
	}
	rank := make(map[any]int, len(order))
	for i, id := range order {
		rank[id] = i + 1
	}
	type ranked struct {
		item any
		at   int
	}
	last, all := 0, make([]ranked, len(list))
	for i, item := range list {
		object, _ := item.(map[string]any)
		if at := rank[object["id"]]; at > 0 {
			last = at
		}
		all[i] = ranked{item, last} // one that they do not have stays behind the one in front of it
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.at, b.at) })
	for i := range all {
		list[i] = all[i].item
	}
	return list
}

// sweep takes out what was marked.
func sweep(v any) any {
	switch t := v.(type) {
	case map[string]any:
		for name, value := range t {
			t[name] = sweep(value)
		}
	case []any:
		kept := t[:0]
		for _, item := range t {
			if _, gone := item.(removed); !gone {
				kept = append(kept, sweep(item))
			}
		}
		return kept
	}
	return v
}

// clone copies a document: merging shares what no side changed.
func clone(v any) any {
	var copied any
	_ = json.Unmarshal(content.Canonical(v), &copied)
	return copied
}
