package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	gql "github.com/graphql-go/graphql"
	"pgregory.net/rapid"

	"qbank/domain/fault"
)

// Whatever graphql-go's own executor answers to a document, ours answers too.
func TestExecutionAgreesWithTheLibrary(t *testing.T) {
	t.Parallel()
	e := toy(t)
	ran := 0
	rapid.Check(t, func(t *rapid.T) {
		w := &writer{t: t, schema: e.schema}
		query, vars := w.document()
		if compare(t, e, query, vars) {
			ran++
		}
	})
	if ran < 50 && !testing.Short() { // -short draws few
		t.Errorf("only %d documents were valid", ran)
	}
}

func TestExecutionAgreesWithTheLibraryOnNotedCases(t *testing.T) {
	t.Parallel()
	e := toy(t)
	for _, q := range []string{
		`{ luke { sure { id } } }`,
		`{ hero { ... on Human { sure { brittle } } } }`,
		`{ luke { friends { sure { id } brittle } } }`,
		`{ luke { friends { friends { must: name } pet { must } } } }`,
		`query($a: Boolean!) { luke { id @skip(if: $a) id @include(if: $a) name @skip(if: $a) @include(if: true) } }`,
		`{ a: __typename hero { __typename ...F ...F } } fragment F on Character { ... on Droid { work } ... on Human { age } name }`,
		`{ __type(name: "Color") { name kind enumValues(includeDeprecated: true) { name } } }`,
		`{ __type(name: "Nope") { name } }`,
		`query Q { tags } mutation M { __typename }`,
		`{ find(filter: {text: "x", also: {text: "y", limit: 9}, and: {text: "z"}}, color: RED, any: {a: [1, 2.5, "s", true]}, long: "9007199254740993", ids: 7) }`,
		`mutation { stop next }`,
		`{ luke { panics denied broken afterwards } }`,
	} {
		if !compare(t, e, q, map[string]any{"a": true}) && !strings.Contains(q, "query Q") {
			t.Errorf("not valid: %s", q)
		}
	}
}

type failer interface {
	Fatalf(string, ...any)
	Helper()
}

// compare runs a document both ways. It is false where both refuse it.
func compare(t failer, e *Engine, query string, vars map[string]any) bool {
	t.Helper()
	theirs := gql.Do(gql.Params{Schema: e.schema, RequestString: query, VariableValues: vars})
	got := e.Execute(context.Background(), Request{Query: query, Variables: vars})
	var ours reply
	if err := json.Unmarshal(got.JSON, &ours); err != nil {
		t.Fatalf("not JSON: %v\n%s\n%s", err, query, got.JSON)
	}
	if !got.Ran {
		if got.fault.Kind == fault.Limit {
			return false // the library has no limits
		}
		if theirs.Data != nil || len(theirs.Errors) == 0 {
			t.Fatalf("the library runs\n%s\nwe say %s", query, got.JSON)
		}
		return false
	}
	if theirs.Data == nil && ours.Data != nil {
		t.Fatalf("the library says %v to\n%s\nwe run it", theirs.Errors, query)
	}
	text, err := json.Marshal(theirs.Data)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var data any
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatalf("%v", err)
	}
	if !reflect.DeepEqual(data, ours.Data) {
		t.Fatalf("query\n%s\nlibrary %s\nours    %s", query, text, got.JSON)
	}
	compareErrors(t, query, theirs, ours)
	return true
}

// compareErrors wants each of the library's errors at the same place and of the same kind. Ours may be more: the library
// leaves a selection set at the first failure of a non-null field, in the random order of a map.
func compareErrors(t failer, query string, theirs *gql.Result, ours reply) {
	t.Helper()
	have := map[string]string{}
	for _, e := range ours.Errors {
		have[fmt.Sprint(e.Path)] = e.Extensions.Code
		if len(e.Path) == 0 || len(e.Locations) == 0 {
			t.Fatalf("an error without path or location: %+v", e)
		}
	}
	for _, e := range theirs.Errors {
		code := CodeInternal
		if strings.Contains(e.Message, "toy.refused") {
			code = "toy.refused"
		}
		if got := have[fmt.Sprint(e.Path)]; got != code {
			t.Fatalf("query\n%s\nthe library has %q at %v, we have %q in %v", query, e.Message, e.Path, got, have)
		}
	}
	for path := range have {
		if !atOrUnderNull(ours, path) {
			t.Fatalf("query\n%s\nan error at %s where there is data", query, path)
		}
	}
}

// atOrUnderNull tells that following the path one meets a null.
func atOrUnderNull(r reply, path string) bool {
	for _, e := range r.Errors {
		if fmt.Sprint(e.Path) != path {
			continue
		}
		at := r.Data
		for _, key := range e.Path {
			switch c := at.(type) {
			case nil:
				return true
			case map[string]any:
				at = c[key.(string)]
			case []any:
				at = c[int(key.(float64))]
			}
		}
		return at == nil
	}
	return false
}

// writer draws documents that are valid for a schema, mostly.
type writer struct {
	t         *rapid.T
	schema    gql.Schema
	fragments []string
	left      int
}

func (w *writer) document() (string, map[string]any) {
	w.left = 30
	body := w.selection(w.schema.QueryType(), 0)
	q := "query Q($on: Boolean!, $off: Boolean = false, $f: Float, $n: Int) " + body + " " + strings.Join(w.fragments, " ") +
		" fragment Vars on Query { x: __typename @skip(if: $off) y: __typename @include(if: $on) }"
	q = strings.Replace(q, "{", "{ ...Vars luke { h: height(factor: $f) } humans(first: $n) { id } ", 1)
	vars := map[string]any{"on": rapid.Bool().Draw(w.t, "on")}
	if rapid.Bool().Draw(w.t, "sendOff") {
		vars["off"] = rapid.Bool().Draw(w.t, "off")
	}
	if rapid.Bool().Draw(w.t, "sendF") {
		vars["f"] = rapid.SampledFrom([]any{1.5, 2.0, nil}).Draw(w.t, "f")
	}
	return q, vars
}

func (w *writer) pick(n int, what string) int { return rapid.IntRange(0, n-1).Draw(w.t, what) }

func (w *writer) selection(parent gql.Type, depth int) string {
	var b strings.Builder
	b.WriteString("{ __typename ")
	for range 1 + w.pick(5, "selections") {
		if w.left--; w.left < 0 {
			break
		}
		choice := 7
		if depth < 4 {
			choice = w.pick(8, "selection")
		}
		switch choice {
		case 0:
			on := w.condition(parent)
			fmt.Fprintf(&b, "... on %s %s %s ", on.Name(), w.directive(), w.selection(on, depth+1))
		case 1:
			on := w.condition(parent)
			name := fmt.Sprintf("F%d", len(w.fragments))
			w.fragments = append(w.fragments, "")
			i := len(w.fragments) - 1
			w.fragments[i] = fmt.Sprintf("fragment %s on %s %s", name, on.Name(), w.selection(on, depth+1))
			for range 1 + w.pick(2, "spreads") {
				fmt.Fprintf(&b, "...%s %s ", name, w.directive())
			}
		default:
			b.WriteString(w.field(parent, depth))
		}
	}
	return b.String() + "}"
}

// condition is a type that a fragment on parent may name.
func (w *writer) condition(parent gql.Type) gql.Type {
	if _, ok := parent.(gql.Abstract); ok && gql.IsAbstractType(parent) {
		all := w.schema.PossibleTypes(parent)
		names := map[string]gql.Type{}
		for _, o := range all {
			names[o.Name()] = o
		}
		sorted := sortedKeys(names)
		return names[sorted[w.pick(len(sorted), "on")]]
	}
	return parent
}

func (w *writer) directive() string {
	return []string{"", "", "@skip(if: $off)", "@include(if: $on)", "@include(if: true)", "@skip(if: $on) @include(if: true)"}[w.pick(6, "directive")]
}

func (w *writer) field(parent gql.Type, depth int) string {
	var fields gql.FieldDefinitionMap
	switch p := parent.(type) {
	case *gql.Object:
		fields = p.Fields()
	case *gql.Interface:
		fields = p.Fields()
	default:
		return "__typename "
	}
	names := sortedKeys(fields)
	def := fields[names[w.pick(len(names), "field")]]
	text := def.Name
	// Differing types under one key conflict; the alias holds the type and the arguments.
	if args := w.arguments(def); args != "" || w.pick(3, "alias") == 0 {
		text = fmt.Sprintf("%s_%s%x: %s%s", def.Name, parent.Name(), args, def.Name, args)
	}
	text += " " + w.directive() + " "
	named := gql.GetNamed(def.Type).(gql.Type)
	if gql.IsLeafType(named) {
		return text
	}
	if depth > 4 {
		return "__typename "
	}
	return text + w.selection(named, depth+1) + " "
}

func (w *writer) arguments(def *gql.FieldDefinition) string {
	switch def.Name {
	case "height":
		return []string{"", "(factor: 3)", "(factor: 2.5)"}[w.pick(3, "height")]
	case "find":
		return []string{"", `(filter: {text: "a", colors: [RED, GREEN]})`, `(any: {a: [1, {b: "c"}], d: 2.5})`, `(color: BLUE, n: 3, x: 4, flag: true)`,
			`(filter: {text: """block "text" """, and: [{text: "b"}]}, ids: ["1", 2])`, `(at: "2026-01-02T03:04:05+08:00", long: 5)`}[w.pick(6, "find")]
	}
	return ""
}
