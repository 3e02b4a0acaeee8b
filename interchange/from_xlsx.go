package interchange

import (
	"io"
	"strconv"

	"qbank/domain/batch"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/interchange/xlsx"
)

// OpenXLSX reads a teacher's spreadsheet. seen, if not nil, is given every problem with its cell, for marking the sheet.
func OpenXLSX(file io.Reader, defaults Defaults, seen func(xlsx.Problem)) (Source, error) {
	reader, err := xlsx.NewReader(file, xlsx.Options{})
	if err != nil {
		return nil, err
	}
	if seen == nil {
		seen = func(xlsx.Problem) {}
	}
	return &xlsxSource{reader: reader, defaults: defaults, seen: seen}, nil
}

type xlsxSource struct {
	reader   *xlsx.Reader
	defaults Defaults
	seen     func(xlsx.Problem)
	next     int
}

// Close closes the workbook.
func (s *xlsxSource) Close() error { return s.reader.Close() }

// Next maps the next row.
func (s *xlsxSource) Next() (Item, error) {
	row, err := s.reader.Next()
	if err != nil {
		return Item{}, err
	}
	for _, p := range row.Problems {
		s.seen(p)
	}
	item := fromXLSX(row)
	if s.next == 0 {
		item.Notes = append(item.Notes, s.leftOut()...)
	}
	item.Index = s.next
	s.next++
	s.defaults.apply(&item.Metadata)
	return item, nil
}

// leftOut are the columns with a heading that means nothing here; the first item's report names them.
func (s *xlsxSource) leftOut() (notes []batch.Note) {
	for _, c := range s.reader.Columns() {
		if c.Field == "" {
			notes = append(notes, batch.Note{Code: "column.left_out", Line: s.reader.Header(), Column: c.Letter, Message: fault.Say(
				"the column %q is not known; it was left out, in every row", "未知的列 %q，各行该列均已舍去", plainTitle(c.Heading))})
		}
	}
	return notes
}

func fromXLSX(x xlsx.Item) Item {
	item := Item{Source: x.ID, Title: plainTitle(x.Stem), Metadata: question.Metadata{
		Title: plainTitle(x.Stem), Subject: x.Subject, Stage: x.Stage, Grade: x.Grade, Chapter: x.Chapter, Source: x.Source,
		Difficulty: difficulty(x.Difficulty), Tags: x.Tags, Points: x.Points,
	}}
	for _, p := range x.Problems {
		item.Notes = append(item.Notes, batch.Note{Code: p.Code, Message: p.Message, Line: p.Row, Column: p.Column})
	}
	if !x.OK() || x.Type == "" {
		item.Refused = true
		if item.Source == "" {
			item.Source = "xlsx:row:" + strconv.Itoa(x.Row.Number)
		}
		return item
	}
	if x.Score > 0 {
		item.Notes = append(item.Notes, note("score.kept_apart", x.Row.Number,
			fault.Say("the marks (分值) belong to a lesson, not to the question; they were kept as the tag score:%s", "分值属于讲次而不属于题目，已保存为标签 score:%s", scoreText(x.Score))))
		item.Metadata.Tags = append(item.Metadata.Tags, "score:"+scoreText(x.Score))
	}
	build := map[xlsx.Type]func(xlsx.Item) (qtype.Ref, object){
		xlsx.Single: sheetSingle, xlsx.Multiple: sheetMultiple, xlsx.TrueFalse: sheetTrueFalse, xlsx.ShortText: sheetShortText,
		xlsx.Numeric: sheetNumeric, xlsx.Matching: sheetMatching, xlsx.Essay: sheetEssay,
		xlsx.Description: func(xlsx.Item) (qtype.Ref, object) { return description, object{} },
	}[x.Type]
	typ, built := build(x)
	put(built, "stem", rich("markdown", x.Stem))
	if x.Type != xlsx.Description {
		put(built, "explanation", rich("markdown", x.Explanation))
	}
	item.Type, item.Content = typ, built
	if item.Source == "" { // a row without an id is known by what it asks: an edited stem is another question
		item.Source = "xlsx:" + string(content.HashOf([]any{string(x.Type), x.Stem}))[:32]
	}
	if x.Type == xlsx.TrueFalse && len(x.Options) > 0 {
		item.Notes = append(item.Notes, note("options.left_out", x.Row.Number,
			fault.Say("a true/false question has no options of its own; their texts were left out", "判断题没有自己的选项，选项文字已舍去")))
	}
	if x.Type == xlsx.Description && x.Explanation != "" {
		item.Notes = append(item.Notes, note("description.feedback", x.Row.Number,
			fault.Say("a description has no place for an explanation; it was left out", "说明性文字没有“解析”，已舍去")))
	}
	item.finish(x.Row.Number)
	return item
}

func sheetOptions(x xlsx.Item) []any {
	options := make([]any, len(x.Options))
	for i, o := range x.Options {
		options[i] = object{"id": sheetID(o.Label), "text": rich("markdown", o.Text)}
	}
	return options
}

// sheetID names an option by its column's letter.
func sheetID(label string) string { return optionID(int(label[0] - 'A')) }

func sheetSingle(x xlsx.Item) (qtype.Ref, object) {
	return singleChoice, object{"options": sheetOptions(x), "key": sheetID(x.Answer.Labels[0]), "shuffle": false}
}

func sheetMultiple(x xlsx.Item) (qtype.Ref, object) {
	key := make([]any, len(x.Answer.Labels))
	for i, label := range x.Answer.Labels {
		key[i] = sheetID(label)
	}
	return multipleChoice, object{"options": sheetOptions(x), "key": key, "grading": object{"mode": "all"}, "shuffle": false}
}

func sheetTrueFalse(x xlsx.Item) (qtype.Ref, object) {
	return trueFalse, object{"key": *x.Answer.True}
}

func sheetShortText(x xlsx.Item) (qtype.Ref, object) {
	answers := make([]any, len(x.Answer.Texts))
	for i, text := range x.Answer.Texts {
		answers[i] = object{"text": text}
	}
	return shortText, object{"answers": answers, "matchCase": false}
}

func sheetNumeric(x xlsx.Item) (qtype.Ref, object) {
	answers := make([]any, len(x.Answer.Numbers))
	for i, n := range x.Answer.Numbers {
		answer := object{}
		for name, value := range map[string]string{"value": n.Value, "tolerance": n.Tolerance, "min": n.Min, "max": n.Max} {
			if value != "" {
				answer[name] = value
			}
		}
		answers[i] = answer
	}
	return numeric, object{"answers": answers}
}

func sheetMatching(x xlsx.Item) (qtype.Ref, object) {
	pairs := make([]pair, len(x.Answer.Pairs))
	for i, p := range x.Answer.Pairs {
		pairs[i] = pair{left: rich("markdown", p.Left), right: rich("markdown", p.Right)}
	}
	return matching, matchingContent(nil, pairs)
}

func sheetEssay(x xlsx.Item) (qtype.Ref, object) {
	built := object{}
	put(built, "sample", rich("markdown", x.Answer.Model))
	return essay, built
}

var levels = [...]string{"", "easy", "rather easy", "medium", "rather hard", "hard"}

// difficulty is a level in words, or the expected facility as the sheet has it.
func difficulty(l xlsx.Level) string {
	if l.Level > 0 {
		return levels[l.Level]
	}
	return l.Facility
}

func scoreText(millionths int64) string {
	return strconv.FormatFloat(float64(millionths)/1e6, 'f', -1, 64)
}
