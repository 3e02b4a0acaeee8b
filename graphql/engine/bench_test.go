package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	gql "github.com/graphql-go/graphql"
	"github.com/graphql-go/graphql/language/parser"
)

// The list that the console opens with: 50 objects of 8 fields, one of them a list and one a time.

type row struct {
	ID, Code, Title, State, Author string
	Revision                       int
	Updated                        int64
	Tags                           []string
}

const rowsQuery = `query Rows($first: Int) { rows(first: $first) { id code title state author revision updated tags } }`

func rowsSchema(b *testing.B, rows []*row) gql.Schema {
	b.Helper()
	field := with[*row]
	item := gql.NewObject(gql.ObjectConfig{Name: "Row", Fields: gql.Fields{
		"id":       field(gql.NewNonNull(gql.ID), func(r *row) any { return r.ID }),
		"code":     field(gql.NewNonNull(gql.String), func(r *row) any { return r.Code }),
		"title":    field(gql.String, func(r *row) any { return r.Title }),
		"state":    field(gql.String, func(r *row) any { return r.State }),
		"author":   field(gql.String, func(r *row) any { return r.Author }),
		"revision": field(gql.Int, func(r *row) any { return r.Revision }),
		"updated":  field(Long, func(r *row) any { return r.Updated }),
		"tags":     field(gql.NewList(gql.NewNonNull(gql.String)), func(r *row) any { return r.Tags }),
	}})
	schema, err := gql.NewSchema(gql.SchemaConfig{Query: gql.NewObject(gql.ObjectConfig{Name: "Query", Fields: gql.Fields{
		"rows": {Type: gql.NewList(item), Args: PageArgs(nil), Resolve: func(p gql.ResolveParams) (any, error) {
			return rows[:p.Args["first"].(int)], nil
		}},
	}})})
	if err != nil {
		b.Fatal(err)
	}
	return schema
}

func someRows() []*row {
	rows := make([]*row, 50)
	for i := range rows {
		rows[i] = &row{fmt.Sprintf("0198c0de-%04d", i), fmt.Sprintf("Q%05d", i), "一元二次方程的根与系数的关系", "published", "wang", i,
			1_700_000_000_000_000 + int64(i), []string{"algebra", "grade-9"}}
	}
	return rows
}

func BenchmarkList(b *testing.B) {
	rows := someRows()
	schema := rowsSchema(b, rows)
	e, err := New(Config{Schema: schema})
	if err != nil {
		b.Fatal(err)
	}
	vars := map[string]any{"first": 50}

	b.Run("encoding-json", func(b *testing.B) { // what a handler without GraphQL would do
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(rows); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("engine", func(b *testing.B) {
		b.ReportAllocs()
		out := make([]byte, 0, 64<<10)
		for b.Loop() {
			if res := e.execute(context.Background(), Request{Query: rowsQuery, Variables: vars}, out[:0]); res.Errors > 0 {
				b.Fatal(string(res.JSON))
			}
		}
	})
	b.Run("library", func(b *testing.B) { // gql.Execute of a cached document, and the encoding of its result
		b.ReportAllocs()
		doc, err := parser.Parse(parser.ParseParams{Source: rowsQuery})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			res := gql.Execute(gql.ExecuteParams{Schema: schema, AST: doc, Args: vars, Context: context.Background()})
			if _, err := json.Marshal(res); err != nil || res.HasErrors() {
				b.Fatal(err, res.Errors)
			}
		}
	})
}

func BenchmarkHTTP(b *testing.B) {
	rows := someRows()
	e, err := New(Config{Schema: rowsSchema(b, rows)})
	if err != nil {
		b.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"query": rowsQuery, "variables": map[string]any{"first": 50}})
	if err != nil {
		b.Fatal(err)
	}
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := json.Marshal(rows)
		if err != nil {
			b.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(text)
	})
	for _, c := range []struct {
		name string
		h    http.Handler
	}{{"bare", bare}, {"engine", e}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				c.h.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	e, err := New(Config{Schema: rowsSchema(b, someRows())})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := e.validate(rowsQuery); err != nil {
			b.Fatal(err)
		}
	}
}
