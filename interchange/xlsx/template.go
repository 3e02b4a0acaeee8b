package xlsx

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// text is the number format "@": what is typed stays as it is, so that 1-2 does not become a date.
const text = 49

// Template writes a workbook to fill in: a sheet with headings and lists to choose from, one with examples of every type,
// and one with instructions. Headings and instructions are Chinese for a locale that begins with "zh", otherwise English.
func Template(w io.Writer, locale string) (err error) {
	t := &template{file: excelize.NewFile(), zh: strings.HasPrefix(locale, "zh")}
	defer func() { err = errors.Join(err, t.file.Close()) }()
	questions, samples, instructions := t.say("题目", "Questions"), t.say("示例", "Examples"), t.say("说明", "Instructions")
	steps := []func() error{
		func() error { return t.file.SetSheetName("Sheet1", questions) },
		func() error { return t.styles() },
		func() error { return t.headings(questions) },
		func() error { return t.lists(questions) },
		func() error { return t.add(samples, t.headings, t.examples) },
		func() error { return t.add(instructions, t.instructions) },
		func() error { return t.file.Write(w) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("xlsx: template: %w", err)
		}
	}
	return nil
}

type template struct {
	file           *excelize.File
	zh             bool
	heading, plain int // styles
}

func (t *template) say(zh, en string) string {
	if t.zh {
		return zh
	}
	return en
}

func (t *template) styles() (err error) {
	if t.plain, err = t.file.NewStyle(&excelize.Style{NumFmt: text, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}); err != nil {
		return err
	}
	t.heading, err = t.file.NewStyle(&excelize.Style{
		NumFmt: text, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}},
		Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center"},
	})
	return err
}

func (t *template) add(sheet string, steps ...func(string) error) error {
	if _, err := t.file.NewSheet(sheet); err != nil {
		return err
	}
	for _, step := range steps {
		if err := step(sheet); err != nil {
			return err
		}
	}
	return nil
}

func (t *template) headings(sheet string) error {
	last, err := excelize.ColumnNumberToName(len(titles))
	if err != nil {
		return err
	}
	if err := t.file.SetColStyle(sheet, "A:"+last, t.plain); err != nil {
		return err
	}
	for n, title := range titles {
		column, err := excelize.ColumnNumberToName(n + 1)
		if err != nil {
			return err
		}
		width := 12.0
		switch {
		case title.field == Stem || title.field == Explanation:
			width = 48
		case title.field.label() != "" || title.field == AnswerField:
			width = 18
		}
		if err := errors.Join(
			t.file.SetColWidth(sheet, column, column, width),
			t.file.SetCellStr(sheet, column+"1", t.say(title.zh, title.en)),
			t.file.SetCellStyle(sheet, column+"1", column+"1", t.heading),
		); err != nil {
			return err
		}
	}
	return t.file.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// typeNames are how the template calls the types.
var typeNames = []struct {
	t      Type
	zh, en string
}{
	{Single, "单选题", "Single choice"}, {Multiple, "多选题", "Multiple answers"}, {TrueFalse, "判断题", "True/False"},
	{ShortText, "填空题", "Short answer"}, {Numeric, "数值题", "Numeric"}, {Matching, "匹配题", "Matching"},
	{Essay, "简答题", "Essay"}, {Description, "材料", "Description"},
}

func (t *template) typeName(of Type) string {
	for _, n := range typeNames {
		if n.t == of {
			return t.say(n.zh, n.en)
		}
	}
	return ""
}

// lists lets people choose type and difficulty instead of typing them.
func (t *template) lists(sheet string) error {
	var names []string
	for _, n := range typeNames {
		names = append(names, t.say(n.zh, n.en))
	}
	difficulties := strings.Fields(t.say("易 较易 中 较难 难", "easy medium hard"))
	for n, title := range titles {
		choices := map[Field][]string{TypeField: names, Difficulty: difficulties}[title.field]
		if choices == nil {
			continue
		}
		column, err := excelize.ColumnNumberToName(n + 1)
		if err != nil {
			return err
		}
		list := excelize.NewDataValidation(true)
		list.SetSqref(fmt.Sprintf("%s2:%s50001", column, column))
		if err := list.SetDropList(choices); err != nil {
			return err
		}
		// A warning, for a difficulty may also be a number.
		list.SetError(excelize.DataValidationErrorStyleWarning, t.say(title.zh, title.en), t.say("请从列表中选择", "Choose from the list"))
		if err := t.file.AddDataValidation(sheet, list); err != nil {
			return err
		}
	}
	return nil
}

type example map[Field]string

func (t *template) examples(sheet string) error {
	option := func(e example, texts ...string) example {
		for n, s := range texts {
			e[OptionField(labels[n:n+1])] = s
		}
		return e
	}
	rows := []example{
		option(example{ID: "demo-1", TypeField: t.typeName(Single), Stem: t.say("中国的首都是哪座城市？", "Which city is the capital of China?"), AnswerField: "B",
			Explanation: t.say("北京是中国的首都。", "Beijing is the capital."), Score: "5", Difficulty: t.say("易", "easy"), Points: t.say("中国地理；行政区划", "Geography; Cities"),
			Tags: t.say("示例", "example"), Subject: t.say("地理", "Geography"), Stage: t.say("初中", "Junior"), Grade: t.say("七年级", "7"),
			Chapter: t.say("第一章", "Chapter 1"), Source: t.say("自编", "own")}, t.say("上海", "Shanghai"), t.say("北京", "Beijing"), t.say("广州", "Guangzhou"), t.say("成都", "Chengdu")),
		option(example{ID: "demo-2", TypeField: t.typeName(Multiple), Stem: t.say("下列哪些数是质数？", "Which of these are prime?"), AnswerField: "AC", Score: "4"}, "2", "4", "5", "9"),
		{ID: "demo-3", TypeField: t.typeName(TrueFalse), Stem: t.say("太阳从东方升起。", "The sun rises in the east."), AnswerField: t.say("对", "true"), Score: "2"},
		{ID: "demo-4", TypeField: t.typeName(ShortText), Stem: t.say("《静夜思》的作者是____。", "Hamlet was written by ____."),
			AnswerField: t.say("李白|李太白", "Shakespeare|William Shakespeare"), Score: "3"},
		{ID: "demo-5", TypeField: t.typeName(Numeric), Stem: t.say("圆周率约为多少？（保留两位小数）", "What is pi, to two places?"), AnswerField: "3.14±0.005", Score: "3", Difficulty: "0.65"},
		option(example{ID: "demo-6", TypeField: t.typeName(Matching), Stem: t.say("请将国家与首都连线。", "Match countries and capitals."), Score: "6"},
			t.say("法国 -> 巴黎", "France -> Paris"), t.say("日本 -> 东京", "Japan -> Tokyo"), t.say("-> 罗马", "-> Rome")),
		{ID: "demo-7", TypeField: t.typeName(Essay), Stem: t.say("简述秦统一六国的意义。", "Why did Qin's unification matter?"), AnswerField: t.say("结束了长期的割据局面……", "It ended a long division …"), Score: "10"},
		{ID: "demo-8", TypeField: t.typeName(Description), Stem: t.say("阅读下面的文字，完成后面各题。", "Read this before the next questions.")},
	}
	for n, row := range rows {
		for column, title := range titles {
			if row[title.field] == "" {
				continue
			}
			cell, err := excelize.CoordinatesToCellName(column+1, n+2)
			if err != nil {
				return err
			}
			if err := t.file.SetCellStr(sheet, cell, row[title.field]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *template) instructions(sheet string) error {
	lines := [][2]string{
		{"在“题目”工作表中填写，每行一道题；“示例”工作表中有每种题型的例子。", "Fill in the sheet Questions, one question a row. The sheet Examples has one of every type."},
		{"列的顺序可以改变，不需要的列可以删除；必须有“题干”，以及“答案”或“题型”。", "Columns may be reordered or deleted; Stem, and Answer or Type, must stay."},
		{"编号：用于重复导入时识别同一道题，不要更改。", "ID: tells the same question when a file is imported again; do not change it."},
		{"题型：从列表中选择；留空则根据答案判断。", "Type: choose from the list; if empty, the answer decides."},
		{"单选题、多选题：在选项列填写选项，答案写字母，例如 B 或 AC。", "Single choice, Multiple answers: options in their columns, the answer as letters: B, or AC."},
		{"判断题：答案写 对 或 错（也可写 √、×、T、F）。", "True/False: the answer is true or false (or T, F, √, ×)."},
		{"填空题：多个可接受的答案用 | 或 ；分隔。", "Short answer: separate several accepted answers by | or ;."},
		{"数值题：答案写数，例如 3.14、3.14±0.01 或 3.1~3.2，不带单位。", "Numeric: 3.14, 3.14±0.01 or 3.1~3.2, without a unit."},
		{"匹配题：每个选项写一对，例如 法国 -> 巴黎；左边留空表示干扰项。", "Matching: a pair in each option, as France -> Paris; an empty left side is a distractor."},
		{"简答题：答案为参考答案，可以留空。材料：没有答案。", "Essay: the answer is a model answer and may be empty. Description: has no answer."},
		{"难度：易、较易、中、较难、难，或 1 到 5，或 0 与 1 之间的难度系数。", "Difficulty: easy, medium, hard, or 1 to 5, or a facility between 0 and 1."},
		{"知识点、标签：多个用；分隔。", "Knowledge points, Tags: separate several by ;."},
		{"不要合并单元格，不要使用公式。", "Do not merge cells or use formulas."},
	}
	if err := t.file.SetColWidth(sheet, "A", "A", 100); err != nil {
		return err
	}
	for n, line := range lines {
		if err := t.file.SetCellStr(sheet, fmt.Sprintf("A%d", n+1), t.say(line[0], line[1])); err != nil {
			return err
		}
	}
	return nil
}
