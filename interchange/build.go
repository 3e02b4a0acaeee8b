package interchange

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"qbank/domain/batch"
	"qbank/domain/fault"
)

// object is a content being built.
type object = map[string]any

// rich is a text with its format; nil where there is no text.
func rich(format, text string) any {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return object{"format": format, "text": text}
}

// put sets a member unless there is nothing to set.
func put(o object, name string, value any) {
	if value != nil {
		o[name] = value
	}
}

// optionID names the n-th option of a list: a, b, … z, o27, o28 …
func optionID(n int) string {
	if n < 26 {
		return string(rune('a' + n))
	}
	return "o" + strconv.Itoa(n+1)
}

// pair is one row of a matching item; an empty left side makes the right one a distractor.
type pair struct {
	left, right any // rich texts
	feedback    any
}

// matchingContent builds premises, targets and pairs. Targets that read alike are one. They are ordered by their text and named in that
// order, so that neither place nor name tells which belongs to which.
func matchingContent(stem any, pairs []pair) object {
	texts := make([]string, 0, len(pairs))
	byText := map[string]any{}
	for _, p := range pairs {
		text := p.right.(object)["text"].(string)
		if _, known := byText[text]; !known {
			texts, byText[text] = append(texts, text), p.right
		}
	}
	slices.SortFunc(texts, cmp.Compare)
	ids := make(map[string]string, len(texts))
	targets := make([]any, len(texts))
	for i, text := range texts {
		ids[text] = "t" + strconv.Itoa(i+1)
		targets[i] = object{"id": ids[text], "text": byText[text]}
	}
	premises, key := []any{}, []any{}
	for _, p := range pairs {
		if p.left == nil {
			continue
		}
		id := "p" + strconv.Itoa(len(premises)+1)
		premise := object{"id": id, "text": p.left}
		put(premise, "feedback", p.feedback)
		premises = append(premises, premise)
		key = append(key, object{"premise": id, "target": ids[p.right.(object)["text"].(string)]})
	}
	content := object{"premises": premises, "targets": targets, "pairs": key, "shuffle": true}
	put(content, "stem", stem)
	return content
}

func note(code string, line int, text fault.Text) batch.Note {
	return batch.Note{Code: code, Message: text, Line: line}
}

// plainTitle shortens a text to a title of one line.
func plainTitle(text string) string {
	const most = 60
	words := strings.Join(strings.Fields(text), " ")
	if runes := []rune(words); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return words
}
