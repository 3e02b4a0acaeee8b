package qtype_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/qtype"
	"qbank/domain/qtype/typetest"
	"qbank/schemas"
)

// TestTheQuickTestSaysWhatTheSchemaSays, for the built-in types and for response schemas drawn from the keywords that it knows:
// yes only where the schema says so, and not no for want of trying (lists of many distinct items aside).
func TestTheQuickTestSaysWhatTheSchemaSays(t *testing.T) {
	t.Parallel()
	types, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range types {
		if !q.HasResponse() {
			continue
		}
		t.Run(q.Ref().ID, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				public, _ := q.Split(typetest.Content(t, q))
				if _, has := q.Accepts(public, nil); !has {
					t.Fatalf("%s has no quick test", q.Ref())
				}
				compare(t, q, public)
			})
		})
	}
	t.Run("drawn", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			q, err := qtype.Compile(typeWith(t, responseSchema(t, 2)))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, q, map[string]any{"options": []any{map[string]any{"id": "a"}, map[string]any{"id": "i7"}}})
		})
	})
}

func compare(t *rapid.T, q *qtype.Type, public any) {
	response := typetest.Response(t, q, public)
	if rapid.Bool().Draw(t, "spoilt") {
		response = typetest.Spoilt(t, response)
	}
	accepted, has := q.Accepts(public, response)
	if !has {
		return
	}
	problems := qtype.ExplainResponse(q, public, response)
	if accepted != (len(problems) == 0) {
		t.Fatalf("%s to %s: quick %v, schema %+v", content.Canonical(response), content.Canonical(q.ResponseSchema()), accepted, problems)
	}
}

func responseSchema(t *rapid.T, depth int) map[string]any {
	kinds := []string{"string", "number", "boolean", "enum", "ref"}
	if depth > 0 {
		kinds = append(kinds, "object", "object", "array", "array")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "string":
		schema := map[string]any{"type": "string", "minLength": float64(rapid.IntRange(0, 2).Draw(t, "least"))}
		if rapid.Bool().Draw(t, "limited") {
			schema["maxLength"] = float64(rapid.IntRange(2, 5).Draw(t, "most"))
		}
		if rapid.Bool().Draw(t, "patterned") {
			schema["pattern"] = "^[a-z]*$"
		}
		return schema
	case "number":
		return map[string]any{"type": "number", "minimum": 0.0, "maximum": float64(rapid.IntRange(0, 2).Draw(t, "most"))}
	case "boolean":
		return map[string]any{"type": "boolean"}
	case "enum":
		return map[string]any{"type": "string", "enum": []any{"a", "b", ""}}
	case "ref":
		return map[string]any{"type": "string", "x-ref": "/options"}
	case "array":
		return map[string]any{"type": "array", "items": responseSchema(t, depth-1), "maxItems": 5.0,
			"minItems": float64(rapid.IntRange(0, 1).Draw(t, "least")), "uniqueItems": rapid.Bool().Draw(t, "unique")}
	}
	properties, required := map[string]any{}, []any{}
	for _, name := range []string{"a", "b", "id"} {
		if rapid.Bool().Draw(t, "has") {
			properties[name] = responseSchema(t, depth-1)
			if rapid.Bool().Draw(t, "required") {
				required = append(required, name)
			}
		}
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
}

func typeWith(t *rapid.T, response any) []byte {
	document, err := content.Decode([]byte(small), content.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	q := document.(map[string]any)
	q["response"], q["scoring"] = response, map[string]any{"template": "by_hand@1"}
	return content.Canonical(q)
}

// BenchmarkExplainResponse is what CheckResponse would cost without the quick test.
func BenchmarkExplainResponse(b *testing.B) {
	types, err := schemas.BuiltIn()
	if err != nil {
		b.Fatal(err)
	}
	public := map[string]any{"options": []any{map[string]any{"id": "a"}, map[string]any{"id": "b"}, map[string]any{"id": "c"}}}
	for _, q := range types {
		var response any
		switch q.Ref().ID {
		case "single-choice":
			response = map[string]any{"choice": "b"}
		case "multiple-choice":
			response = map[string]any{"choices": []any{"a", "b", "c"}}
		default:
			continue
		}
		b.Run(q.Ref().ID, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if problems := qtype.ExplainResponse(q, public, response); problems != nil {
					b.Fatal(fmt.Sprint(problems))
				}
			}
		})
	}
}
