package graphql_test

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/scoring"
	"qbank/graphql"
)

// What goes out as a number comes back as the same mark, to the millionth.
func TestMarksSurviveJSON(t *testing.T) {
	t.Parallel()
	const most = 1_000_000_000 * int64(scoring.OneMark)
	rapid.Check(t, func(t *rapid.T) {
		mark := scoring.Mark(rapid.Int64Range(-most, most).Draw(t, "mark"))
		text, err := json.Marshal(graphql.Mark.Serialize(mark))
		if err != nil {
			t.Fatal(err)
		}
		var number float64
		if err := json.Unmarshal(text, &number); err != nil {
			t.Fatal(err)
		}
		if back := graphql.Mark.ParseValue(number); back != mark {
			t.Fatalf("%d goes out as %s and comes back as %v", mark, text, back)
		}
	})
}

func TestWhatIsNoMarkIsRefused(t *testing.T) {
	t.Parallel()
	for _, v := range []any{0.0000001, 1.0000005, 1e10, -1e10, math.NaN(), math.Inf(1), "1", true, nil, map[string]any{}} {
		if mark := graphql.Mark.ParseValue(v); mark != nil {
			t.Errorf("%v is taken for the mark %v", v, mark)
		}
	}
}
