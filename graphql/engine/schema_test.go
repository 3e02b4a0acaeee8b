package engine

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	gql "github.com/graphql-go/graphql"
	"github.com/graphql-go/graphql/language/ast"
	"github.com/graphql-go/graphql/language/parser"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write golden files anew")

func TestSDL(t *testing.T) {
	t.Parallel()
	const golden = "testdata/toy.graphql"
	for range 5 { // types are maps
		got := SDL(toySchema(t))
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Fatalf("the schema has changed; run with -update if that is right:\n%s", got)
		}
	}
}

// What is printed is a document of the type system.
func TestSDLIsWellFormed(t *testing.T) {
	t.Parallel()
	if _, err := parser.Parse(parser.ParseParams{Source: SDL(toySchema(t))}); err != nil {
		t.Error(err)
	}
}

func TestLongKeepsEveryInteger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		switch out := Long.Serialize(n).(type) {
		case int64:
			if out != n || n > 1<<53 || n < -1<<53 {
				t.Fatalf("%v", out)
			}
		case string:
			if Long.ParseValue(out) != n {
				t.Fatalf("%v", out)
			}
		default:
			t.Fatalf("%T", out)
		}
		if Long.ParseLiteral(&ast.IntValue{Value: fmt.Sprint(n)}) != n || Long.ParseValue(n) != n {
			t.Fatal("lost on the way in")
		}
	})
	for _, bad := range []any{1.5, 1e17, "", "1.0", "x", "9223372036854775808", true, []any{}} {
		if got := Long.ParseValue(bad); got != nil {
			t.Errorf("%v is %v", bad, got)
		}
	}
	if Long.ParseValue(4.0) != int64(4) || Long.Serialize(uint64(1<<63)) != "9223372036854775808" {
		t.Error("floats or unsigned integers are lost")
	}
}

func TestInstants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(-62135596800_000_000, 253402300799_999_999).Draw(t, "microseconds")
		if got := Instant.ParseValue(Instant.Serialize(n)); got != n {
			t.Fatalf("%v is %v", n, got)
		}
	})
	if got := Instant.ParseValue("2026-01-02T03:04:05.5+08:00"); got != time.Date(2026, 1, 1, 19, 4, 5, 500_000_000, time.UTC).UnixMicro() {
		t.Error(got)
	}
	for _, bad := range []any{"2026-01-02", "", 5, nil} {
		if got := Instant.ParseValue(bad); got != nil {
			t.Errorf("%v is %v", bad, got)
		}
	}
	if Instant.Serialize(int64(1)<<62) != nil || Instant.Serialize("now") != nil {
		t.Error("what is no instant is written")
	}
}

func TestJSONKeepsWhatVariablesHold(t *testing.T) {
	t.Parallel()
	vars, err := decodeVariables([]byte(`{"a": {"n": null, "big": 9007199254740993, "f": 1.5, "l": [1, null, "<&>"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	res := toy(t).Execute(t.Context(), Request{Query: `query($a: JSON) { find(any: $a) }`, Variables: vars})
	if want := `{"data":{"find":{"any":{"big":9007199254740993,"f":1.5,"l":[1,null,"<&>"],"n":null},"color":2}}}`; string(res.JSON) != want {
		t.Errorf("got  %s\nwant %s", res.JSON, want)
	}
}

func TestConstantsArePrintedAsLiterals(t *testing.T) {
	t.Parallel()
	if got := constant(gql.NewList(gql.NewNonNull(gql.String)), []string{"a\"", "b"}); got != `["a\"", "b"]` {
		t.Error(got)
	}
}
