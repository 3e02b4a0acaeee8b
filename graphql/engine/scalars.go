package engine

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"time"

	gql "github.com/graphql-go/graphql"
	"github.com/graphql-go/graphql/language/ast"
)

const maxExact = 1 << 53 // the largest integer that every reader of JSON numbers keeps

// Long is an int64. Out it is a number up to 2^53 either way and a string beyond; in it is a number without fraction or a
// string of digits. Resolvers get and give int64 (other integer kinds are taken too).
var Long = gql.NewScalar(gql.ScalarConfig{
	Name: "Long",
	Description: "A whole number of 64 bits. It is written as a number up to 2^53 (either sign) and as a string of digits beyond, " +
		"and read from both.",
	Serialize: func(v any) any {
		r := reflect.ValueOf(v)
		if r.Kind() == reflect.Pointer {
			r = r.Elem()
		}
		switch {
		case r.CanInt():
			if n := r.Int(); n > maxExact || n < -maxExact {
				return strconv.FormatInt(n, 10)
			}
			return r.Int()
		case r.CanUint():
			if n := r.Uint(); n > maxExact {
				return strconv.FormatUint(n, 10)
			}
			return int64(r.Uint())
		}
		return nil
	},
	ParseValue: func(v any) any {
		if s, ok := v.(string); ok {
			return parseLong(s)
		}
		if f, ok := v.(float64); ok && math.Abs(f) > maxExact {
			return nil // its last digits are lost already
		}
		if n, ok := integer(v); ok {
			return n
		}
		return nil
	},
	ParseLiteral: func(v ast.Value) any {
		switch v := v.(type) {
		case *ast.IntValue:
			return parseLong(v.Value)
		case *ast.StringValue:
			return parseLong(v.Value)
		}
		return nil
	},
})

func parseLong(s string) any {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return nil
	}
	return n
}

// JSON is any JSON. Resolvers get nil, bool, int64, float64, string, []any or map[string]any (a literal in the document
// has no null, see the package comment); they give json.RawMessage, which is passed on as it is, or anything that
// json.Marshal takes.
var JSON = gql.NewScalar(gql.ScalarConfig{
	Name:         "JSON",
	Description:  "Any JSON value.",
	Serialize:    func(v any) any { return jsonOut{v} },
	ParseValue:   func(v any) any { return v },
	ParseLiteral: jsonLiteral,
})

// jsonOut keeps what a resolver gave from being mistaken for a null or a string.
type jsonOut struct{ value any }

// MarshalJSON writes the value.
func (j jsonOut) MarshalJSON() ([]byte, error) { return json.Marshal(j.value) }

func jsonLiteral(v ast.Value) any {
	switch v := v.(type) {
	case *ast.StringValue:
		return v.Value
	case *ast.BooleanValue:
		return v.Value
	case *ast.IntValue:
		if n := parseLong(v.Value); n != nil {
			return n
		}
		return jsonFloat(v.Value)
	case *ast.FloatValue:
		return jsonFloat(v.Value)
	case *ast.ListValue:
		list := make([]any, len(v.Values))
		for i, item := range v.Values {
			if list[i] = jsonLiteral(item); list[i] == nil {
				return nil
			}
		}
		return list
	case *ast.ObjectValue:
		object := make(map[string]any, len(v.Fields))
		for _, f := range v.Fields {
			if object[f.Name.Value] = jsonLiteral(f.Value); object[f.Name.Value] == nil {
				return nil
			}
		}
		return object
	}
	return nil // enums and variables have no place in a literal
}

func jsonFloat(s string) any {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	return f
}

// Instant is a point in time as RFC 3339 in UTC with six digits of a second. Resolvers get int64 microseconds since 1970
// and give int64 microseconds or time.Time.
var Instant = gql.NewScalar(gql.ScalarConfig{
	Name:        "Instant",
	Description: "A point in time: RFC 3339 with microseconds, such as 2026-03-01T08:00:00.000000Z. Any offset is accepted.",
	Serialize: func(v any) any {
		switch v := v.(type) {
		case time.Time:
			return instant(v)
		case *time.Time:
			return instant(*v)
		}
		r := reflect.ValueOf(v)
		if r.Kind() == reflect.Pointer {
			r = r.Elem()
		}
		if r.Kind() != reflect.Int64 {
			return nil
		}
		return instant(time.UnixMicro(r.Int()))
	},
	ParseValue: func(v any) any {
		s, _ := v.(string)
		return parseInstant(s)
	},
	ParseLiteral: func(v ast.Value) any {
		if s, ok := v.(*ast.StringValue); ok {
			return parseInstant(s.Value)
		}
		return nil
	},
})

func instant(t time.Time) any {
	t = t.UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	return t.Format("2006-01-02T15:04:05.000000Z07:00")
}

func parseInstant(s string) any {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return nil
	}
	return t.UnixMicro()
}
