package scoring_test

import (
	"fmt"

	"qbank/domain/scoring"
)

// A rule is compiled once per type, prepared once per question, and scores any number of responses.
func Example() {
	rule, problems := scoring.Compile(map[string]any{
		"template": "numeric_match@1",
		"params":   map[string]any{"response": "/value", "answers": "/answers"},
	})
	if len(problems) > 0 {
		panic(problems)
	}
	scorer, err := rule.Prepare(map[string]any{"answers": []any{
		map[string]any{"value": "3.14", "tolerance": "0.005"},
		map[string]any{"min": "3", "max": "4", "percent": 25.0},
	}})
	if err != nil {
		panic(err)
	}
	for _, value := range []string{"３．１４５", "3,5", "three"} {
		result, err := scorer.Score(map[string]any{"value": value})
		fmt.Println(result.Fraction, result.Fraction.Of(4*scoring.OneMark), err)
	}
	// Output:
	// 100% 4000000 <nil>
	// 25% 1000000 <nil>
	// 0% 0 <nil>
}
