package preview

import (
	"context"
	"encoding/json"
	"strconv"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
)

// Answer is a response to one place. A nil response is no answer.
type Answer struct {
	Slot     lesson.Slot
	Response any
}

// Result is what answers are worth.
type Result struct {
	Total   float64      `json:"total"` // marks
	Max     float64      `json:"max"`
	Pending int          `json:"pending"` // answers that a person would read
	Items   []ItemResult `json:"items"`
}

// ItemResult is what one answer is worth, and why.
type ItemResult struct {
	Slot     lesson.Slot     `json:"slot"`
	Status   string          `json:"status"`   // scored, pending, unscored, omitted, refused (not a response to this question), incomplete (a draft that cannot be marked)
	Fraction float64         `json:"fraction"` // of the marks to be had
	Mark     float64         `json:"mark"`
	Max      float64         `json:"max"`
	Reasons  []ReasonView    `json:"reasons,omitempty"`
	Problems []ProblemView   `json:"problems,omitempty"`
	Solution json.RawMessage `json:"solution,omitempty"` // where the maker of the preview allows it
}

// ReasonView says why a part of an answer earned what it did.
type ReasonView struct {
	Item     string  `json:"item,omitempty"`  // id of the option or premise
	Given    string  `json:"given,omitempty"` // id of the target, for pairs
	Right    *bool   `json:"right,omitempty"` // absent in what is said of the whole
	Fraction float64 `json:"fraction,omitempty"`
	Text     string  `json:"text"` // in the preview's language
	EN       string  `json:"en"`
	ZH       string  `json:"zh-CN"`
}

// ProblemView is a wrong place.
type ProblemView struct {
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Text    string `json:"text"`
}

// Score marks answers and says why. Places without an answer earn nothing. It leaves no trace.
func (s *Stage) Score(ctx context.Context, pins Pins, answers []Answer) (Result, error) {
	b, err := s.build(ctx, pins)
	if err != nil {
		return Result{}, err
	}
	given := make(map[lesson.Slot]any, len(answers))
	slots := make(map[lesson.Slot]bool, len(b.items))
	for _, shown := range b.items {
		slots[shown.slot] = true
	}
	for i, answer := range answers {
		_, twice := given[answer.Slot]
		if !slots[answer.Slot] || twice {
			return Result{}, fault.Refuse(fault.Invalid, "preview.slot", fault.Say("an answer is to a place of the preview, one to each", "答案须对应预览中的位置，每处一个"),
				fault.Problem{Pointer: "/answers/" + strconv.Itoa(i) + "/slot", Code: "slot", Message: fault.Say("there is no such place, or it has an answer already", "没有此位置，或已有答案")})
		}
		given[answer.Slot] = answer.Response
	}
	result := Result{Items: make([]ItemResult, len(b.items))}
	var total, highest scoring.Mark
	for i, shown := range b.items {
		line, mark, err := shown.score(given[shown.slot], pins)
		if err != nil {
			return Result{}, err
		}
		if line.Status == string(scoring.Pending) {
			result.Pending++
		}
		total, highest = total+mark, highest+shown.max
		result.Items[i] = line
	}
	result.Total, result.Max = marks(total), marks(highest)
	return result, nil
}

func (i item) score(response any, pins Pins) (ItemResult, scoring.Mark, error) {
	line := ItemResult{Slot: i.slot, Max: marks(i.max)}
	if pins.Solutions {
		line.Solution = content.Canonical(i.typ.Reveal(i.public, i.solution))
	}
	if response == nil && i.typ.HasResponse() {
		line.Status = "omitted"
	}
	if i.scorer == nil {
		line.Status = "incomplete"
		if pins.Solutions { // they can tell of the key
			line.Problems = problems(i.problems, pins.Locale)
		}
		return line, 0, nil
	}
	if response != nil {
		if wrong := i.typ.CheckResponse(i.public, response); len(wrong) > 0 {
			line.Status, line.Problems = "refused", problems(wrong, pins.Locale)
			return line, 0, nil
		}
	}
	scored, err := i.scorer.Score(response)
	if err != nil {
		return line, 0, err
	}
	if line.Status == "" {
		line.Status = string(scored.Status)
	}
	mark := scored.Fraction.Of(i.max)
	line.Fraction, line.Mark = float64(scored.Fraction)/float64(scoring.Full), marks(mark)
	for _, reason := range i.typ.Reasons(i.public, response, scored) {
		view := ReasonView{Item: reason.Item, Given: reason.Given, Fraction: float64(reason.Fraction) / float64(scoring.Full),
			Text: reason.Text.In(pins.Locale), EN: reason.Text.EN, ZH: reason.Text.ZH}
		if reason.Part != (scoring.Part{}) {
			view.Right = &reason.Right
		}
		line.Reasons = append(line.Reasons, view)
	}
	return line, mark, nil
}

func problems(list []fault.Problem, locale string) []ProblemView {
	out := make([]ProblemView, len(list))
	for i, p := range list {
		out[i] = ProblemView{p.Pointer, p.Code, p.Message.In(locale)}
	}
	return out
}

func marks(m scoring.Mark) float64 { return float64(m) / float64(scoring.OneMark) }
