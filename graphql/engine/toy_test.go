package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/fault"
)

// The toy schema has one of everything: interfaces and unions resolved either way, thunks, failures, non-null chains.

type human struct {
	ID     string
	Name   string
	Age    int
	Friend []*human
	Pet    *droid
}

type droid struct {
	ID   string
	Name string
	Work any
}

func luke() *human {
	r2 := &droid{ID: "d1", Name: "R2-D2 \"ärtoo\"\n\x01", Work: []any{int64(1), "zwei", map[string]any{"drei": nil}}}
	leia := &human{ID: "2", Name: "莱娅", Age: 19, Pet: &droid{ID: "d2", Name: "3PO"}}
	han := &human{ID: "3", Name: "Han", Age: 35, Friend: []*human{leia, nil}}
	return &human{ID: "1", Name: "Luke", Age: 19, Friend: []*human{leia, han}, Pet: r2}
}

func with[T any](t gql.Output, f func(T) any) *gql.Field {
	return &gql.Field{Type: t, Resolve: func(p gql.ResolveParams) (any, error) { return f(p.Source.(T)), nil }}
}

func give(t gql.Output, v any, err error) *gql.Field {
	return &gql.Field{Type: t, Resolve: func(gql.ResolveParams) (any, error) { return v, err }}
}

func later(t gql.Output, v any, err error) *gql.Field {
	return &gql.Field{Type: t, Resolve: func(gql.ResolveParams) (any, error) {
		return func() (any, error) { return v, err }, nil
	}}
}

var errToy = fault.Refuse(fault.Denied, "toy.refused", fault.Say("no", "不行"),
	fault.Problem{Pointer: "/a", Code: "toy.a", Message: fault.Say("bad", "坏")}).With("revision", 7)

var errDefect = errors.New("password is 12345")

func toySchema(t testing.TB) gql.Schema {
	t.Helper()
	color := gql.NewEnum(gql.EnumConfig{Name: "Color", Values: gql.EnumValueConfigMap{
		"RED": {Value: 1}, "GREEN": {Value: 2, Description: "as grass"}, "BLUE": {Value: "blue", DeprecationReason: "too cold"},
	}})
	var humanType, droidType *gql.Object
	character := gql.NewInterface(gql.InterfaceConfig{
		Name:        "Character",
		Description: "Somebody.\nOr \"something\"",
		Fields:      gql.Fields{"id": {Type: gql.NewNonNull(gql.ID)}, "name": {Type: gql.String}},
		ResolveType: func(p gql.ResolveTypeParams) *gql.Object {
			if _, ok := p.Value.(*human); ok {
				return humanType
			}
			return droidType
		},
	})
	droidType = gql.NewObject(gql.ObjectConfig{
		Name: "Droid", Interfaces: []*gql.Interface{character},
		IsTypeOf: func(p gql.IsTypeOfParams) bool { _, ok := p.Value.(*droid); return ok },
		Fields: gql.Fields{
			"id":   with(gql.NewNonNull(gql.ID), func(d *droid) any { return d.ID }),
			"name": with(gql.String, func(d *droid) any { return d.Name }),
			"work": with(JSON, func(d *droid) any { return d.Work }),
			"must": with(gql.NewNonNull(gql.String), func(d *droid) any {
				if d.Work == nil {
					return nil
				}
				return "works"
			}),
		},
	})
	humanType = gql.NewObject(gql.ObjectConfig{
		Name: "Human", Interfaces: []*gql.Interface{character},
		IsTypeOf: func(p gql.IsTypeOfParams) bool { _, ok := p.Value.(*human); return ok },
		Fields: gql.FieldsThunk(func() gql.Fields {
			return gql.Fields{
				"id":   with(gql.NewNonNull(gql.ID), func(h *human) any { return h.ID }),
				"name": with(gql.String, func(h *human) any { return h.Name }),
				"age":  with(gql.Int, func(h *human) any { return h.Age }),
				"height": {Type: gql.Float, Args: gql.FieldConfigArgument{"factor": {Type: gql.Float, DefaultValue: 1.5}},
					Resolve: func(p gql.ResolveParams) (any, error) {
						f, _ := p.Args["factor"].(float64)
						return f * 2, nil
					}},
				"friends": with(gql.NewList(humanType), func(h *human) any { return h.Friend }),
				"sure":    with(gql.NewNonNull(gql.NewList(gql.NewNonNull(humanType))), func(h *human) any { return h.Friend }),
				"pet": {Type: droidType, Resolve: func(p gql.ResolveParams) (any, error) {
					h := p.Source.(*human)
					return func() (any, error) { return h.Pet, nil }, nil
				}},
				"best": {Type: character, Resolve: func(p gql.ResolveParams) (any, error) {
					h := p.Source.(*human)
					return func() (any, error) {
						if len(h.Friend) > 0 {
							return h.Friend[0], nil
						}
						return h.Pet, nil
					}, nil
				}},
				"denied":     give(gql.String, nil, fmt.Errorf("reading: %w", errToy)),
				"broken":     give(gql.String, nil, errDefect),
				"brittle":    give(gql.NewNonNull(gql.String), nil, errDefect),
				"afterwards": later(gql.String, nil, errToy),
				"panics":     {Type: gql.Int, Resolve: func(gql.ResolveParams) (any, error) { panic("boom") }},
			}
		}),
	})
	thing := gql.NewUnion(gql.UnionConfig{Name: "Thing", Types: []*gql.Object{humanType, droidType}})
	var filter *gql.InputObject
	filter = gql.NewInputObject(gql.InputObjectConfig{Name: "Filter", Fields: gql.InputObjectConfigFieldMapThunk(
		func() gql.InputObjectConfigFieldMap {
			return gql.InputObjectConfigFieldMap{
				"text":   {Type: gql.NewNonNull(gql.String)},
				"limit":  {Type: gql.Int, DefaultValue: 3},
				"colors": {Type: gql.NewList(gql.NewNonNull(color)), Description: "any of"},
				"also":   {Type: filter},
				"and":    {Type: gql.NewList(filter)},
			}
		})})
	args := func(p gql.ResolveParams) (any, error) { return p.Args, nil }
	query := gql.NewObject(gql.ObjectConfig{Name: "Query", Fields: gql.Fields{
		"hero":   give(character, luke(), nil),
		"luke":   give(gql.NewNonNull(humanType), luke(), nil),
		"droid":  later(droidType, &droid{ID: "d9", Name: "IG", Work: 1.25}, nil),
		"nobody": give(humanType, (*human)(nil), nil),
		"things": give(gql.NewList(gql.NewNonNull(thing)), []any{luke(), &droid{ID: "d3", Name: "BB"}}, nil),
		"matrix": give(gql.NewList(gql.NewList(gql.Int)), [][]int{{1, 2}, {}, {3}}, nil),
		"tags":   give(gql.NewList(gql.NewNonNull(gql.String)), []string{"a", "b"}, nil),
		"colors": give(gql.NewList(color), []any{1, 2, "blue", nil}, nil),
		"humans": {Type: gql.NewList(humanType), Args: PageArgs(nil), Resolve: func(p gql.ResolveParams) (any, error) {
			return []*human{luke(), luke()}, nil
		}},
		"find": {Type: JSON, Args: gql.FieldConfigArgument{
			"filter": {Type: filter}, "color": {Type: color, DefaultValue: 2}, "any": {Type: JSON}, "long": {Type: Long},
			"at": {Type: Instant}, "ids": {Type: gql.NewList(gql.NewNonNull(gql.ID))}, "flag": {Type: gql.Boolean},
			"text": {Type: gql.String}, "n": {Type: gql.Int}, "x": {Type: gql.Float},
		}, Resolve: args},
		"long":    give(gql.NewList(Long), []int64{1, 1 << 53, 1<<53 + 1, -5}, nil),
		"instant": give(Instant, int64(1_700_000_000_123_456), nil),
		"denied":  give(gql.String, nil, errToy),
	}})
	count := 0
	mutation := gql.NewObject(gql.ObjectConfig{Name: "Mutation", Fields: gql.Fields{
		"next": {Type: gql.NewNonNull(gql.Int), Resolve: func(gql.ResolveParams) (any, error) {
			return func() (any, error) { count++; return count, nil }, nil
		}},
		"stop": give(gql.NewNonNull(gql.Int), nil, errToy),
	}})
	schema, err := gql.NewSchema(gql.SchemaConfig{Query: query, Mutation: mutation, Types: []gql.Type{humanType, droidType}})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func toy(t testing.TB, change ...func(*Config)) *Engine {
	t.Helper()
	c := Config{Schema: toySchema(t), Logger: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&c)
	}
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// reply is a response as a client sees it.
type reply struct {
	Data   any `json:"data"`
	Errors []struct {
		Message    string
		Path       []any
		Locations  []struct{ Line, Column int }
		Extensions struct {
			Code, Kind, Reference string
			Problems              []struct{ Pointer, Code, Message string }
			Details               map[string]any
		}
	}
}

func (r reply) code() string {
	if len(r.Errors) == 0 {
		return ""
	}
	return r.Errors[0].Extensions.Code
}

func ask(t testing.TB, e *Engine, req Request) reply {
	t.Helper()
	return decode(t, e.Execute(context.Background(), req).JSON)
}

func decode(t testing.TB, text []byte) reply {
	t.Helper()
	var r reply
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, text)
	}
	return r
}
