package engine_test

import (
	"context"
	"fmt"

	gql "github.com/graphql-go/graphql"

	"qbank/graphql/engine"
)

type lesson struct {
	title  string
	author int
}

// A schema of one list whose authors are fetched together.
func Example() {
	authors := engine.NewLoader(0, func(_ context.Context, ids []int) (map[int]string, error) {
		fmt.Println("fetch", ids)
		return map[int]string{1: "Wang", 2: "Li"}, nil
	})
	lessons := gql.NewObject(gql.ObjectConfig{Name: "Lesson", Fields: gql.Fields{
		"title": {Type: gql.NewNonNull(gql.String), Resolve: func(p gql.ResolveParams) (any, error) {
			return p.Source.(*lesson).title, nil
		}},
		"author": {Type: gql.String, Resolve: func(p gql.ResolveParams) (any, error) {
			return authors.Load(p.Context, p.Source.(*lesson).author), nil
		}},
	}})
	schema, err := gql.NewSchema(gql.SchemaConfig{Query: gql.NewObject(gql.ObjectConfig{Name: "Query", Fields: gql.Fields{
		"lessons": {Type: gql.NewList(lessons), Resolve: func(gql.ResolveParams) (any, error) {
			return []*lesson{{"Sets", 1}, {"Maps", 2}, {"Limits", 1}}, nil
		}},
	}})})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := engine.New(engine.Config{Schema: schema}) // an http.Handler
	if err != nil {
		fmt.Println(err)
		return
	}
	res := e.Execute(context.Background(), engine.Request{Query: `{ lessons { title author } }`})
	fmt.Printf("%s\n", res.JSON)
	// Output:
	// fetch [1 2]
	// {"data":{"lessons":[{"title":"Sets","author":"Wang"},{"title":"Maps","author":"Li"},{"title":"Limits","author":"Wang"}]}}
}
