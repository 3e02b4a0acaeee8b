package engine

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	gql "github.com/graphql-go/graphql"
)

func TestFieldsStandInTheOrderOfTheQuery(t *testing.T) {
	t.Parallel()
	e := toy(t)
	for query, want := range map[string]string{
		`{ tags x: luke { name id ...F age } matrix } fragment F on Human { pet { name id } id }`: `{"data":{"tags":["a","b"],"x":{"name":"Luke","id":"1","pet":{"name":"R2-D2 \"ärtoo\"\n\u0001","id":"d1"},"age":19},"matrix":[[1,2],[],[3]]}}`,
		`{ long instant colors nobody { id } }`:                                                   `{"data":{"long":[1,9007199254740992,"9007199254740993",-5],"instant":"2023-11-14T22:13:20.123456Z","colors":["RED","GREEN","BLUE",null],"nobody":null}}`,
		`{ luke { pet { work } } droid { work must } }`:                                           `{"data":{"luke":{"pet":{"work":[1,"zwei",{"drei":null}]}},"droid":{"work":1.25,"must":"works"}}}`,
	} {
		if got := string(e.Execute(context.Background(), Request{Query: query}).JSON); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestMutationsRunOneAfterAnotherAndStop(t *testing.T) {
	t.Parallel()
	e := toy(t)
	if got := string(e.Execute(context.Background(), Request{Query: `mutation { c: next a: next b: next }`}).JSON); got != `{"data":{"c":1,"a":2,"b":3}}` {
		t.Error(got)
	}
	if r := ask(t, e, Request{Query: `mutation { a: next stop b: next }`}); r.Data != nil || r.code() != "toy.refused" {
		t.Errorf("%+v", r)
	}
	if got := string(e.Execute(context.Background(), Request{Query: `mutation { next }`}).JSON); got != `{"data":{"next":5}}` {
		t.Errorf("a mutation ran after a failed one: %s", got)
	}
}

func TestFaultsReachTheClientAndDefectsDoNot(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := toy(t, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	r := ask(t, e, Request{Query: `{ luke { denied broken panics friends { brittle } } }`, Locale: "zh-CN"})
	byPath := map[string]int{}
	for i, err := range r.Errors {
		byPath[fmt.Sprint(err.Path)] = i
	}
	denied := r.Errors[byPath["[luke denied]"]]
	if x := denied.Extensions; denied.Message != "不行" || x.Code != "toy.refused" || x.Kind != "denied" || x.Details["revision"] != 7.0 ||
		len(x.Problems) != 1 || x.Problems[0].Pointer != "/a" || x.Problems[0].Message != "坏" {
		t.Errorf("%+v", denied)
	}
	for _, path := range []string{"[luke broken]", "[luke panics]", "[luke friends 0 brittle]"} {
		err := r.Errors[byPath[path]]
		if err.Message != "内部错误" || err.Extensions.Code != "internal" || !strings.Contains(log.String(), err.Extensions.Reference) {
			t.Errorf("%s: %+v", path, err)
		}
	}
	for _, want := range []string{"12345", "boom", "Human.panics", "toy_test.go"} { // the last is of the stack
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
	if n := strings.Count(log.String(), "12345"); n != 1 {
		t.Errorf("one defect fills %d lines", n)
	}
}

func TestErrorsAreBounded(t *testing.T) {
	t.Parallel()
	e := toy(t, func(c *Config) { c.Limits.Errors = 3 })
	r := ask(t, e, Request{Query: `{ a: denied b: denied c: denied d: denied e: denied }`})
	if len(r.Errors) != 4 || r.Errors[3].Extensions.Code != CodeMoreErrors {
		t.Errorf("%+v", r.Errors)
	}
}

func TestEveryFieldNeedsAResolver(t *testing.T) {
	t.Parallel()
	schema, err := gql.NewSchema(gql.SchemaConfig{Query: gql.NewObject(gql.ObjectConfig{Name: "Query", Fields: gql.Fields{
		"a": {Type: gql.String}, "b": {Type: gql.String}, "c": give(gql.String, "", nil)}})})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Schema: schema}); err == nil || !strings.HasSuffix(err.Error(), "Query.a, Query.b") {
		t.Error(err)
	}
}

func TestInfoIsFilled(t *testing.T) {
	t.Parallel()
	var got gql.ResolveParams
	inner := gql.NewObject(gql.ObjectConfig{Name: "Inner", Fields: gql.Fields{"see": {Type: gql.String, Resolve: func(p gql.ResolveParams) (any, error) {
		got = p
		return nil, nil
	}}}})
	schema, err := gql.NewSchema(gql.SchemaConfig{Query: gql.NewObject(gql.ObjectConfig{Name: "Query", Fields: gql.Fields{
		"list": give(gql.NewList(inner), []int{1, 2}, nil)}})})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	ask(t, e, Request{Query: `query Q { list { x: see @skip(if: false) ...F } } fragment F on Inner { __typename }`})
	i := got.Info
	if fmt.Sprint(i.Path.AsArray()) != "[list 1 x]" || i.FieldName != "see" || i.ParentType != inner || i.ReturnType != gql.String ||
		i.Schema.QueryType() != schema.QueryType() || len(i.FieldASTs) != 1 || i.Operation == nil || got.Source != 2 || i.Fragments["F"] == nil {
		t.Errorf("%+v", i)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	e := toy(t)
	queries := []string{
		`{ hero { ... on Human { name best { id } } } things { __typename ... on Droid { name } } }`,
		`query($b: Boolean!) { luke { id @skip(if: $b) name pet { work } } colors }`,
		`{ __schema { types { name fields { name type { name } } enumValues { name } } } }`,
		`{ find(filter: {text: "a"}, color: BLUE) humans(first: 2) { sure { id } } }`,
		`{ nope }`,
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 40 {
				q := queries[(g+i)%len(queries)]
				a := e.Execute(context.Background(), Request{Query: q, Variables: map[string]any{"b": i%3 == 0}})
				b := e.Execute(context.Background(), Request{Query: q + "#" + fmt.Sprint(i%7), Variables: map[string]any{"b": i%3 == 0}})
				if !strings.Contains(q, "__schema") && !strings.Contains(q, "sure") && !bytes.Equal(a.JSON, b.JSON) {
					t.Errorf("%s\n%s\n%s", q, a.JSON, b.JSON)
				}
			}
		})
	}
	all.Wait()
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	e := toy(t, func(c *Config) { c.Cache = CacheSize{Documents: 3, Bytes: 60} })
	for i := range 10 {
		ask(t, e, Request{Query: fmt.Sprintf("{ tags } # %d", i)})
	}
	if n := e.cache.order.Len(); n != 3 || len(e.cache.byKey) != 3 {
		t.Errorf("%d documents", n)
	}
	ask(t, e, Request{Query: "{ tags } #" + strings.Repeat("x", 55)})
	if n := e.cache.order.Len(); n != 1 || e.cache.bytes > 70 {
		t.Errorf("%d documents of %d bytes", n, e.cache.bytes)
	}
	if e.cache.get(Hash("{ tags } # 9")) != nil {
		t.Error("what was used last but one is still there")
	}
}
