package scoring

import (
	"strconv"

	"qbank/domain/content"
)

// matchCorrect is match_correct@1. Params: response, key (pointers); ordered (lists are compared in order; otherwise
// as sets). Full marks where the response equals the key, else nothing.
type matchCorrect struct {
	response, key place
	ordered       bool
}

func newMatchCorrect(p *params) Rule {
	return matchCorrect{p.pointer("response", true), p.pointer("key", true), p.flag("ordered")}
}

func (matchCorrect) Scored() bool { return true }

func (m matchCorrect) Prepare(document any) (Scorer, error) {
	key := m.key.in(document)
	if key == nil {
		return nil, badContent(m.key.pointer, "there is no key", "缺少答案")
	}
	return correctScorer{m, key}, nil
}

type correctScorer struct {
	rule matchCorrect
	key  any
}

func (s correctScorer) Score(response any) (Result, error) {
	if response == nil {
		return Result{Status: Scored}, nil
	}
	given := s.rule.response.in(response)
	if given == nil {
		return Result{}, badResponse(s.rule.response.pointer, "there is no answer here", "此处没有作答")
	}
	right := s.equal(given)
	result := Result{Status: Scored, Parts: []Part{{Item: itemName(given), Right: right}}}
	if right {
		result.Fraction, result.Parts[0].Fraction = Full, Full
	}
	return result, nil
}

func (s correctScorer) equal(given any) bool {
	wanted, isList := s.key.([]any)
	list, listGiven := given.([]any)
	if !isList || !listGiven || s.rule.ordered {
		return content.Equal(s.key, given)
	}
	return subset(wanted, list) && subset(list, wanted)
}

func subset(a, b []any) bool {
next:
	for _, x := range a {
		for _, y := range b {
			if content.Equal(x, y) {
				continue next
			}
		}
		return false
	}
	return true
}

// itemName is how a plain value is named in a part; lists have no name.
func itemName(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case bool:
		return strconv.FormatBool(t)
	case float64:
		return strconv.FormatFloat(t, 'g', -1, 64)
	}
	return ""
}
