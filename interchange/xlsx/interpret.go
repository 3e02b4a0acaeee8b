package xlsx

import (
	"math/big"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"qbank/domain/fault"
)

// MaxCellChars is how many characters a cell may have: spreadsheet programs allow no more.
const MaxCellChars = 32_767

// maxParts bounds what one cell is split into: accepted answers, points, tags, pairs.
const maxParts = 200

// reading is a row on its way to an item.
type reading struct{ item Item }

// Interpret tells what a row means.
func Interpret(row Row) Item {
	r := &reading{Item{Row: row}}
	r.checkCells()
	i := &r.item
	i.ID, i.Stem, i.Explanation = r.text(ID), r.text(Stem), r.text(Explanation)
	i.Subject, i.Stage, i.Grade, i.Chapter, i.Source = r.text(Subject), r.text(Stage), r.text(Grade), r.text(Chapter), r.text(Source)
	i.Points, i.Tags = r.list(Points), r.list(Tags)
	r.options()
	r.score()
	r.difficulty()
	if i.Stem == "" {
		r.fail(Stem, "xlsx.stem", "the stem is empty; write the question", "题干为空；请填写题目")
	}
	r.typeAndAnswer()
	return r.item
}

func (r *reading) text(f Field) string { return r.item.Row.cell(f).Text }

func (r *reading) report(c Cell, code string, severity Severity, message fault.Text) {
	r.item.Problems = append(r.item.Problems, Problem{
		Sheet: r.item.Row.Sheet, Row: r.item.Row.Number, Column: c.Column, Field: c.Field, Code: code, Severity: severity, Message: message,
	})
}

func (r *reading) fail(f Field, code, en, zh string, args ...any) {
	r.report(r.item.Row.cell(f), code, Error, fault.Say(en, zh, args...))
}

func (r *reading) warn(f Field, code, en, zh string, args ...any) {
	r.report(r.item.Row.cell(f), code, Warning, fault.Say(en, zh, args...))
}

// checkCells finds what is wrong with cells whatever they say, and makes them safe to read.
func (r *reading) checkCells() {
	cells := slices.Clone(r.item.Row.Cells)
	for n, c := range cells {
		if c.Merged != "" {
			r.report(c, "xlsx.merged", Error, fault.Say(
				"the cell is merged (%s), so it is not clear to which row it belongs; unmerge it and fill in every row",
				"单元格已合并（%s），无法确定属于哪一行；请取消合并并逐行填写", c.Merged))
		}
		if c.Formula {
			severity := Warning
			if c.Field == Stem || c.Field == AnswerField || c.Field == Explanation || c.Field.label() != "" {
				severity = Error
			}
			r.report(c, "xlsx.formula", severity, fault.Say(
				"the cell is a formula, whose stored result is not trusted; paste it as a value", "单元格是公式，其缓存结果不可信；请粘贴为数值"))
		}
		if slices.Contains(excelErrors, c.Text) {
			r.report(c, "xlsx.cell_error", Error, fault.Say("the cell holds the error %s; correct it", "单元格的值是错误 %s；请更正", c.Text))
		}
		if strings.ContainsRune(c.Text, 0) || !utf8.ValidString(c.Text) {
			r.report(c, "xlsx.cell_bytes", Error, fault.Say("the cell holds bytes that are not text; type it anew", "单元格含有非文本字节；请重新输入"))
			c.Text = strings.ReplaceAll(strings.ToValidUTF8(c.Text, "\ufffd"), "\x00", "\ufffd")
		}
		if count := utf8.RuneCountInString(c.Text); count > MaxCellChars {
			r.report(c, "xlsx.cell_too_long", Error, fault.Say(
				"the cell has %d characters, more than %d; shorten it", "单元格有 %d 个字符，超过 %d 个；请缩短", count, MaxCellChars))
			c.Text = string([]rune(c.Text)[:MaxCellChars])
		}
		c.Text = strings.TrimSpace(strings.ReplaceAll(c.Text, "\r\n", "\n"))
		cells[n] = c
	}
	r.item.Row.Cells = cells
}

var excelErrors = []string{"#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"}

// list reads several entries from all columns of a field, without repetitions.
func (r *reading) list(f Field) []string {
	var all []string
	for _, c := range r.item.Row.Cells {
		if c.Field != f {
			continue
		}
		for _, part := range parts(c.Text, ",，;；|｜、\n") {
			if !slices.Contains(all, part) {
				all = append(all, part)
			}
			if len(all) > maxParts {
				r.report(c, "xlsx.too_many", Error, fault.Say("more than %d entries; take some out", "超过 %d 项；请删减", maxParts))
				return all[:maxParts]
			}
		}
	}
	return all
}

// parts splits at any of the separators and leaves out what is blank.
func parts(s, separators string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func (r *reading) options() {
	gap := ""
	for _, l := range labels {
		label := string(l)
		c := r.item.Row.cell(OptionField(label))
		if c.Text == "" {
			if gap == "" {
				gap = label
			}
			continue
		}
		if gap != "" {
			r.report(c, "xlsx.option_gap", Warning, fault.Say("option %s is filled in, but %s is empty", "选项 %s 已填写，但选项 %s 为空", label, gap))
			gap = ""
		}
		for _, o := range r.item.Options {
			if o.Text == c.Text {
				r.report(c, "xlsx.option_twice", Warning, fault.Say("options %s and %s are the same", "选项 %s 与选项 %s 相同", o.Label, label))
			}
		}
		r.item.Options = append(r.item.Options, Option{label, c.Text})
	}
}

// score reads marks such as "5", "2.5" or "5分", exactly.
func (r *reading) score() {
	s := folded(r.text(Score))
	if s == "" {
		return
	}
	number := strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, "分"), "points"))
	if plainDecimal.MatchString(number) {
		millionths := new(big.Rat).Mul(rational(number), big.NewRat(1_000_000, 1))
		if millionths.IsInt() && millionths.Sign() > 0 && millionths.Cmp(big.NewRat(1_000_000*1_000_000, 1)) <= 0 {
			r.item.Score = millionths.Num().Int64()
			return
		}
	}
	r.fail(Score, "xlsx.score", "%q is no score; write a positive number, such as 5 or 2.5", "%q 不是有效分值；请填写正数，例如 5 或 2.5", shorten(s))
}

var levels = map[string]int{
	"易": 1, "容易": 1, "简单": 1, "easy": 1, "较易": 2, "较容易": 2, "中下": 2, "中": 3, "中等": 3, "一般": 3, "适中": 3, "medium": 3, "moderate": 3,
	"较难": 4, "中上": 4, "偏难": 4, "难": 5, "困难": 5, "很难": 5, "hard": 5, "difficult": 5,
}

func (r *reading) difficulty() {
	s := strings.ToLower(folded(r.text(Difficulty)))
	if s == "" {
		return
	}
	if l := levels[s]; l > 0 {
		r.item.Difficulty.Level = l
		return
	}
	if n := utf8.RuneCountInString(s); n <= 5 && strings.Trim(s, "★⭐") == "" {
		r.item.Difficulty.Level = n
		return
	}
	if plainDecimal.MatchString(s) {
		switch v := rational(s); {
		case v.IsInt() && v.Sign() > 0 && v.Cmp(big.NewRat(5, 1)) <= 0:
			r.item.Difficulty.Level = int(v.Num().Int64())
			return
		case v.Sign() > 0 && v.Cmp(big.NewRat(1, 1)) < 0:
			r.item.Difficulty.Facility = s
			return
		}
	}
	r.warn(Difficulty, "xlsx.difficulty", "%q is no difficulty and is left out; write 易, 中, 难, 1 to 5, or a facility between 0 and 1",
		"%q 不是有效难度，已忽略；请填写 易/中/难、1 到 5，或 0 与 1 之间的难度系数", shorten(s))
}

// folded makes full-width characters narrow and takes the blanks off.
func folded(s string) string {
	return strings.TrimFunc(width.Fold.String(s), unicode.IsSpace)
}

// anyChoice is 选择题: whether one or several options are right is for the answer to say.
const anyChoice Type = "choice"

var types = func() map[string]Type {
	m := map[string]Type{}
	for t, names := range map[Type]string{
		Single:      "单选 单项选择 单项 single singlechoice",
		Multiple:    "多选 多项选择 不定项 不定项选择 多项 multiple multipleanswer multipleanswers multiselect multipleresponse",
		anyChoice:   "选择 choice mcq multiplechoice",
		TrueFalse:   "判断 判断正误 对错 是非 truefalse true/false tf judgement judgment",
		ShortText:   "填空 填空与简答 单词拼写 短答 shorttext shortanswer fillin fillintheblank fillblank blank text",
		Numeric:     "数值 计算 数值填空 数字 numeric numerical number calculation",
		Matching:    "连线 匹配 配对 连线匹配 matching match pairs",
		Essay:       "简答 问答 作文 解答 论述 主观 写作 应用 材料分析 essay openended extendedtext writing longanswer",
		Description: "材料 说明 文本 阅读材料 描述 description passage material information",
	} {
		for _, name := range strings.Fields(names) {
			m[name] = t
			m[name+"题"] = t
		}
	}
	return m
}()

func typeOf(s string) Type {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("-_【】[]", r) {
			return -1
		}
		return r
	}, strings.ToLower(folded(s)))
	if t := types[s]; t != "" {
		return t
	}
	// 单选题（4分), 一、单选题
	if i := strings.IndexByte(s, '('); i > 0 {
		return types[s[:i]]
	}
	if _, after, found := strings.Cut(s, "、"); found {
		return types[after]
	}
	return ""
}

func (r *reading) typeAndAnswer() {
	i := &r.item
	if said := r.text(TypeField); said != "" {
		if i.Type = typeOf(said); i.Type == "" {
			r.fail(TypeField, "xlsx.type", "%q is no type of question; write 单选题, 多选题, 判断题, 填空题, 数值题, 连线题, 简答题 or 材料",
				"未知题型 %q；请填写 单选题、多选题、判断题、填空题、数值题、连线题、简答题 或 材料", shorten(said))
			return
		}
		if i.Type == anyChoice {
			i.Type = Single
			if chosen, _ := labelsIn(r.text(AnswerField)); len(chosen) > 1 {
				i.Type = Multiple
			}
		}
	} else {
		i.Type, i.Inferred = r.infer(), true
	}
	switch i.Type {
	case Single, Multiple:
		r.choice()
	case TrueFalse:
		r.trueFalse()
	case ShortText:
		i.Answer.Texts = r.accepted(AnswerField, textSeparators)
	case Numeric:
		r.numbers()
	case Matching:
		r.pairs()
	case Essay:
		i.Answer.Model = r.text(AnswerField)
		r.noOptions()
	case Description:
		if r.text(AnswerField) != "" {
			r.warn(AnswerField, "xlsx.answer_unused", "a text without a question has no answer; this one is left out", "材料没有答案；此答案已忽略")
		}
		r.noOptions()
	}
	if i.Type == ShortText || i.Type == Numeric {
		r.noOptions()
	}
}

// infer tells the type from options and answer.
func (r *reading) infer() Type {
	answer := r.text(AnswerField)
	_, isVerdict := verdict(answer)
	if n := len(r.item.Options); n > 0 {
		if arrows(r.item.Options) {
			return Matching
		}
		chosen, ok := labelsIn(answer)
		if isVerdict && !ok && n == 2 {
			return TrueFalse
		}
		if ok && len(chosen) > 1 {
			return Multiple
		}
		return Single
	}
	switch {
	case answer == "":
		r.warn(TypeField, "xlsx.type_open", "neither type nor answer is given; it is taken as an essay", "题型和答案均为空；已按简答题处理")
		return Essay
	case isVerdict && answer != "1" && answer != "0":
		return TrueFalse
	case len(pairsIn(answer)) > 1:
		return Matching
	}
	if _, err := readNumbers(answer); err == "" {
		return Numeric
	}
	const long = 100
	if utf8.RuneCountInString(answer) > long || strings.Contains(answer, "\n") {
		return Essay
	}
	return ShortText
}

func arrows(options []Option) bool {
	for _, o := range options {
		if _, found := pairIn(o.Text); !found {
			return false
		}
	}
	return len(options) > 1
}

func (r *reading) noOptions() {
	if n := len(r.item.Options); n > 0 {
		r.warn(OptionField(r.item.Options[0].Label), "xlsx.options_unused", "this type has no options; they are left out", "该题型没有选项；已忽略")
		r.item.Options = nil
	}
}
