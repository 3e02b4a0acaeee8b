package lesson

import (
	"encoding/json"
	"fmt"

	"qbank/domain/content"
)

// maxPlan bounds a plan as JSON, bytes.
const maxPlan = 1 << 20

// listed are the lists of a plan whose items are told apart by something else than an id, and what that is; "" where the items are
// names themselves. So two people's changes to them can be brought together item by item.
var listed = []struct{ owner, list, name string }{
	{"", "items", "slot"}, {"draws", "pool", "question"}, {"stages", "slots", ""}, {"stages", "draws", ""},
}

// Document is the plan as JSON, for comparing and commenting: what is told apart by a name has it as its id, and is followed wherever it moves.
func (p Plan) Document() any {
	doc, err := p.document()
	if err != nil { // a plan is strings and numbers, and data that was JSON before
		return map[string]any{}
	}
	return doc
}

// document is the plan as JSON in which every list's items have ids.
func (p Plan) document() (map[string]any, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode a plan: %w", err)
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("decode a plan: %w", err)
	}
	if doc["items"] == nil {
		doc["items"] = []any{}
	}
	eachList(doc, func(item any, name string) any {
		object, is := item.(map[string]any)
		if !is {
			return map[string]any{"id": item}
		}
		object["id"] = object[name]
		return object
	})
	return doc, nil
}

// planOf reads what document wrote.
func planOf(doc map[string]any) (p Plan, err error) {
	eachList(doc, func(item any, name string) any {
		object, _ := item.(map[string]any)
		if name == "" {
			return object["id"]
		}
		delete(object, "id")
		return object
	})
	raw, err := json.Marshal(doc)
	if err != nil {
		return p, fmt.Errorf("encode a merged plan: %w", err)
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, fmt.Errorf("decode a merged plan: %w", err)
	}
	return p, nil
}

// eachList replaces the items of all listed lists.
func eachList(doc map[string]any, replace func(item any, name string) any) {
	for _, l := range listed {
		owners := []any{doc}
		if l.owner != "" {
			owners, _ = doc[l.owner].([]any)
		}
		for _, owner := range owners {
			object, _ := owner.(map[string]any)
			list, _ := object[l.list].([]any)
			for i := range list {
				list[i] = replace(list[i], l.name)
			}
		}
	}
}

// Hash identifies what a plan says.
func (p Plan) Hash() content.Hash {
	doc, err := p.document()
	if err != nil { // a plan is strings and numbers, and data that was JSON before
		return ""
	}
	return content.HashOf(doc)
}
