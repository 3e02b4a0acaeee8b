package compare

import (
	"strings"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// Kind says what became of a field.
type Kind string

// What becomes of a field.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Changed Kind = "changed"
	Moved   Kind = "moved" // an item of a list stands elsewhere
)

// Field is one place that differs.
type Field struct {
	Path   []string // members by name, items as "#id": the same on both sides
	Kind   Kind
	From   string     // JSON Pointer into the earlier document; "" for what was added
	To     string     // JSON Pointer into the later document; "" for what was removed
	Label  fault.Text // as the form has it, with those above it: Options › 2 › Text
	Before any        // for what moved, the id of the item in front of it; nil for the front
	After  any
	Words  []Span // of a text
}

// Schema says what stands at a place of a document: what the form calls it, and the format that a text is written in, "" for what is none.
// A *qtype.Type is one.
type Schema interface {
	Describe(document any, pointer string) (label fault.Text, format string)
}

// Side is one of two documents that are compared.
type Side struct {
	Content any
	Schema  Schema
}

// Fields lists what differs, in the order of members' names. Items are followed by their ids. What was added or removed is listed once, with
// all that it holds.
func Fields(before, after Side) []Field {
	left := effort
	var fields []Field
	added := map[string]bool{}
	for _, change := range content.Diff(before.Content, after.Content) {
		f := Field{Path: change.Path, Before: change.Before, After: change.After}
		key := strings.Join(change.Path, "\x00")
		switch change.Op {
		case "add":
			f.Kind, f.To = Added, change.Pointer
			added[key] = true
		case "remove":
			f.Kind, f.From = Removed, change.Pointer
		case "move":
			if added[key] {
				continue // it was put where it stands
			}
			f.Kind, f.To = Moved, change.Pointer
		default:
			f.Kind, f.To = Changed, change.Pointer
		}
		if f.Kind == Changed || f.Kind == Moved {
			f.From, _, _ = content.Locate(before.Content, change.Path)
		}
		f.describe(before, after, &left)
		fields = append(fields, f)
	}
	return fields
}

// describe fills in the label and the words.
func (f *Field) describe(before, after Side, left *int) {
	var formatBefore, formatAfter string
	var was, is string
	if f.Kind != Added {
		f.Label, formatBefore = before.Schema.Describe(before.Content, f.From)
		was = written(f.Before)
	}
	if f.Kind != Removed {
		f.Label, formatAfter = after.Schema.Describe(after.Content, f.To)
		is = written(f.After)
	}
	if f.Kind != Moved && formatBefore+formatAfter != "" {
		f.Words = words(was, is, formatBefore, formatAfter, left)
	}
}

// written is the text of a value that is one: a string, or {"format", "text"}.
func written(v any) string {
	if object, is := v.(map[string]any); is {
		v = object["text"]
	}
	text, _ := v.(string)
	return text
}
