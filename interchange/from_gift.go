package interchange

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/interchange/gift"
	"qbank/interchange/textenc"
)

// OpenGIFT reads a GIFT file in whatever encoding it came.
func OpenGIFT(file io.Reader, defaults Defaults) (Source, error) {
	text, err := textenc.NewReader(file)
	if err != nil {
		return nil, err
	}
	return &giftSource{reader: gift.NewReader(text, gift.Options{}), defaults: defaults}, nil
}

type giftSource struct {
	reader   *gift.Reader
	defaults Defaults
	next     int
}

// Close has nothing to close: the file is its opener's.
func (*giftSource) Close() error { return nil }

// Next maps the next item.
func (s *giftSource) Next() (Item, error) {
	read, err := s.reader.Next()
	if err != nil {
		return Item{}, err
	}
	item := fromGIFT(read)
	item.Index = s.next
	s.next++
	s.defaults.apply(&item.Metadata)
	return item, nil
}

// blank stands where a missing word's answers stood.
const blank = "_____"

func fromGIFT(g gift.Item) Item {
	item := Item{Source: g.ID, Title: plainTitle(cmp.Or(g.Title, g.Stem.Text)), Metadata: giftMetadata(g)}
	item.Metadata.Title = cmp.Or(g.Title, item.Title)
	if item.Source == "" { // the same block in the same category is the same item
		item.Source = "gift:" + string(content.HashOf([]any{hex.EncodeToString(g.SHA256[:]), g.Category}))[:32]
	}
	for _, p := range g.Problems {
		item.Notes = append(item.Notes, note(p.Code, p.Line, p.Message))
	}
	if !g.OK() || g.Kind == "" {
		item.Refused = true
		return item
	}
	m := giftMapper{item: g, out: &item}
	m.build()
	m.comment()
	item.finish(g.FirstLine)
	return item
}

func giftMetadata(g gift.Item) question.Metadata {
	m := question.Metadata{Category: strings.Join(gift.CategoryPath(g.Category), "/"), Tags: slices.Clone(g.Tags)}
	if difficulty, given := g.Field("difficulty"); given {
		m.Difficulty = difficulty
	}
	if score, given := g.Field("score"); given { // marks belong to a lesson; as a tag they are not lost
		m.Tags = append(m.Tags, "score:"+score)
	}
	return m
}

// giftMapper builds one content.
type giftMapper struct {
	item gift.Item
	out  *Item
}

func (m *giftMapper) build() {
	stem := m.text(gift.Text{Format: m.item.Stem.Format, Text: m.item.Sentence(blank)})
	build := map[gift.Kind]func(any) (qtype.Ref, object){
		gift.Description: func(stem any) (qtype.Ref, object) { return description, object{} },
		gift.Essay:       func(stem any) (qtype.Ref, object) { return essay, object{} },
		gift.TrueFalse:   m.trueFalse, gift.SingleChoice: m.singleChoice, gift.MultipleChoice: m.multipleChoice,
		gift.ShortAnswer: m.shortAnswer, gift.Matching: m.matching, gift.Numeric: m.numeric,
	}[m.item.Kind]
	var content object
	m.out.Type, content = build(stem)
	put(content, "stem", stem)
	if explanation := m.text(m.item.GeneralFeedback); explanation != nil {
		if m.item.Kind == gift.Description {
			m.changed("description.feedback", fault.Say("a description has no place for general feedback; it was left out", "说明性文字没有“解析”，已舍去"))
		} else {
			content["explanation"] = explanation
		}
	}
	m.out.Content = content
}

// comment says that a comment was left out, unless everything in it was understood.
func (m *giftMapper) comment() {
	understood := map[string]bool{}
	for _, word := range strings.Fields(m.item.Comment) {
		key, _, isField := strings.Cut(word, "=")
		if isField && (key == "score" || key == "difficulty") && !understood[key] {
			understood[key] = true
			continue
		}
		m.changed("comment.left_out", fault.Say("the comment %q has no place in a question; it was left out", "注释 %q 在题目中没有对应位置，已舍去", plainTitle(m.item.Comment)))
		return
	}
}

// text is a text of the item as a rich text.
func (m *giftMapper) text(t gift.Text) any {
	format := string(t.Format)
	if format == "" {
		format = string(m.item.Stem.Format)
	}
	return rich(format, t.Text)
}

func (m *giftMapper) changed(code string, what fault.Text) {
	m.out.Notes = append(m.out.Notes, note(code, m.item.FirstLine, what))
}

func (m *giftMapper) trueFalse(any) (qtype.Ref, object) {
	content, feedback := object{}, object{}
	for i, a := range m.item.Answers { // TRUE, then FALSE
		if a.Correct {
			content["key"] = i == 0
		}
		put(feedback, strconv.FormatBool(i == 0), m.text(a.Feedback))
	}
	if len(feedback) > 0 {
		content["feedback"] = feedback
	}
	return trueFalse, content
}

// options are the answers of a choice. An option without text cannot be shown; its letter stands in.
func (m *giftMapper) options(weights bool) (options []any, right []any) {
	options, right = []any{}, []any{}
	for i, a := range m.item.Answers {
		option := object{"id": optionID(i)}
		text := m.text(a.Text)
		if text == nil {
			text = rich("plain", strings.ToUpper(optionID(i)))
			m.changed("option.empty", fault.Say("option %d has no text; its letter was put there", "第 %d 个选项没有文字，已用字母代替", i+1))
		}
		option["text"] = text
		put(option, "feedback", m.text(a.Feedback))
		if weights {
			option["percent"] = percent(a.Fraction)
		}
		options = append(options, option)
		if a.Correct {
			right = append(right, optionID(i))
		}
	}
	return options, right
}

func (m *giftMapper) singleChoice(any) (qtype.Ref, object) {
	weighted := slices.ContainsFunc(m.item.Answers, func(a gift.Answer) bool { return a.Fraction != 0 && a.Fraction != gift.Full })
	full := 0
	for _, a := range m.item.Answers {
		if a.Fraction == gift.Full {
			full++
		}
	}
	options, right := m.options(weighted || full > 1)
	content := object{"options": options, "shuffle": false}
	if len(right) > 0 { // without one the draft stays incomplete, and says so
		content["key"] = right[0]
	}
	return singleChoice, content
}

func (m *giftMapper) multipleChoice(any) (qtype.Ref, object) {
	options, right := m.options(true)
	return multipleChoice, object{"options": options, "key": right, "grading": object{"mode": "weights"}, "shuffle": false}
}

func (m *giftMapper) shortAnswer(any) (qtype.Ref, object) {
	answers := make([]any, len(m.item.Answers))
	for i, a := range m.item.Answers {
		answer := object{"text": a.Text.Text}
		if a.Fraction != gift.Full {
			answer["percent"] = percent(a.Fraction)
		}
		put(answer, "feedback", m.text(a.Feedback))
		answers[i] = answer
	}
	return shortText, object{"answers": answers, "matchCase": false}
}

func (m *giftMapper) numeric(any) (qtype.Ref, object) {
	content := object{}
	answers := []any{}
	for _, a := range m.item.Answers {
		n := a.Number
		if n.Any { // * is what every other answer gets: its feedback is the outcome's
			if a.Fraction != 0 {
				m.changed("numeric.any", fault.Say("an answer that accepts every number cannot be worth marks; it was left out", "“任意数值”的答案不能得分，已舍去"))
			}
			if wrong := m.text(a.Feedback); wrong != nil {
				content["outcomes"] = object{"wrong": wrong}
			}
			continue
		}
		answer := object{}
		for name, value := range map[string]string{"value": n.Value, "min": n.Min, "max": n.Max, "tolerance": n.Tolerance} {
			if value != "" {
				answer[name] = value
			}
		}
		if a.Fraction != gift.Full {
			answer["percent"] = percent(a.Fraction)
		}
		put(answer, "feedback", m.text(a.Feedback))
		answers = append(answers, answer)
	}
	content["answers"] = answers
	return numeric, content
}

func (m *giftMapper) matching(stem any) (qtype.Ref, object) {
	pairs := make([]pair, 0, len(m.item.Answers))
	for i, a := range m.item.Answers {
		p := pair{left: m.text(a.Pair.Left), right: rich("plain", a.Pair.Right), feedback: m.text(a.Feedback)}
		if p.right == nil {
			m.changed("pair.no_right", fault.Say("pair %d has nothing on its right side", "第 %d 对的右侧没有内容", i+1))
		}
		pairs = append(pairs, p)
	}
	return matching, matchingContent(stem, pairs)
}

// percent is a fraction as the contents write it, exact to five decimals.
func percent(f gift.Fraction) float64 {
	p, err := strconv.ParseFloat(f.String(), 64)
	if err != nil {
		panic(fmt.Sprintf("interchange: %q is no percentage", f.String())) // String writes nothing else
	}
	return p
}
