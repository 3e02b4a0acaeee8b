// Package scoring says how many marks a response deserves.
//
// A question type names a [Rule]: one of the templates below with its parameters, or a CEL expression. A rule is
// compiled once per type ([Compile]) and prepared once per question ([Rule.Prepare]); the [Scorer] that comes out is
// safe for concurrent use, reads neither clock nor network, and gives the same result for the same response for ever.
//
//	rule, problems := scoring.Compile(map[string]any{
//		"template": "match_correct@1",
//		"params":   map[string]any{"response": "/choice", "key": "/key"},
//	})
//	scorer, err := rule.Prepare(content)       // content holds the key
//	result, err := scorer.Score(response)      // result.Fraction is 1_000_000 for full marks
//	marks := result.Fraction.Of(5 * scoring.OneMark)
//
// What a template does under its name never changes: an answer that was scored under match_correct@1 scores the
// same in ten years. A better idea becomes match_correct@2.
//
//	match_correct@1   full marks for the keyed value or set of values, else nothing
//	map_response@1    a weight per option; all-or-nothing, subset and share modes for exams
//	text_match@1      accepted texts with a percentage each, '*' as wildcard
//	numeric_match@1   accepted numbers with tolerance, and ranges, compared exactly
//	match_pairs@1     credit for each right pair
//	by_hand@1         waits for a person
//	none@1            is not scored (a survey)
//
// Amounts are integers so that sums are exact and can be taken back: a [Fraction] counts millionths of the marks to
// be had, a [Mark] millionths of one mark.
package scoring
