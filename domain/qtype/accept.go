package qtype

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"qbank/domain/content"
)

// test says yes only to values that the schema accepts; no means that the schema has to be asked. It is the quick way
// for the answers of a whole class in one second: the validator keeps sets of unevaluated members and compares
// numbers as fractions, which costs ten times as much.
type test func(value, public any) bool

// compileTest makes a test of a response schema, or nil where the schema uses keywords that it does not know.
func compileTest(node any) test {
	object, ok := node.(map[string]any)
	if !ok {
		return nil
	}
	for keyword := range object {
		if !testable[keyword] {
			return nil
		}
	}
	var scalar test
	if values, has := object["enum"].([]any); has {
		scalar = oneOf(values)
	}
	if value, has := object["const"]; has {
		if scalar != nil {
			return nil
		}
		scalar = oneOf([]any{value})
	}
	var typed test
	switch object["type"] {
	case "object":
		typed = objectTest(object)
	case "array":
		typed = listTest(object)
	case "string":
		typed = stringTest(object)
	case "number":
		typed = numberTest(object)
	case "boolean":
		typed = func(v, _ any) bool { _, ok := v.(bool); return ok }
	}
	if typed == nil || scalar == nil {
		return typed
	}
	return func(v, public any) bool { return typed(v, public) && scalar(v, public) }
}

// testable are the keywords that tests know, and those that say nothing about what is valid.
var testable = map[string]bool{
	"type": true, "properties": true, "required": true, "additionalProperties": true, "items": true, "minItems": true,
	"maxItems": true, "uniqueItems": true, "minLength": true, "maxLength": true, "pattern": true, "minimum": true, "maximum": true,
	"enum": true, "const": true, "x-ref": true, "x-text": true, "x-asset": true, "x-i18n": true,
	"title": true, "description": true, "default": true, "examples": true, "deprecated": true, "readOnly": true,
}

func oneOf(values []any) test {
	return func(v, _ any) bool {
		for _, value := range values {
			if content.Equal(v, value) {
				return true
			}
		}
		return false
	}
}

func objectTest(object map[string]any) test {
	if object["additionalProperties"] != false {
		return nil
	}
	properties, _ := object["properties"].(map[string]any)
	members := make(map[string]test, len(properties))
	for name, schema := range properties {
		if members[name] = compileTest(schema); members[name] == nil {
			return nil
		}
	}
	var required []string
	list, _ := object["required"].([]any)
	for _, item := range list {
		name, _ := item.(string)
		required = append(required, name)
	}
	return func(v, public any) bool {
		t, ok := v.(map[string]any)
		if !ok {
			return false
		}
		for _, name := range required {
			if _, there := t[name]; !there {
				return false
			}
		}
		for name, value := range t {
			if accepts := members[name]; accepts == nil || !accepts(value, public) {
				return false
			}
		}
		return true
	}
}

// fewItems is as many as are compared each with each; longer lists of distinct items are the validator's.
const fewItems = 32

func listTest(object map[string]any) test {
	item := compileTest(object["items"])
	if _, haveIDs := content.At(object, "/items/properties/id"); item == nil || haveIDs {
		return nil // ids are told apart by the slow way
	}
	least, most := limit(object["minItems"], 0), limit(object["maxItems"], 1<<30)
	unique := object["uniqueItems"] == true
	return func(v, public any) bool {
		list, ok := v.([]any)
		if !ok || len(list) < least || len(list) > most || (unique && len(list) > fewItems) {
			return false
		}
		for i, value := range list {
			if !item(value, public) {
				return false
			}
			if unique && slices.ContainsFunc(list[:i], func(before any) bool { return content.Equal(before, value) }) {
				return false
			}
		}
		return true
	}
}

func stringTest(object map[string]any) test {
	least, most := limit(object["minLength"], 0), limit(object["maxLength"], 1<<30)
	var pattern *regexp.Regexp
	if source, has := object["pattern"].(string); has {
		var err error
		if pattern, err = regexp.Compile(source); err != nil {
			return nil
		}
	}
	var way []string
	if ref, has := object["x-ref"].(string); has {
		way = content.Tokens(ref)
	}
	return func(v, public any) bool {
		text, ok := v.(string)
		if !ok || (way != nil && !hasItem(public, way, text)) {
			return false
		}
		n := utf8.RuneCountInString(text)
		return n >= least && n <= most && (pattern == nil || pattern.MatchString(text))
	}
}

func numberTest(object map[string]any) test {
	least, bounded := object["minimum"].(float64)
	most, limited := object["maximum"].(float64)
	return func(v, _ any) bool {
		number, ok := v.(float64)
		return ok && (!bounded || number >= least) && (!limited || number <= most)
	}
}

func limit(v any, otherwise int) int {
	if number, ok := v.(float64); ok {
		return int(number)
	}
	return otherwise
}
