package interchange

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"qbank/domain/batch"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// object is a content being built.
type object = map[string]any

// rich is a text with its format; nil where there is no text.
func rich(format, words string) any {
	if strings.TrimSpace(words) == "" {
		return nil
	}
	return object{"format": format, "text": words}
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

// rightText is the text of a pair's right side; "" where there is none.
func (p pair) rightText() string {
	right, ok := p.right.(object)
	if !ok {
		return ""
	}
	return right["text"].(string)
}

// matchingContent builds premises, targets and pairs. Targets that read alike are one. They are ordered by their text and named in that
// order, so that neither place nor name tells which belongs to which.
func matchingContent(stem any, pairs []pair) object {
	texts := make([]string, 0, len(pairs))
	byText := map[string]any{}
	for _, p := range pairs {
		text := p.rightText()
		if _, known := byText[text]; !known && text != "" {
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
		if target := ids[p.rightText()]; target != "" { // without one the draft stays incomplete, and says so
			key = append(key, object{"premise": id, "target": target})
		}
	}
	content := object{"premises": premises, "targets": targets, "pairs": key, "shuffle": true}
	put(content, "stem", stem)
	return content
}

// unseen finds a control character that no screen shows (tab and line ends apart): most often a backslash sequence that a program
// took for an escape, such as \bar. It is kept, for nobody can tell what was meant.
func unseen(v any) (rune, bool) {
	switch v := v.(type) {
	case string:
		for _, r := range v {
			if unicode.IsControl(r) && !strings.ContainsRune("\t\n\r", r) {
				return r, true
			}
		}
	case []any:
		for _, item := range v {
			if r, found := unseen(item); found {
				return r, true
			}
		}
	case object:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if r, found := unseen(v[name]); found {
				return r, true
			}
		}
	}
	return 0, false
}

// finish notes what people have to look at in an item's texts, and keeps its metadata within bounds.
func (i *Item) finish(line int) {
	if r, found := unseen(i.Content); found {
		i.Notes = append(i.Notes, note("text.control", line, fault.Say(
			"a text holds the control character %U, which cannot be seen; look whether something is lost there", "文本含有不可见的控制字符 %U，请检查该处是否有内容丢失", r)))
	}
	for _, f := range []struct {
		name, zh string
		value    *string
	}{
		{"title", "标题", &i.Metadata.Title}, {"category", "分类", &i.Metadata.Category}, {"difficulty", "难度", &i.Metadata.Difficulty},
		{"subject", "学科", &i.Metadata.Subject}, {"stage", "学段", &i.Metadata.Stage}, {"grade", "年级", &i.Metadata.Grade},
		{"chapter", "章节", &i.Metadata.Chapter}, {"source", "来源", &i.Metadata.Source},
	} {
		runes := []rune(*f.value)
		if len(runes) <= text.Title {
			continue
		}
		*f.value = string(runes[:text.Title])
		message := fault.Text{EN: fmt.Sprintf("the %s has %d characters; %d were kept", f.name, len(runes), text.Title),
			ZH: fmt.Sprintf("%s有 %d 个字符，保留了前 %d 个", f.zh, len(runes), text.Title)}
		i.Notes = append(i.Notes, batch.Note{Code: "metadata.shortened", Message: message, Line: line})
	}
}

func note(code string, line int, message fault.Text) batch.Note {
	return batch.Note{Code: code, Message: message, Line: line}
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
