package qtype

import "strconv"

// Empty is a content to begin a draft with: required members and those with a default, lists with as many items as they need at
// least, and ids. It is not valid as long as its texts are empty and its key is missing.
func (t *Type) Empty() any {
	value, _ := empty(t.content.schema.document, 0)
	return value
}

// empty returns the first value for a schema, and whether there is one: a reference has none before there is something to refer to.
func empty(node any, nth int) (any, bool) {
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
		return emptyObject(object, nth), true
	case "array":
		return emptyList(object), true
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

func emptyObject(object map[string]any, nth int) any {
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
		if value, some := empty(schema, 0); some {
			out[name] = value
		}
	}
	return out
}

func emptyList(object map[string]any) any {
	out := []any{}
	for i := range limit(object["minItems"], 0) {
		if value, some := empty(object["items"], i); some {
			out = append(out, value)
		}
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
