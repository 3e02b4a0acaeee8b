package qtype

import (
	"strconv"
	"unicode/utf8"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/scoring"
)

// Reason says in words why a part of a response earned what it did. Part is zero in a reason that is about the whole.
type Reason struct {
	scoring.Part
	Text fault.Text
}

// Reasons explains a result: each part of it, and how the parts make the whole where that is more than a sum. public is what students see of
// the question; nothing is told of options that the response does not name.
func (t *Type) Reasons(public, response any, result scoring.Result) []Reason {
	switch {
	case result.Status == scoring.Unscored:
		return []Reason{{Text: fault.Say("This is not scored.", "本题不计分。")}}
	case result.Status == scoring.Pending:
		return []Reason{{Text: fault.Say("A person reads this answer and gives the mark.", "该答案由人工批阅后给分。")}}
	case response == nil:
		return []Reason{{Text: fault.Say("There is no answer, so nothing is earned.", "未作答，不得分。")}}
	}
	rule, _ := t.document["scoring"].(map[string]any)
	template, _ := rule["template"].(string)
	params, _ := rule["params"].(map[string]any)
	words := wording{public: public}
	words.lists(t.response.places, params)
	reasons := make([]Reason, 0, len(result.Parts)+1)
	sum := scoring.Fraction(0)
	for _, part := range result.Parts {
		sum += part.Fraction
		reasons = append(reasons, Reason{part, words.part(template, part)})
	}
	if sum != result.Fraction || len(reasons) == 0 {
		reasons = append(reasons, Reason{Text: fault.Say("Together this is worth %s of the marks, by the rule that the question is marked by.",
			"按本题的判分规则，合计得分为满分的 %s。", result.Fraction)})
	}
	return reasons
}

// wording names what a part is about.
type wording struct {
	public   any
	from, to string // pointers to the lists that items and targets are of; "": none
}

// lists finds where the ids of a response lead.
func (w *wording) lists(response *place, params map[string]any) {
	pointer, _ := params["response"].(string)
	p := response.at(content.Tokens(pointer))
	if p == nil || pointer == "" {
		return
	}
	if p.items != nil {
		p = p.items
	}
	w.from = p.ref
	for member, into := range map[string]*string{"from": &w.from, "to": &w.to} {
		name, _ := params[member].(string)
		if name == "" {
			name = map[string]string{"from": "premise", "to": "target"}[member]
		}
		if below := p.members[name]; below != nil && below.ref != "" {
			*into = below.ref
		}
	}
}

func (w *wording) part(template string, p scoring.Part) fault.Text {
	switch template {
	case "map_response@1":
		name := w.name(w.from, p.Item)
		switch {
		case p.Right:
			return fault.Say("%s is right and earns %s.", "%s 正确，得 %s。", name, p.Fraction)
		case p.Fraction < 0:
			return fault.Say("%s is wrong and costs %s.", "%s 错误，扣 %s。", name, -p.Fraction)
		case p.Fraction > 0:
			return fault.Say("%s is not the right one, but earns %s.", "%s 不是正确选项，但得 %s。", name, p.Fraction)
		}
		return fault.Say("%s is wrong and earns nothing.", "%s 错误，不得分。", name)
	case "match_pairs@1":
		from, to := w.name(w.from, p.Item), w.name(w.to, p.Given)
		if p.Right {
			return fault.Say("%s goes with %s: right, %s.", "%s 与 %s 配对正确，得 %s。", from, to, p.Fraction)
		}
		return fault.Say("%s does not go with %s.", "%s 与 %s 配对错误，不得分。", from, to)
	case "text_match@1", "numeric_match@1":
		n, err := strconv.Atoi(p.Item)
		if err != nil {
			return fault.Say("This fits none of the accepted answers.", "与任何可接受的答案都不符。")
		}
		return fault.Say("This fits accepted answer no. %d, which is worth %s.", "与第 %d 个可接受的答案相符，得 %s。", n+1, p.Fraction)
	}
	if p.Right {
		return fault.Say("This is right and earns %s.", "正确，得 %s。", p.Fraction)
	}
	return fault.Say("This is not the right answer; it earns %s.", "答案不正确，得 %s。", p.Fraction)
}

// maxName bounds the text that names an option, characters.
const maxName = 60

// name is what students read of an item, in quotation marks, or its id.
func (w *wording) name(list, id string) string {
	items, _ := content.At(w.public, list)
	all, _ := items.([]any)
	for _, item := range all {
		if idOf(item) != id {
			continue
		}
		object := item.(map[string]any)
		text := plainText("by-format", object["text"])
		if plain, is := object["text"].(string); is {
			text = plain
		}
		if utf8.RuneCountInString(text) > maxName {
			text = string([]rune(text)[:maxName-1]) + "…"
		}
		if text != "" {
			return "“" + text + "”"
		}
	}
	return "“" + id + "”"
}
