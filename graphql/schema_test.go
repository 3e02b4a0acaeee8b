package graphql_test

import (
	"testing"

	gql "github.com/graphql-go/graphql"

	"qbank/graphql"
	"qbank/graphql/engine"
)

func schema(t testing.TB) gql.Schema {
	t.Helper()
	s, err := graphql.Schema()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What the console's types are generated from.
func TestTheSDLIsKeptUpToDate(t *testing.T) {
	t.Parallel()
	golden(t, "schema.graphql", engine.SDL(schema(t)))
}

// A field that says nothing of itself says nothing to whoever writes a client.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	s := schema(t)
	for name, typ := range s.TypeMap() {
		if name[0] == '_' {
			continue
		}
		if typ.Description() == "" {
			t.Errorf("%s has no description", name)
		}
		switch typ := typ.(type) {
		case *gql.Object:
			for _, f := range typ.Fields() {
				if f.Description == "" && f.Name != "node" && f.Name != "cursor" {
					t.Errorf("%s.%s has no description", name, f.Name)
				}
				for _, a := range f.Args {
					if a.Description() == "" {
						t.Errorf("%s.%s(%s) has no description", name, f.Name, a.Name())
					}
				}
			}
		case *gql.InputObject:
			for _, f := range typ.Fields() {
				if f.Description() == "" {
					t.Errorf("%s.%s has no description", name, f.Name())
				}
			}
		case *gql.Enum:
			for _, v := range typ.Values() {
				if v.Description == "" {
					t.Errorf("%s.%s has no description", name, v.Name)
				}
			}
		}
	}
}
