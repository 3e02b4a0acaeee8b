package content

import (
	"slices"
	"strconv"
	"strings"

	"qbank/domain/fault"
)

// Path follows a JSON Pointer and returns the same place as Change.Path says it: members by name, items of lists by "#id", so that it
// is found again when items have moved. there is false where the pointer leads nowhere, or into a list whose items have no ids.
func Path(document any, pointer string) (path []string, there bool) {
	for _, token := range Tokens(pointer) {
		switch t := document.(type) {
		case map[string]any:
			if document, there = t[token]; !there {
				return nil, false
			}
			path = append(path, token)
		case []any:
			i, err := strconv.Atoi(token)
			list, byID := itemsByID(t)
			if err != nil || !byID || i < 0 || i >= len(t) {
				return nil, false
			}
			document, path = t[i], append(path, "#"+list.ids[i])
		default:
			return nil, false
		}
	}
	return path, true
}

// Locate follows a path to where it leads in a document: the JSON Pointer of the place and its value.
func Locate(document any, path []string) (pointer string, value any, there bool) {
	for _, token := range path {
		switch t := document.(type) {
		case map[string]any:
			if document, there = t[token]; !there {
				return "", nil, false
			}
			pointer += "/" + Escape(token)
		case []any:
			i := indexOf(t, token)
			if i < 0 {
				return "", nil, false
			}
			document = t[i]
			pointer += "/" + strconv.Itoa(i)
		default:
			return "", nil, false
		}
	}
	return pointer, document, true
}

// indexOf finds the only item with an id; -1 where there is none.
func indexOf(list []any, token string) int {
	id, isID := strings.CutPrefix(token, "#")
	found := -1
	for i, item := range list {
		if object, _ := item.(map[string]any); isID && object["id"] == id {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// Carry returns document with one place made as it is in past: the value that stands there, or nothing where past has none. An item comes
// back behind the nearest of those that stood in front of it. A place that neither has, or whose surroundings
// document has no longer, is a fault "content.carry".
func Carry(past, document any, path []string) (any, error) {
	at, then, was := Locate(past, path)
	here, now, is := Locate(document, path)
	var changes []Change
	switch {
	case was && is:
		changes = []Change{{Op: "set", Path: path, Pointer: here, Before: now, After: then}}
	case is:
		changes = []Change{{Op: "remove", Path: path, Pointer: here, Before: now}}
	case was:
		changes = []Change{{Op: "add", Path: path, Pointer: at, After: then}}
		if front, moves := neighbour(past, document, path); moves {
			changes = append(changes, Change{Op: "move", Path: path, Pointer: at, After: front})
		}
	}
	out, err := ApplyChanges(document, changes)
	_, value, there := Locate(out, path) // a member that is called as an item is does not become one
	if err != nil || len(changes) == 0 || there != was || !Equal(value, then) {
		return nil, fault.Refuse(fault.Conflict, "content.carry",
			fault.Say("what this place stands in is no longer there; bring that back instead", "该位置所在的内容已不存在，请改为恢复其上级"),
			fault.Problem{Pointer: at, Code: "content.carry", Message: fault.Say("there is nowhere to put this", "没有可放置的位置")})
	}
	return out, nil
}

// neighbour names the item of document behind which an item of past belongs, nil for the front; moves is false where it is no item.
func neighbour(past, document any, path []string) (front any, moves bool) {
	if len(path) == 0 {
		return nil, false
	}
	above, token := path[:len(path)-1], path[len(path)-1]
	_, before, _ := Locate(past, above)
	_, after, _ := Locate(document, above)
	then, one := itemsByID(before)
	now, other := itemsByID(after)
	if !one || !other {
		return nil, false
	}
	for _, id := range slices.Backward(then.ids[:then.index[strings.TrimPrefix(token, "#")]]) {
		if _, stays := now.index[id]; stays {
			return id, true
		}
	}
	return nil, true
}

// ItemIDs returns the ids of a list whose items are followed by them, in order; an empty list is one. ok is false for any other value.
func ItemIDs(v any) (ids []string, ok bool) {
	list, ok := itemsByID(v)
	return list.ids, ok
}
