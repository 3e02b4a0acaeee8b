package qtype

import "strconv"

// Empty is a content to begin a draft with: required members and those with a default, lists with as many items as they need at
// least, and ids. It is not valid as long as its texts are empty and its key is missing.
func (t *Type) Empty() any {
	b := emptyBuilder{left: maxEmptyNodes}
	value, _ := b.value(t.content.schema.document, 0)
	return value
}

// maxEmptyNodes bounds what a schema can ask for by least numbers of items.
const maxEmptyNodes = 1000

type emptyBuilder struct{ left int }

// value returns the first value for a schema, and whether there is one: a reference has none before there is something to refer to.
func (b *emptyBuilder) value(node any, nth int) (any, bool) {
	if b.left--; b.left < 0 {
		return nil, false
	}
	object, _ := node.(map[string]any)
	if value, has := object["default"]; has {
		return value, true
	}
	if value, has := object["const"]; has {
		return value, true
	}
	if values, has := object["enum"].([]any); has && len(values) > 0 {
		return values[0], true
	}
	if _, refers := object["x-ref"]; refers {
		return nil, false
	}
	types := typesOf(object)
	if len(types) == 0 {
		return nil, false
	}
	switch types[0] {
	case "object":
		return b.object(object, nth), true
	case "array":
		return b.list(object), true
	case "string":
		return "", true
	case "number", "integer":
		if minimum, has := object["minimum"].(float64); has && minimum > 0 {
			return minimum, true
		}
		return 0.0, true
	case "boolean":
		if object["x-secret"] != nil {
			return nil, false // a key is chosen, not assumed
		}
		return false, true
	}
	return nil, true
}

func (b *emptyBuilder) object(object map[string]any, nth int) any {
	out := map[string]any{}
	properties, _ := object["properties"].(map[string]any)
	required := map[string]bool{}
	names, _ := object["required"].([]any)
	for _, item := range names {
		name, _ := item.(string)
		required[name] = true
	}
	for name, schema := range properties {
		member, _ := schema.(map[string]any)
		_, hasDefault := member["default"]
		if !required[name] && !hasDefault {
			continue
		}
		if name == "id" {
			out[name] = nthID(nth)
			continue
		}
		if value, some := b.value(schema, 0); some {
			out[name] = value
		}
	}
	return out
}

func (b *emptyBuilder) list(object map[string]any) any {
	out := []any{}
	for i := range limit(object["minItems"], 0) {
		value, some := b.value(object["items"], i)
		if !some {
			break
		}
		out = append(out, value)
	}
	return out
}

// nthID is a, b, … z, then o27, o28 and so on.
func nthID(n int) string {
	if n < 26 {
		return string(rune('a' + n))
	}
	return "o" + strconv.Itoa(n+1)
}
