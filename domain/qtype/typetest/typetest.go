package typetest

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"

	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/qtype"
)

// attempts is how often a content is drawn anew before rapid is told that this draw leads nowhere.
const attempts = 30

// Content draws a content that q accepts for publishing.
func Content(t *rapid.T, q *qtype.Type) any {
	for range attempts {
		g := generator{t: t}
		drawn, _ := g.value(q.ContentSchema())
		doc := g.resolve(drawn, drawn)
		if len(q.Check(doc)) == 0 {
			return doc
		}
	}
	t.Skip("no content that satisfies the type's checks")
	return nil
}

// OtherSecrets draws a content that differs from doc in secrets only: keys, weights and feedback are drawn anew, appear and disappear,
// and lists in neutral order stand in another one. It need not be valid.
func OtherSecrets(t *rapid.T, q *qtype.Type, doc any) any {
	g := generator{t: t}
	changed := g.otherSecrets(q.ContentSchema(), doc)
	return g.resolve(changed, changed)
}

// Response draws a response that q takes for a question with this public view; nil where there is nothing to answer.
func Response(t *rapid.T, q *qtype.Type, public any) any {
	if !q.HasResponse() {
		return nil
	}
	g := generator{t: t}
	drawn, _ := g.value(q.ResponseSchema())
	return g.resolve(drawn, public)
}

// Spoilt changes a document a little, so that it may no longer be valid.
func Spoilt(t *rapid.T, doc any) any {
	g := generator{t: t}
	return g.spoil(doc)
}

type generator struct {
	t  *rapid.T
	id int
}

// reference stands for the id of an item until the lists are drawn.
type reference struct{ pointer string }

// references stands for a list of things that hold ids.
type references struct {
	schema      any
	least, most int
}

var texts = []string{"甲", "b", "two words", "<b>bold</b> &amp; plain", "**strong** $x_1$", "Ａ　ｂ", "a*b", "0.5", "−3", "π≈3.14", "\t x"}

func (g *generator) value(node any) (any, bool) {
	schema, ok := node.(map[string]any)
	if !ok {
		return nil, false
	}
	if value, has := schema["const"]; has {
		return value, true
	}
	if values, has := schema["enum"].([]any); has {
		return rapid.SampledFrom(values).Draw(g.t, "enum"), true
	}
	if pointer, refers := schema["x-ref"].(string); refers {
		return reference{pointer}, true
	}
	switch schema["type"] {
	case "object":
		return g.object(schema), true
	case "array":
		return g.list(schema), true
	case "string":
		return g.text(schema), true
	case "number", "integer":
		return g.number(schema), true
	case "boolean":
		return rapid.Bool().Draw(g.t, "bool"), true
	}
	return nil, true
}

func (g *generator) object(schema map[string]any) any {
	out := map[string]any{}
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	wanted, unwanted := g.branch(schema)
	for _, name := range names(properties) {
		needed := slices.Contains(required, any(name)) || slices.Contains(wanted, name)
		if !needed && (slices.Contains(unwanted, name) || rapid.IntRange(0, 2).Draw(g.t, "absent") > 0) {
			continue
		}
		if name == "id" {
			g.id++
			out[name] = fmt.Sprintf("i%d", (g.id*7)%101) // not in the order of the list
			continue
		}
		if value, some := g.value(properties[name]); some {
			out[name] = value
		}
	}
	dependent, _ := schema["dependentRequired"].(map[string]any)
	for range len(dependent) { // what depends on what was left out goes too
		for _, name := range names(dependent) {
			for _, other := range dependent[name].([]any) {
				if _, there := out[other.(string)]; !there {
					delete(out, name)
				}
			}
		}
	}
	return out
}

// branch chooses one of the permitted forms: the members it wants, and those that only others want.
func (g *generator) branch(schema map[string]any) (wanted, unwanted []string) {
	for _, keyword := range []string{"oneOf", "anyOf"} {
		branches, _ := schema[keyword].([]any)
		if len(branches) == 0 {
			continue
		}
		chosen := rapid.IntRange(0, len(branches)-1).Draw(g.t, "branch")
		for i, item := range branches {
			branch, _ := item.(map[string]any)
			inside, _ := g.branch(branch)
			for _, name := range requiredIn(branch) {
				if i != chosen {
					unwanted = append(unwanted, name)
				}
			}
			if i == chosen {
				list, _ := branch["required"].([]any)
				for _, name := range list {
					inside = append(inside, name.(string))
				}
				wanted = append(wanted, inside...)
			}
		}
	}
	return wanted, unwanted
}

func requiredIn(schema map[string]any) []string {
	var all []string
	list, _ := schema["required"].([]any)
	for _, name := range list {
		all = append(all, name.(string))
	}
	for _, keyword := range []string{"oneOf", "anyOf", "allOf"} {
		branches, _ := schema[keyword].([]any)
		for _, branch := range branches {
			all = append(all, requiredIn(branch.(map[string]any))...)
		}
	}
	return all
}

func (g *generator) list(schema map[string]any) any {
	least, most := int(numberOr(schema["minItems"], 0)), int(numberOr(schema["maxItems"], 6))
	if refersTo(schema["items"]) != "" {
		return references{schema: schema["items"], least: least, most: most}
	}
	out := []any{}
	for range rapid.IntRange(least, min(most, least+3)).Draw(g.t, "items") {
		if value, some := g.value(schema["items"]); some {
			out = append(out, value)
		}
	}
	return out
}

// refersTo returns the first list that an item, or one of its members, refers to.
func refersTo(node any) string {
	schema, _ := node.(map[string]any)
	if pointer, ok := schema["x-ref"].(string); ok {
		return pointer
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range names(properties) {
		member, _ := properties[name].(map[string]any)
		if pointer, ok := member["x-ref"].(string); ok {
			return pointer
		}
	}
	return ""
}

func (g *generator) text(schema map[string]any) any {
	source, patterned := schema["pattern"].(string)
	least, most := int(numberOr(schema["minLength"], 0)), int(numberOr(schema["maxLength"], 1000))
	fits := texts
	if least == 0 {
		fits = append([]string{""}, texts...)
	}
	pattern := regexp.MustCompile(source)
	fits = slices.DeleteFunc(slices.Clone(fits), func(text string) bool {
		return (patterned && !pattern.MatchString(text)) || len([]rune(text)) > most || len([]rune(text)) < least
	})
	if len(fits) > 1 {
		return rapid.SampledFrom(fits).Draw(g.t, "text")
	}
	return rapid.StringMatching(source).Filter(func(text string) bool { return len(text) <= most }).Draw(g.t, "matching")
}

func (g *generator) number(schema map[string]any) any {
	step := numberOr(schema["multipleOf"], 0.5)
	if schema["type"] == "integer" {
		step = 1
	}
	least, most := numberOr(schema["minimum"], -1000), numberOr(schema["maximum"], 1000)
	if rapid.Bool().Draw(g.t, "round") {
		return rapid.SampledFrom([]float64{least, most, math.Round(most / 2)}).Draw(g.t, "number")
	}
	n := rapid.Int64Range(int64(math.Ceil(least/step)), int64(math.Floor(most/step))).Draw(g.t, "steps")
	text := strconv.FormatFloat(float64(n)*step, 'f', 5, 64)
	number, _ := strconv.ParseFloat(text, 64)
	if number == 0 {
		return 0.0
	}
	return number
}

// resolve puts ids where references stand; lists is the document whose lists they refer to.
func (g *generator) resolve(v, lists any) any {
	switch x := v.(type) {
	case reference:
		ids := idsAt(lists, x.pointer)
		if len(ids) == 0 {
			return "none"
		}
		return rapid.SampledFrom(ids).Draw(g.t, "ref")
	case references:
		return g.resolveList(x, lists)
	case map[string]any:
		out := make(map[string]any, len(x))
		for _, name := range names(x) {
			out[name] = g.resolve(x[name], lists)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = g.resolve(item, lists)
		}
		return out
	}
	return v
}

func (g *generator) resolveList(r references, lists any) any {
	ids := idsAt(lists, refersTo(r.schema))
	count := min(len(ids), r.most)
	if rapid.IntRange(0, 3).Draw(g.t, "all") == 0 {
		count = rapid.IntRange(min(r.least, count), count).Draw(g.t, "some")
	}
	out := []any{}
	if len(ids) == 0 {
		return out
	}
	for _, id := range rapid.Permutation(ids).Draw(g.t, "refs")[:count] {
		item, _ := g.value(r.schema)
		if object, isObject := item.(map[string]any); isObject {
			first := true
			for _, name := range names(object) {
				if ref, refers := object[name].(reference); refers && first && ref.pointer == refersTo(r.schema) {
					object[name], first = id, false
				}
			}
			out = append(out, g.resolve(object, lists))
			continue
		}
		out = append(out, id)
	}
	return out
}

func idsAt(document any, pointer string) []string {
	v, _ := content.At(document, pointer)
	list, _ := v.([]any)
	var ids []string
	for _, item := range list {
		object, _ := item.(map[string]any)
		if id, ok := object["id"].(string); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

func (g *generator) otherSecrets(node, v any) any {
	schema, _ := node.(map[string]any)
	switch x := v.(type) {
	case map[string]any:
		return g.otherMembers(schema, x)
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = g.otherSecrets(schema["items"], item)
		}
		if schema["x-order"] == "neutral" && len(out) > 1 {
			return rapid.Permutation(out).Draw(g.t, "order")
		}
		return out
	}
	return v
}

func (g *generator) otherMembers(schema, object map[string]any) any {
	out := map[string]any{}
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range names(object) {
		out[name] = g.otherSecrets(properties[name], object[name])
	}
	for _, name := range names(properties) {
		member, _ := properties[name].(map[string]any)
		if member["x-secret"] == nil {
			continue
		}
		switch rapid.IntRange(0, 3).Draw(g.t, "secret") {
		case 0:
			delete(out, name)
		case 1: // stays
		default:
			if value, some := g.value(member); some {
				out[name] = value
			}
		}
	}
	return out
}

func (g *generator) spoil(v any) any {
	if rapid.IntRange(0, 4).Draw(g.t, "replace") == 0 {
		return rapid.SampledFrom([]any{nil, true, 0.0, 1.5, "", "a", "i7", []any{}, []any{"a", "a"}, map[string]any{}, map[string]any{"id": "a"}}).Draw(g.t, "value")
	}
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range names(x) {
			switch rapid.IntRange(0, 5).Draw(g.t, "member") {
			case 0:
			case 1:
				out[name] = g.spoil(x[name])
			default:
				out[name] = x[name]
			}
		}
		if rapid.IntRange(0, 5).Draw(g.t, "extra") == 0 {
			out[rapid.SampledFrom([]string{"extra", "id", "text"}).Draw(g.t, "name")] = "x"
		}
		return out
	case []any:
		out := slices.Clone(x)
		if len(out) > 0 {
			i := rapid.IntRange(0, len(out)-1).Draw(g.t, "i")
			out[i] = g.spoil(out[i])
			if rapid.Bool().Draw(g.t, "twice") {
				out = append(out, out[i])
			}
		}
		return out
	}
	return v
}

func names(object map[string]any) []string {
	out := make([]string, 0, len(object))
	for name := range object {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func numberOr(v any, otherwise float64) float64 {
	if number, ok := v.(float64); ok {
		return number
	}
	return otherwise
}
