package engine

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/graphql-go/graphql/testutil"
)

var doubling = func() string { // 2^30 spreads of f30
	var b strings.Builder
	b.WriteString("{ ...f0 } ")
	for i := range 30 {
		fmt.Fprintf(&b, "fragment f%d on Query { ...f%d ...f%d } ", i, i+1, i+1)
	}
	b.WriteString("fragment f30 on Query { tags }")
	return b.String()
}()

func many(n int, f func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(f(i))
	}
	return b.String()
}

var badDocuments = []struct {
	name, query, code string
	vars              map[string]any
}{
	{"empty", ` `, CodeValidation, nil},
	{"not closed", `{`, CodeSyntax, nil},
	{"a string not closed", `{ find(text: "abc) }`, CodeSyntax, nil},
	{"a block string not closed", `{ find(text: """abc) }`, CodeSyntax, nil},
	{"null literal", `{ find(text: null) }`, CodeSyntax, nil},
	{"null in a list", `{ find(ids: [null]) }`, CodeSyntax, nil},
	{"a variable without a type", `query($a:) { tags }`, CodeSyntax, nil},
	{"a list of nothing", `query($a: [!]) { tags }`, CodeSyntax, nil},
	{"no such field", `{ nope }`, CodeValidation, nil},
	{"types in a request", `type A { b: Int } { tags }`, CodeValidation, nil},
	{"no operation", `fragment A on Query { tags }`, CodeValidation, nil},
	{"invalid UTF-8", "{ tags } # \xff", CodeBadText, nil},
	{"NUL", "{ tags \x00 }", CodeSyntax, nil},
	{"NUL in a comment", "{ tags } # \x00", CodeSyntax, nil},
	{"NUL in a string", `{ find(text: "a\u0000b") }`, CodeBadText, nil},
	{"a lone surrogate in a string", `{ find(text: "a\uD800b") }`, CodeBadText, nil},
	{"too long", `{ tags } #` + strings.Repeat("x", 70_000), CodeTooLarge, nil},
	{"too many tokens", strings.Repeat("{}", 6_000), CodeTooLarge, nil},
	{"a long name", "{" + strings.Repeat("x", 500) + "}", CodeTooLarge, nil},
	{"a long number", "{ find(n: " + strings.Repeat("9", 500) + ") }", CodeTooLarge, nil},
	{"10,000 nested braces", strings.Repeat("{a", 10_000), CodeTooDeep, nil},
	{"10,000 nested lists", "{ find(any: " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + ") }", CodeTooDeep, nil},
	{"nested list types", "query($a: " + strings.Repeat("[", 100) + "Int" + strings.Repeat("]", 100) + ") { tags }", CodeTooDeep, nil},
	{"deep fields", strings.Repeat("{ luke { friends ", 1) + strings.Repeat("{ friends ", 25) + strings.Repeat("}", 27), CodeTooDeep, nil},
	{"a fragment in itself", `{ ...A } fragment A on Query { ...A }`, CodeCyclicFragment, nil},
	{"fragments in each other", `{ ...A } fragment A on Query { luke { ...B } } fragment B on Human { friends { ...C } } fragment C on Human { friends { ...B } }`, CodeCyclicFragment, nil},
	{"a cycle that nobody uses", `{ tags } fragment A on Query { ...B } fragment B on Query { ... on Query { ...A } }`, CodeCyclicFragment, nil},
	{"doubling fragments", doubling, CodeTooMany, nil},
	{"doubling fragments that nobody uses", strings.Replace(doubling, "{ ...f0 }", "{ tags }", 1), CodeValidation, nil},
	{"a web of fragments that nobody uses", "{ tags } " + many(40, func(i int) string {
		return fmt.Sprintf("fragment f%d on Query { tags %s } ", i, many(40-i, func(j int) string { return fmt.Sprintf("...f%d ", i+j+1) }))
	}) + "fragment f40 on Query { tags }", CodeValidation, nil},
	{"two fragments of one name", `{ ...A } fragment A on Query { ...A } fragment A on Query { tags }`, CodeValidation, nil},
	{"aliases", "{" + many(1_000, func(i int) string { return fmt.Sprintf("a%d: tags ", i) }) + "}", CodeTooMany, nil},
	{"the same field again and again", "{" + strings.Repeat("tags ", 1_500) + "}", CodeTooMany, nil},
	{"unknown fields", "{" + many(1_000, func(i int) string { return fmt.Sprintf("field%d ", i) }) + "}", CodeValidation, nil},
	{"unknown types", "{" + many(1_000, func(i int) string { return fmt.Sprintf("... on T%d { a } ", i) }) + "}", CodeValidation, nil},
	{"unknown types of variables", "query(" + many(1_000, func(i int) string { return fmt.Sprintf("$v%d: T%d ", i, i) }) + ") { tags }", CodeValidation, nil},
	{"unknown arguments", "{ tags(" + many(1_000, func(i int) string { return fmt.Sprintf("a%d: 1 ", i) }) + ") }", CodeValidation, nil},
	{"a large page", `{ humans(first: 200) { friends { friends { friends { friends { id } } } } } }`, CodeTooCostly, nil},
	{"a large page by variable", `query($n: Int) { humans(first: $n) { friends { friends { id } } } }`, CodeTooCostly, map[string]any{"n": int64(100_000)}},
	{"a huge page", `{ humans(first: 2147483647) { id } }`, CodeTooCostly, nil},
	{"an Int beyond 32 bits", `{ humans(first: 2147483648) { id } }`, CodeValidation, nil},
	{"an Int beyond 64 bits", `{ humans(first: 99999999999999999999) { id } }`, CodeValidation, nil},
	{"a nested Int beyond 32 bits", `{ find(filter: {text: "", also: {text: "", limit: 3000000000}}) }`, CodeValidation, nil},
	{"a Float beyond 64 bits", `{ find(x: 1e999) }`, CodeValidation, nil},
	{"JSON beyond float64", `{ find(any: [1e999]) }`, CodeValidation, nil},
	{"a Long beyond 64 bits", `{ find(long: 9223372036854775808) }`, CodeValidation, nil},
	{"introspection in circles", `{ __schema { types { fields { type { fields { type { fields { type { fields { type { fields { name } } } } } } } } } } } }`, CodeTooCostly, nil},
	{"which operation", `query A { tags } query B { tags }`, CodeOperation, nil},
	{"a subscription", `subscription { tags }`, CodeUnsupported, nil},
	{"a required variable", `query($a: Boolean!) { tags @skip(if: $a) }`, CodeBadVariable, nil},
	{"a null for a required variable", `query($a: Boolean!) { tags @skip(if: $a) }`, CodeBadVariable, map[string]any{"a": nil}},
	{"a string for a Boolean", `query($a: Boolean!) { tags @skip(if: $a) }`, CodeBadVariable, map[string]any{"a": "no"}},
	{"an object for a String", `query($a: String) { find(text: $a) }`, CodeBadVariable, map[string]any{"a": map[string]any{}}},
	{"a fraction for an Int", `query($a: Int) { find(n: $a) }`, CodeBadVariable, map[string]any{"a": 1.5}},
	{"a huge Int", `query($a: Int) { find(n: $a) }`, CodeBadVariable, map[string]any{"a": int64(1 << 40)}},
	{"infinity", `query($a: Int) { find(n: $a) }`, CodeBadVariable, map[string]any{"a": math.Inf(1)}},
	{"no such enum value", `query($a: Color) { find(color: $a) }`, CodeBadVariable, map[string]any{"a": "PINK"}},
	{"an unknown input field", `query($a: Filter) { find(filter: $a) }`, CodeBadVariable, map[string]any{"a": map[string]any{"text": "", "nope": 1}}},
	{"a lossy Long", `query($a: Long) { find(long: $a) }`, CodeBadVariable, map[string]any{"a": 1e18}},
	{"not an instant", `query($a: Instant) { find(at: $a) }`, CodeBadVariable, map[string]any{"a": "yesterday"}},
}

func TestBadDocumentsAreRefusedQuickly(t *testing.T) {
	t.Parallel()
	e := toy(t)
	for _, c := range badDocuments {
		t.Run(c.name, func(t *testing.T) {
			done := make(chan Result, 1)
			go func() { done <- e.Execute(context.Background(), Request{Query: c.query, Variables: c.vars}) }()
			var res Result
			select {
			case res = <-done:
			case <-time.After(20 * time.Second):
				t.Fatal("no answer")
			}
			r := decode(t, res.JSON)
			if res.Ran || r.code() != c.code {
				if c.name == "empty" && r.code() == CodeBadRequest {
					return
				}
				t.Errorf("got %.300s, want %s", res.JSON, c.code)
			}
			zh := decode(t, e.Execute(context.Background(), Request{Query: c.query, Variables: c.vars, Locale: "zh-CN"}).JSON)
			if zh.Errors[0].Message == r.Errors[0].Message {
				t.Errorf("%q is not in Chinese", zh.Errors[0].Message)
			}
		})
	}
	if r := ask(t, e, Request{Query: `{ tags }`}); r.code() != "" {
		t.Errorf("afterwards a good document gets %v", r.Errors)
	}
}

func TestProblemsInVariablesHavePointers(t *testing.T) {
	t.Parallel()
	r := ask(t, toy(t), Request{
		Query: `query($f: Filter!, $c: Color) { find(filter: $f, color: $c) }`,
		Variables: map[string]any{"c": int64(3), "f": map[string]any{
			"a/b": 1, "also": map[string]any{}, "and": []any{map[string]any{"text": "x", "colors": []any{"RED", nil}}},
		}},
	})
	var got []string
	for _, p := range r.Errors[0].Extensions.Problems {
		got = append(got, p.Pointer+" "+p.Code)
	}
	want := "/f/a~1b unknown|/f/also/text required|/f/and/0/colors/1 required|/f/text required|/c type"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

func TestTheUsualIntrospectionQueryFits(t *testing.T) {
	t.Parallel()
	r := ask(t, toy(t), Request{Query: testutil.IntrospectionQuery})
	if r.code() != "" {
		t.Fatalf("%+v", r.Errors)
	}
	types := r.Data.(map[string]any)["__schema"].(map[string]any)["types"].([]any)
	if len(types) < 20 {
		t.Errorf("only %d types", len(types))
	}
}

// The library counts runes where it should count bytes after a comment that is not ASCII.
func TestCommentsMayBeChinese(t *testing.T) {
	t.Parallel()
	r := ask(t, toy(t), Request{Query: "\uFEFF# 取标签\nquery Q # 查询\n{ tags # 全部\n find(text: \"# 不是注释\") }", OperationName: "Q"})
	if r.code() != "" || r.Data.(map[string]any)["find"].(map[string]any)["text"] != "# 不是注释" {
		t.Errorf("%+v", r)
	}
}

func TestErrorsHaveTheirPlaceInTheDocument(t *testing.T) {
	t.Parallel()
	e := toy(t)
	for query, want := range map[string]Location{
		"{\n  # 注释\r\n  nope }":        {3, 3},
		"{ tags\n  find(text: null) }": {2, 14},
		"{ tags\n\n denied }":          {3, 2},
	} {
		r := ask(t, e, Request{Query: query})
		if len(r.Errors) == 0 || len(r.Errors[0].Locations) == 0 || Location(r.Errors[0].Locations[0]) != want {
			t.Errorf("%q: got %+v, want %v", query, r.Errors, want)
		}
	}
}

func TestPrices(t *testing.T) {
	t.Parallel()
	e := toy(t)
	for _, c := range []struct {
		query string
		vars  map[string]any
		want  int64
	}{
		{`{ tags }`, nil, 1},
		{`{ luke { id name } }`, nil, 3},
		{`{ luke { id ...A } } fragment A on Human { id name }`, nil, 3},
		{`{ luke { friends { id } } }`, nil, 12},
		{`{ humans(first: 7) { id name } }`, nil, 15},
		{`{ humans { id } }`, nil, 51},
		{`query($n: Int) { humans(first: $n) { id } }`, map[string]any{"n": 5}, 6},
		{`query($n: Int) { humans(first: $n) { id } }`, nil, 51},
		{`query($n: Int) { humans(first: 9, last: $n) { id } }`, map[string]any{"n": 5}, 10},
		{`{ __typename __schema { queryType { name } } }`, nil, 3},
	} {
		doc, err := e.validate(c.query)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		if got := doc.operations[0].cost(c.vars); got != c.want {
			t.Errorf("%s costs %d, want %d", c.query, got, c.want)
		}
	}
}

// FuzzGuard wants an answer to whatever is asked, in JSON, without a panic or an overflow.
func FuzzGuard(f *testing.F) {
	for _, c := range badDocuments {
		if len(c.query) < 4_000 {
			f.Add(c.query)
		}
	}
	f.Add(`{ luke { ...F pet { work } } } fragment F on Human { sure { id } }`)
	f.Add(`query($a: [Filter!] = [{text: """x"""}]) { find(any: {a: [1.5e3]}) @include(if: true) }`)
	e := toy(f)
	f.Fuzz(func(t *testing.T, query string) {
		res := e.Execute(context.Background(), Request{Query: query})
		for _, err := range decode(t, res.JSON).Errors {
			if err.Extensions.Code == CodeInternal && !res.Ran {
				t.Errorf("%q: the library panicked", query)
			}
		}
	})
}
