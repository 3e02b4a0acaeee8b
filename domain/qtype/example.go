package qtype

import (
	"math"
	"strconv"

	"qbank/domain/fault"
	"qbank/domain/scoring"
)

// RunExamples holds the type to its own examples: each content is valid, each response is taken, and scores what the example
// says, both from the content and from its public view joined with the solution. What does not hold is a fault
// "type.example" with pointers into the type document.
func (t *Type) RunExamples() error {
	var problems []fault.Problem
	list, _ := t.document["examples"].([]any)
	for i, item := range list {
		example, _ := item.(map[string]any)
		problems = append(problems, t.runExample(example, "/examples/"+strconv.Itoa(i))...)
	}
	if len(problems) == 0 {
		return nil
	}
	return fault.Refuse(fault.Invalid, "type.example", fault.Say("the type's own examples do not hold", "题型自带的示例不成立"), sorted(problems)...)
}

func (t *Type) runExample(example map[string]any, at string) []fault.Problem {
	doc := example["content"]
	if problems := t.Check(doc); len(problems) > 0 {
		return below(at+"/content", problems)
	}
	responses, _ := example["responses"].([]any)
	if len(responses) == 0 && t.HasResponse() {
		return []fault.Problem{{Pointer: at + "/responses", Code: "example.responses", Message: fault.Say(
			"an example needs responses",
			"示例需要作答")}}
	}
	public, solution := t.Split(doc)
	var problems []fault.Problem
	for i, item := range responses {
		place := at + "/responses/" + strconv.Itoa(i)
		expected, _ := item.(map[string]any)
		if wrong := t.CheckResponse(public, expected["response"]); len(wrong) > 0 {
			problems = append(problems, below(place+"/response", wrong)...)
			continue
		}
		for _, document := range []any{doc, t.Join(public, solution)} {
			if problem := t.compare(document, expected, place); problem != nil {
				problems = append(problems, *problem)
			}
		}
	}
	return problems
}

func (t *Type) compare(doc any, expected map[string]any, at string) *fault.Problem {
	want := scoring.Result{Status: scoring.Scored}
	if fraction, scored := expected["fraction"].(float64); scored {
		want.Fraction = scoring.Fraction(math.Round(fraction * float64(scoring.Full)))
	} else {
		status, _ := expected["status"].(string)
		want.Status = scoring.Status(status)
	}
	scorer, err := t.Scorer(doc)
	if err == nil {
		var got scoring.Result
		if got, err = scorer.Score(expected["response"]); err == nil {
			if got.Status == want.Status && got.Fraction == want.Fraction {
				return nil
			}
			return &fault.Problem{Pointer: at, Code: "example.score", Message: fault.Say(
				"this scores %s %s, the example says %s %s", "得分为 %s %s，示例为 %s %s", got.Status, got.Fraction, want.Status, want.Fraction)}
		}
	}
	return &fault.Problem{Pointer: at, Code: "example.score", Message: fault.Say("this cannot be scored: %v", "无法判分：%v", err)}
}

// below moves problems to where their document stands.
func below(at string, problems []fault.Problem) []fault.Problem {
	out := make([]fault.Problem, len(problems))
	for i, p := range problems {
		p.Pointer = at + p.Pointer
		out[i] = p
	}
	return out
}
