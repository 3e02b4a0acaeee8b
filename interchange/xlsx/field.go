package xlsx

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Field is what a column holds.
type Field string

// The fields. Options are OptionField("A") and so on.
const (
	ID          Field = "id"
	TypeField   Field = "type"
	Stem        Field = "stem"
	AnswerField Field = "answer"
	Explanation Field = "explanation"
	Score       Field = "score"
	Difficulty  Field = "difficulty"
	Points      Field = "points" // knowledge points; may take several columns
	Tags        Field = "tags"   // may take several columns
	Subject     Field = "subject"
	Stage       Field = "stage"
	Grade       Field = "grade"
	Chapter     Field = "chapter"
	Source      Field = "source"
)

// labels are what options are called.
const labels = "ABCDEFGH"

// OptionField is the field of the option with this label, "A" to "H".
func OptionField(label string) Field { return Field("option-" + label) }

// label returns the label of an option's field, or "".
func (f Field) label() string {
	s, found := strings.CutPrefix(string(f), "option-")
	if !found {
		return ""
	}
	return s
}

// headings are what people write over a column, after [normalHeading].
var headings = func() map[string]Field {
	m := map[string]Field{}
	for field, names := range map[Field]string{
		ID:          "编号 题号 题目编号 试题编号 题目id 序号 id no number questionid externalid",
		TypeField:   "题型 题目类型 试题类型 类型 type questiontype kind",
		Stem:        "题干 题目 试题 题目内容 试题内容 题干内容 问题 stem question questiontext prompt",
		AnswerField: "答案 正确答案 参考答案 标准答案 正确选项 answer answers correctanswer key answerkey correct",
		Explanation: "解析 答案解析 试题解析 题目解析 详解 explanation analysis solution rationale",
		Score:       "分值 分数 满分 score mark marks",
		Difficulty:  "难度 难易度 难度系数 难易程度 difficulty level",
		Points:      "知识点 考点 知识点名称 关联知识点 knowledgepoint knowledgepoints point points topic topics",
		Tags:        "标签 题目标签 tag tags label labels",
		Subject:     "学科 科目 subject",
		Stage:       "学段 stage",
		Grade:       "年级 适用年级 grade",
		Chapter:     "章节 章 单元 chapter unit",
		Source:      "来源 题目来源 出处 试题来源 source origin",
	} {
		for _, name := range strings.Fields(names) {
			m[name] = field
		}
	}
	for _, l := range labels {
		label := string(l)
		lower := strings.ToLower(label)
		for _, name := range []string{lower, "选项" + lower, lower + "选项", lower + "项", "option" + lower, "choice" + lower} {
			m[name] = OptionField(label)
		}
	}
	return m
}()

// normalHeading folds widths and case and takes out blanks, marks of "required" and what stands in brackets.
func normalHeading(s string) string {
	s = strings.ToLower(width.Fold.String(s))
	if i := strings.IndexAny(s, "(["); i > 0 {
		s = s[:i]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("*:_-.·【】", r) {
			return -1
		}
		return r
	}, s)
}

// fieldOf tells what a heading means; "" is nothing we know. 知识点1, 知识点2 are both knowledge points.
func fieldOf(heading string) Field {
	name := normalHeading(heading)
	if f, found := headings[name]; found {
		return f
	}
	if f := headings[strings.TrimRight(name, "0123456789一二三四五六七八九十")]; f == Points || f == Tags {
		return f
	}
	return ""
}

// titles are the headings of the template.
var titles = []struct {
	field  Field
	zh, en string
}{
	{ID, "编号", "ID"}, {TypeField, "题型", "Type"}, {Stem, "题干", "Stem"},
	{OptionField("A"), "选项A", "Option A"}, {OptionField("B"), "选项B", "Option B"}, {OptionField("C"), "选项C", "Option C"},
	{OptionField("D"), "选项D", "Option D"}, {OptionField("E"), "选项E", "Option E"}, {OptionField("F"), "选项F", "Option F"},
	{OptionField("G"), "选项G", "Option G"}, {OptionField("H"), "选项H", "Option H"},
	{AnswerField, "答案", "Answer"}, {Explanation, "解析", "Explanation"}, {Score, "分值", "Score"}, {Difficulty, "难度", "Difficulty"},
	{Points, "知识点", "Knowledge points"}, {Tags, "标签", "Tags"}, {Subject, "学科", "Subject"}, {Stage, "学段", "Stage"},
	{Grade, "年级", "Grade"}, {Chapter, "章节", "Chapter"}, {Source, "来源", "Source"},
}
