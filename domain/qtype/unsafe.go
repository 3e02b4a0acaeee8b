package qtype

import (
	"strconv"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/markup"
)

// unsafeTexts lists what texts in HTML hold that they may not (see package markup), wherever the schema marks one: what students see at once
// and what they see after. Text of Moodle's own format is HTML with line ends.
func unsafeTexts(p *place, v any, at string) (problems []fault.Problem) {
	if p == nil {
		return nil
	}
	if p.text != "" {
		format, pointer := p.text, at
		if format == "by-format" {
			object, _ := v.(map[string]any)
			format, _ = object["format"].(string)
			v, pointer = object["text"], at+"/text"
		}
		if text, is := v.(string); is && (format == "html" || format == "moodle") {
			problems = markup.Check(pointer, text)
		}
		return problems
	}
	switch t := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(t) {
			problems = append(problems, unsafeTexts(p.below(name), t[name], at+"/"+content.Escape(name))...)
		}
	case []any:
		for i, item := range t {
			problems = append(problems, unsafeTexts(p.item(i), item, at+"/"+strconv.Itoa(i))...)
		}
	}
	return problems[:min(len(problems), maxProblems)]
}
