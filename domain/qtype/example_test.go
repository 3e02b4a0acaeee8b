package qtype_test

import (
	"fmt"

	"qbank/domain/content"
	"qbank/domain/scoring"
	"qbank/schemas"
)

// A question from the draft to the mark: checked, split, answered, scored.
func Example() {
	types, err := schemas.BuiltIn()
	if err != nil {
		panic(err)
	}
	for _, q := range types {
		if q.Ref().String() != "true-false@1.0.0" {
			continue
		}
		doc := map[string]any{"stem": map[string]any{"format": "plain", "text": "鲸是鱼。"}, "key": false}
		fmt.Println("problems:", q.Check(doc))

		public, solution := q.Split(doc)
		fmt.Println("public:", string(content.Canonical(public)))
		fmt.Println("solution:", string(content.Canonical(solution)))

		response := map[string]any{"value": false}
		fmt.Println("response:", q.CheckResponse(public, response))
		scorer, err := q.Scorer(q.Join(public, solution))
		if err != nil {
			panic(err)
		}
		result, err := scorer.Score(response)
		fmt.Println(result.Status, result.Fraction, result.Fraction.Of(2*scoring.OneMark), err)
	}
	// Output:
	// problems: []
	// public: {"stem":{"format":"plain","text":"鲸是鱼。"}}
	// solution: {"key":false}
	// response: []
	// scored 100% 2000000 <nil>
}
