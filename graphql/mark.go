package graphql

import (
	"math"
	"strconv"

	gql "github.com/graphql-go/graphql"
	"github.com/graphql-go/graphql/language/ast"

	"qbank/domain/scoring"
)

// Mark is an amount of marks with at most six decimals, exact both ways.
var Mark = gql.NewScalar(gql.ScalarConfig{
	Name:        "Mark",
	Description: "An amount of marks: a number with at most six decimals.",
	Serialize: func(v any) any {
		mark, ok := v.(scoring.Mark)
		if !ok {
			return nil
		}
		return float64(mark) / float64(scoring.OneMark)
	},
	ParseValue: func(v any) any {
		switch v := v.(type) {
		case float64:
			return exactMark(v)
		case int64:
			return exactMark(float64(v))
		case int:
			return exactMark(float64(v))
		}
		return nil
	},
	ParseLiteral: func(v ast.Value) any {
		switch v := v.(type) {
		case *ast.IntValue:
			return parseMark(v.Value)
		case *ast.FloatValue:
			return parseMark(v.Value)
		}
		return nil
	},
})

// exactMark takes what is a number of millionths: the nearest float to k/1,000,000 is the same however it came about.
func exactMark(f float64) any {
	millionths := math.Round(f * float64(scoring.OneMark))
	if math.Abs(f) > 1e9 || millionths/float64(scoring.OneMark) != f {
		return nil
	}
	return scoring.Mark(millionths)
}

func parseMark(s string) any {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	return exactMark(f)
}
