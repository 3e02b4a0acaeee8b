package schemas_test

import (
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/qtype"
	"qbank/domain/qtype/typetest"
	"qbank/domain/scoring"
)

// Every result is explained: a sentence in both languages for each part, and one for the whole where the parts do not add up to it.
func TestEveryMarkHasItsReason(t *testing.T) {
	law(t, func(t *rapid.T, q *qtype.Type) {
		if !q.HasResponse() {
			return
		}
		doc := typetest.Content(t, q)
		scorer, err := q.Scorer(doc)
		if err != nil {
			return // of a content that is not valid
		}
		public, _ := q.Split(doc)
		var response any
		if rapid.Bool().Draw(t, "answered") {
			response = typetest.Response(t, q, public)
		}
		result, err := scorer.Score(response)
		if err != nil {
			t.Fatal(err)
		}
		reasons := q.Reasons(public, response, result)
		sum, parts := scoring.Fraction(0), 0
		for _, reason := range reasons {
			if reason.Text.EN == "" || reason.Text.ZH == "" {
				t.Fatalf("%+v is explained by %+v", result, reason)
			}
			if reason.Part != (scoring.Part{}) {
				parts++
			}
			sum += reason.Fraction
		}
		if len(reasons) == 0 || result.Status == scoring.Scored && response != nil && (parts > len(result.Parts) || sum != result.Fraction && len(reasons) != len(result.Parts)+1) {
			t.Fatalf("%+v is explained by %+v", result, reasons)
		}
	})
}

func TestReasonsReadWell(t *testing.T) {
	t.Parallel()
	rich := func(text string) map[string]any { return map[string]any{"format": "html", "text": text} }
	options := []any{map[string]any{"id": "a", "text": rich("<b>Paris</b>"), "percent": 50.0}, map[string]any{"id": "b", "text": rich("Lyon"), "percent": -25.0}}
	places := func(names ...string) (list []any) {
		for _, name := range names {
			list = append(list, map[string]any{"id": name, "text": rich("the " + name)})
		}
		return list
	}
	for _, c := range []struct {
		id                string
		content, response any
		want              [][2]string
	}{
		{"single-choice", map[string]any{"stem": rich("?"), "options": append(places("x"), options...), "key": "x"}, map[string]any{"choice": "b"},
			[][2]string{{"“Lyon” is wrong and costs 25%.", "“Lyon” 错误，扣 25%。"}}},
		{"single-choice", map[string]any{"stem": rich("?"), "options": append(places("x"), options...), "key": "x"}, map[string]any{"choice": "a"},
			[][2]string{{"“Paris” is not the right one, but earns 50%.", "“Paris” 不是正确选项，但得 50%。"}}},
		{"multiple-choice", map[string]any{"stem": rich("?"), "options": places("x", "y", "z"), "key": []any{"x", "y"}, "grading": map[string]any{"mode": "all"}},
			map[string]any{"choices": []any{"x"}}, [][2]string{{"“the x” is right and earns 50%.", "“the x” 正确，得 50%。"},
				{"Together this is worth 0% of the marks, by the rule that the question is marked by.", "按本题的判分规则，合计得分为满分的 0%。"}}},
		{"matching", map[string]any{"stem": rich("?"), "premises": places("p"), "targets": places("p", "t"), "pairs": []any{map[string]any{"premise": "p", "target": "t"}}},
			map[string]any{"pairs": []any{map[string]any{"premise": "p", "target": "p"}}}, [][2]string{{"“the p” does not go with “the p”.", "“the p” 与 “the p” 配对错误，不得分。"}}},
		{"true-false", map[string]any{"stem": rich("?"), "key": true}, map[string]any{"value": false}, [][2]string{{"This is not the right answer; it earns 0%.", "答案不正确，得 0%。"}}},
		{"short-text", map[string]any{"stem": rich("?"), "answers": []any{map[string]any{"text": "no"}, map[string]any{"text": "Par*", "percent": 80.0}}}, map[string]any{"text": "paris"},
			[][2]string{{"This fits accepted answer no. 2, which is worth 80%.", "与第 2 个可接受的答案相符，得 80%。"}}},
		{"short-text", map[string]any{"stem": rich("?"), "answers": []any{map[string]any{"text": "no"}}}, map[string]any{"text": "yes"},
			[][2]string{{"This fits none of the accepted answers.", "与任何可接受的答案都不符。"}}},
		{"essay", map[string]any{"stem": rich("?")}, map[string]any{"text": "so"}, [][2]string{{"A person reads this answer and gives the mark.", "该答案由人工批阅后给分。"}}},
		{"essay", map[string]any{"stem": rich("?")}, nil, [][2]string{{"There is no answer, so nothing is earned.", "未作答，不得分。"}}},
	} {
		var q *qtype.Type
		for _, built := range builtIn(t) {
			if built.Ref().ID == c.id {
				q = built
			}
		}
		scorer, err := q.Scorer(c.content)
		if err != nil {
			t.Fatalf("%s: %v", c.id, err)
		}
		result, err := scorer.Score(c.response)
		if err != nil {
			t.Fatalf("%s: %v", c.id, err)
		}
		public, _ := q.Split(c.content)
		var got [][2]string
		for _, reason := range q.Reasons(public, c.response, result) {
			got = append(got, [2]string{reason.Text.EN, reason.Text.ZH})
		}
		if len(got) != len(c.want) {
			t.Fatalf("%s: %q, want %q", c.id, got, c.want)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %q, want %q", c.id, got[i], c.want[i])
			}
		}
	}
}
