package scoring

import (
	"math/big"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// numericMatch is numeric_match@1. Params:
//
//	response  pointer to the number as the student wrote it, a string
//	answers   pointer to the list of accepted answers
//	percent   name of the member that holds what an answer is worth (default "percent"; 100 where absent)
//	unit      pointer to the unit as a string of the content; a response may end with it
//
// An accepted answer is {"value", "tolerance", "relative"} or {"min", "max"}, numbers written as strings (see ParseNumber).
// A response fits a value when |response − value| ≤ tolerance, or ≤ tolerance·|value| where relative is true; without
// a tolerance it must be equal. It fits a range when min ≤ response ≤ max; one end may be open. All comparisons are exact. The best
// match counts, the first among equals. What is not a number is a wrong answer, not an error.
type numericMatch struct {
	response, answers, unit place
	percent                 string
}

func newNumericMatch(p *params) Rule {
	return numericMatch{p.pointer("response", true), p.pointer("answers", true), p.pointer("unit", false), p.member("percent", "percent")}
}

func (numericMatch) Scored() bool { return true }

func (m numericMatch) Prepare(document any) (Scorer, error) {
	unit, _ := m.unit.in(document).(string)
	s := &numericScorer{response: m.response, unit: plainUnit(unit)}
	list, _ := m.answers.in(document).([]any)
	for i, item := range list {
		object, _ := item.(map[string]any)
		answer, wrong := readInterval(object)
		if wrong != "" {
			return nil, badContent(m.answers.pointer+"/"+strconv.Itoa(i)+wrong, "this needs a number", "此处需要数字")
		}
		answer.worth = worth(object, m.percent)
		s.answers = append(s.answers, answer)
	}
	if len(s.answers) == 0 {
		return nil, badContent(m.answers.pointer, "there are no accepted answers", "缺少可接受的答案")
	}
	return s, nil
}

// interval is every accepted answer: a value with a tolerance is a range around it. A nil end is open.
type interval struct {
	least, most *big.Rat
	worth       Fraction
}

// readInterval returns the pointer to what is not a number, or "".
func readInterval(answer map[string]any) (interval, string) {
	numbers := map[string]*big.Rat{}
	for _, name := range []string{"value", "tolerance", "min", "max"} {
		text, there := answer[name].(string)
		if !there {
			continue
		}
		number, ok := ParseNumber(text)
		if !ok {
			return interval{}, "/" + name
		}
		numbers[name] = number
	}
	value, isValue := numbers["value"]
	if !isValue {
		if numbers["min"] == nil && numbers["max"] == nil {
			return interval{}, "/value"
		}
		return interval{least: numbers["min"], most: numbers["max"]}, ""
	}
	tolerance := numbers["tolerance"]
	if tolerance == nil {
		return interval{least: value, most: value}, ""
	}
	tolerance = new(big.Rat).Abs(tolerance)
	if relative, _ := answer["relative"].(bool); relative {
		tolerance.Mul(tolerance, new(big.Rat).Abs(value))
	}
	return interval{least: new(big.Rat).Sub(value, tolerance), most: new(big.Rat).Add(value, tolerance)}, ""
}

func (i interval) contains(x *big.Rat) bool {
	return (i.least == nil || x.Cmp(i.least) >= 0) && (i.most == nil || x.Cmp(i.most) <= 0)
}

type numericScorer struct {
	response place
	unit     string
	answers  []interval
}

func (s *numericScorer) Score(response any) (Result, error) {
	if response == nil {
		return Result{Status: Scored}, nil
	}
	text, ok := s.response.in(response).(string)
	if !ok {
		return Result{}, badResponse(s.response.pointer, "there is no number here", "此处没有数字")
	}
	best := -1
	if given, ok := s.parse(text); ok {
		for i, answer := range s.answers {
			if answer.contains(given) && (best < 0 || answer.worth > s.answers[best].worth) {
				best = i
			}
		}
	}
	if best < 0 {
		return Result{Status: Scored, Parts: []Part{{}}}, nil
	}
	earned := s.answers[best].worth
	return Result{Status: Scored, Fraction: earned, Parts: []Part{{Item: strconv.Itoa(best), Right: earned > 0, Fraction: earned}}}, nil
}

func (s *numericScorer) parse(text string) (*big.Rat, bool) {
	if number, ok := ParseNumber(text); ok || s.unit == "" {
		return number, ok
	}
	number, found := strings.CutSuffix(plainUnit(text), s.unit)
	if !found {
		return nil, false
	}
	return ParseNumber(number)
}

// plainUnit writes m/s² as m/s^2, and full-width letters as plain ones.
func plainUnit(text string) string { return strings.TrimSpace(norm.NFKC.String(raisedDigits(text))) }
