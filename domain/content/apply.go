package content

import (
	"strings"

	"qbank/domain/fault"
)

// ApplyChanges makes the changes to a, which is not changed itself. A change whose place is not there, or does not hold what the
// change says it held, is a fault "content.change". It takes time in proportion to what it touches: a list is opened once, however many of
// its items change.
func ApplyChanges(a any, changes []Change) (any, error) {
	for _, change := range changes {
		next, err := change.apply(a, change.Path)
		if err != nil {
			return nil, err
		}
		a = next
	}
	return closed(a), nil
}

// openObject is a copy of an object that changes are being made to. Its members are documents, or open in turn.
type openObject struct{ members map[string]any }

// closed is the document that a value has become.
func closed(v any) any {
	switch t := v.(type) {
	case *openObject:
		out := make(map[string]any, len(t.members))
		for name, member := range t.members {
			out[name] = closed(member)
		}
		return out
	case *openList:
		return t.close()
	}
	return v
}

func (c Change) refuse(en, zh string) error {
	return fault.Refuse(fault.Conflict, "content.change", fault.Say("the change does not fit the document", "更改与文档不符"),
		fault.Problem{Pointer: c.Pointer, Code: "content.change", Message: fault.Text{EN: en, ZH: zh}})
}

func (c Change) withoutIDs() error {
	return c.refuse("the list has no items with ids", "列表的项没有 id")
}

// apply returns what becomes of v, a document or an open one.
func (c Change) apply(v any, path []string) (any, error) {
	if len(path) == 0 {
		if c.Op != "set" || !Equal(closed(v), c.Before) {
			return nil, c.refuse("the value is not the one that was changed", "值已不是被更改的值")
		}
		return c.After, nil
	}
	switch t := v.(type) {
	case map[string]any:
		open := &openObject{make(map[string]any, len(t)+1)}
		for name, member := range t {
			open.members[name] = member
		}
		return open, c.applyMember(open, path)
	case *openObject:
		return t, c.applyMember(t, path)
	case []any:
		list, byID := itemsByID(t)
		if !byID {
			return nil, c.withoutIDs()
		}
		open := newOpenList(list)
		return open, c.applyItem(open, path)
	case *openList:
		return t, c.applyItem(t, path)
	}
	return nil, c.refuse("there is nothing to change here", "此处没有可更改的内容")
}

func (c Change) applyMember(object *openObject, path []string) error {
	name, last := path[0], len(path) == 1
	value, there := object.members[name]
	switch {
	case last && c.Op == "add":
		if there {
			return c.refuse("the member is there already", "成员已存在")
		}
		object.members[name] = c.After
	case last && c.Op == "remove":
		if !there || !Equal(closed(value), c.Before) {
			return c.refuse("the member is not the one that was removed", "成员已不是被删除的成员")
		}
		delete(object.members, name)
	case !there:
		return c.refuse("the member is not there", "成员不存在")
	default:
		next, err := c.apply(value, path[1:])
		if err != nil {
			return err
		}
		object.members[name] = next
	}
	return nil
}

func (c Change) applyItem(list *openList, path []string) error {
	id, isID := strings.CutPrefix(path[0], "#")
	if !isID || !list.fresh() {
		return c.withoutIDs()
	}
	i, there := list.index[id]
	if len(path) == 1 && c.Op == "add" {
		if there {
			return c.refuse("the item is there already", "项已存在")
		}
		list.add(id, c.After)
		return nil
	}
	if !there {
		return c.refuse("the item is not there", "项不存在")
	}
	switch {
	case len(path) == 1 && c.Op == "remove":
		if !Equal(closed(list.items[i].value), c.Before) {
			return c.refuse("the item is not the one that was removed", "项已不是被删除的项")
		}
		list.unlink(i)
		delete(list.index, id)
		return nil
	case len(path) == 1 && c.Op == "move":
		front := -1
		if name, has := c.After.(string); has {
			j, known := list.index[name]
			if !known || j == i {
				return c.refuse("the item in front is not there", "前一项不存在")
			}
			front = j
		}
		list.unlink(i)
		list.link(i, front)
		return nil
	}
	next, err := c.apply(list.items[i].value, path[1:])
	if err != nil {
		return err
	}
	list.items[i].value = next
	if len(path) == 1 || path[1] == "id" {
		list.stale = true // it may go by another id now
	}
	return nil
}
