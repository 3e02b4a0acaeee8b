package xlsx_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/interchange/xlsx"
)

// row makes a row of fields and texts, a column each.
func row(pairs ...string) xlsx.Row {
	r := xlsx.Row{Sheet: "S", Number: 7}
	for n := 0; n < len(pairs); n += 2 {
		r.Cells = append(r.Cells, xlsx.Cell{Field: xlsx.Field(pairs[n]), Column: string(rune('A' + n/2)), Text: pairs[n+1]})
	}
	return r
}

func with(base []string, more ...string) xlsx.Row { return row(append(slices.Clone(base), more...)...) }

func truth(b bool) *bool { return &b }

func TestAnswersMeanWhatTheirTypeSays(t *testing.T) {
	t.Parallel()
	question := []string{"stem", "?"}
	four := append(slices.Clone(question), "option-A", "one", "option-B", "two", "option-C", "three", "option-D", "four")
	for _, c := range []struct {
		row  xlsx.Row
		kind xlsx.Type
		want xlsx.Answer
		code string // of the first problem
	}{
		{with(four, "type", "单选题", "answer", "B"), xlsx.Single, xlsx.Answer{Labels: []string{"B"}}, ""},
		{with(four, "type", "一、单项选择题", "answer", " ｂ。"), xlsx.Single, xlsx.Answer{Labels: []string{"B"}}, ""},
		{with(four, "type", "单选题（5分）", "answer", "选B"), xlsx.Single, xlsx.Answer{Labels: []string{"B"}}, ""},
		{with(four, "type", "单选", "answer", "AB"), xlsx.Single, xlsx.Answer{}, "xlsx.answer_single"},
		{with(four, "type", "单选", "answer", "E"), xlsx.Single, xlsx.Answer{}, "xlsx.answer_option"},
		{with(four, "type", "单选", "answer", "one"), xlsx.Single, xlsx.Answer{}, "xlsx.answer_labels"},
		{with(four, "type", "单选"), xlsx.Single, xlsx.Answer{}, "xlsx.answer_missing"},
		{with(question, "type", "单选", "answer", "A"), xlsx.Single, xlsx.Answer{}, "xlsx.options"},
		{with(four, "type", "选择题", "answer", "AC"), xlsx.Multiple, xlsx.Answer{Labels: []string{"A", "C"}}, ""},
		{with(four, "type", "选择题", "answer", "C"), xlsx.Single, xlsx.Answer{Labels: []string{"C"}}, ""},
		{with(four, "type", "多选", "answer", "c、A，d"), xlsx.Multiple, xlsx.Answer{Labels: []string{"A", "C", "D"}}, ""},
		{with(four, "type", "不定项选择题", "answer", "B"), xlsx.Multiple, xlsx.Answer{Labels: []string{"B"}}, "xlsx.answer_alone"},
		{with(four, "type", "Multiple answers", "answer", "A,A,B"), xlsx.Multiple, xlsx.Answer{Labels: []string{"A", "B"}}, "xlsx.answer_twice"},
		{with(four, "answer", "AC"), xlsx.Multiple, xlsx.Answer{Labels: []string{"A", "C"}}, ""},
		{with(four, "answer", "D"), xlsx.Single, xlsx.Answer{Labels: []string{"D"}}, ""},
		{with(question, "type", "判断题", "answer", "√"), xlsx.TrueFalse, xlsx.Answer{True: truth(true)}, ""},
		{with(question, "type", "判断题", "answer", "×"), xlsx.TrueFalse, xlsx.Answer{True: truth(false)}, ""},
		{with(question, "type", "true/false", "answer", "FALSE"), xlsx.TrueFalse, xlsx.Answer{True: truth(false)}, ""},
		{with(question, "type", "判断", "option-A", "正确", "option-B", "错误", "answer", "B"), xlsx.TrueFalse, xlsx.Answer{True: truth(false)}, ""},
		{with(question, "type", "判断", "answer", "maybe"), xlsx.TrueFalse, xlsx.Answer{}, "xlsx.answer_verdict"},
		{with(question, "answer", "错"), xlsx.TrueFalse, xlsx.Answer{True: truth(false)}, ""},
		{with(question, "type", "填空题", "answer", "李白|李太白； 太白|李白"), xlsx.ShortText, xlsx.Answer{Texts: []string{"李白", "李太白", "太白"}}, ""},
		{with(question, "type", "填空题", "answer", "|"), xlsx.ShortText, xlsx.Answer{}, "xlsx.answer"},
		{with(question, "answer", "李白"), xlsx.ShortText, xlsx.Answer{Texts: []string{"李白"}}, ""},
		{with(question, "type", "计算题", "answer", "３.１４±0.01|[1, 2]；-5..-3|3-5|1,234.5|1e3|5+/-.5"), xlsx.Numeric, xlsx.Answer{Numbers: []xlsx.Number{
			{Value: "3.14", Tolerance: "0.01"}, {Min: "1", Max: "2"}, {Min: "-5", Max: "-3"}, {Min: "3", Max: "5"}, {Value: "1234.5"}, {Value: "1e3"}, {Value: "5", Tolerance: ".5"}}}, ""},
		{with(question, "type", "数值", "answer", "5 米"), xlsx.Numeric, xlsx.Answer{}, "xlsx.answer_number"},
		{with(question, "type", "数值", "answer", "5~3"), xlsx.Numeric, xlsx.Answer{}, "xlsx.answer_number"},
		{with(question, "type", "数值", "answer", "5±-1"), xlsx.Numeric, xlsx.Answer{}, "xlsx.answer_number"},
		{with(question, "answer", "3.1～3.2"), xlsx.Numeric, xlsx.Answer{Numbers: []xlsx.Number{{Min: "3.1", Max: "3.2"}}}, ""},
		{with(question, "type", "连线题", "answer", "法国->巴黎；日本 → 东京；->罗马"), xlsx.Matching, xlsx.Answer{Pairs: []xlsx.Pair{{"法国", "巴黎"}, {"日本", "东京"}, {"", "罗马"}}}, ""},
		{with(question, "type", "匹配", "option-A", "a -> b", "option-B", "c => d"), xlsx.Matching, xlsx.Answer{Pairs: []xlsx.Pair{{"a", "b"}, {"c", "d"}}}, ""},
		{with(question, "option-A", "a -> b", "option-B", "c => d"), xlsx.Matching, xlsx.Answer{Pairs: []xlsx.Pair{{"a", "b"}, {"c", "d"}}}, ""},
		{with(question, "type", "匹配", "option-A", "a -> b", "option-B", "c"), xlsx.Matching, xlsx.Answer{}, "xlsx.pair"},
		{with(question, "type", "匹配", "answer", "a->b;->c"), xlsx.Matching, xlsx.Answer{}, "xlsx.pairs"},
		{with(question, "type", "作文"), xlsx.Essay, xlsx.Answer{}, ""},
		{with(question, "type", "简答题", "answer", "a；b"), xlsx.Essay, xlsx.Answer{Model: "a；b"}, ""},
		{with(question, "answer", strings.Repeat("长", 101)), xlsx.Essay, xlsx.Answer{Model: strings.Repeat("长", 101)}, ""},
		{with(question), xlsx.Essay, xlsx.Answer{}, "xlsx.type_open"},
		{with(question, "type", "材料"), xlsx.Description, xlsx.Answer{}, ""},
		{with(question, "type", "说明", "answer", "x"), xlsx.Description, xlsx.Answer{}, "xlsx.answer_unused"},
		{with(question, "type", "猜谜", "answer", "x"), "", xlsx.Answer{}, "xlsx.type"},
		{row("type", "作文"), xlsx.Essay, xlsx.Answer{}, "xlsx.stem"},
		{with(question, "type", "单选", "option-A", "x", "option-C", "x", "answer", "A"), xlsx.Single, xlsx.Answer{Labels: []string{"A"}}, "xlsx.option_gap"},
	} {
		item := xlsx.Interpret(c.row)
		if item.Type != c.kind || !reflect.DeepEqual(item.Answer, c.want) || firstCode(item) != c.code {
			t.Errorf("%v\n got %s %s %v\nwant %s %s %q", texts(c.row), item.Type, asJSON(item.Answer), item.Problems, c.kind, asJSON(c.want), c.code)
		}
		if (c.code == "") != (len(item.Problems) == 0) {
			t.Errorf("%v: %v", texts(c.row), item.Problems)
		}
	}
}

func firstCode(i xlsx.Item) string {
	if len(i.Problems) == 0 {
		return ""
	}
	return i.Problems[0].Code
}

func texts(r xlsx.Row) (s []string) {
	for _, c := range r.Cells {
		s = append(s, string(c.Field)+"="+c.Text)
	}
	return s
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestWhatStandsBesideTheQuestion(t *testing.T) {
	t.Parallel()
	question := []string{"stem", "?", "type", "作文"}
	for _, c := range []struct {
		field, text string
		got         func(xlsx.Item) any
		want        any
		code        string
	}{
		{"score", "2.5分", func(i xlsx.Item) any { return i.Score }, int64(2_500_000), ""},
		{"score", "0.1", func(i xlsx.Item) any { return i.Score }, int64(100_000), ""},
		{"score", "0", func(i xlsx.Item) any { return i.Score }, int64(0), "xlsx.score"},
		{"score", "1e9", func(i xlsx.Item) any { return i.Score }, int64(0), "xlsx.score"},
		{"score", "0.0000001", func(i xlsx.Item) any { return i.Score }, int64(0), "xlsx.score"},
		{"difficulty", "较难", func(i xlsx.Item) any { return i.Difficulty }, xlsx.Level{Level: 4}, ""},
		{"difficulty", "★★", func(i xlsx.Item) any { return i.Difficulty }, xlsx.Level{Level: 2}, ""},
		{"difficulty", "０.65", func(i xlsx.Item) any { return i.Difficulty }, xlsx.Level{Facility: "0.65"}, ""},
		{"difficulty", "3", func(i xlsx.Item) any { return i.Difficulty }, xlsx.Level{Level: 3}, ""},
		{"difficulty", "so so", func(i xlsx.Item) any { return i.Difficulty }, xlsx.Level{}, "xlsx.difficulty"},
		{"points", "函数；极限、 函数", func(i xlsx.Item) any { return i.Points }, []string{"函数", "极限"}, ""},
		{"tags", strings.Repeat("a,b,", 100), func(i xlsx.Item) any { return i.Tags }, []string{"a", "b"}, ""},
		{"id", " q-1 ", func(i xlsx.Item) any { return i.ID }, "q-1", ""},
		{"source", "#REF!", func(i xlsx.Item) any { return i.Source }, "#REF!", "xlsx.cell_error"},
		{"grade", "a\x00\xff", func(i xlsx.Item) any { return i.Grade }, "a\ufffd\ufffd", "xlsx.cell_bytes"},
		{"explanation", strings.Repeat("长", xlsx.MaxCellChars+1), func(i xlsx.Item) any { return len([]rune(i.Explanation)) }, xlsx.MaxCellChars, "xlsx.cell_too_long"},
	} {
		item := xlsx.Interpret(with(question, c.field, c.text))
		if got := c.got(item); !reflect.DeepEqual(got, c.want) || firstCode(item) != c.code {
			t.Errorf("%s %.40q: %v %v; want %v %q", c.field, c.text, got, item.Problems, c.want, c.code)
		}
	}
	two := row("stem", "?", "points", "甲", "points", "乙;甲")
	if got := xlsx.Interpret(two).Points; !reflect.DeepEqual(got, []string{"甲", "乙"}) {
		t.Errorf("two columns of points: %q", got)
	}
}

// However a teacher writes the letters of the key, they are the same key.
func TestLettersHaveManySpellings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"A", "B", "C", "D"}), 2, 4, rapid.ID).Draw(t, "key")
		spelt := ""
		for _, label := range want {
			spelling := rapid.SampledFrom([]func(string) string{
				strings.ToLower, strings.ToUpper, func(s string) string { return string(rune(s[0]) + 0xfee0) },
			}).Draw(t, "spelling")
			spelt += spelling(label) + rapid.SampledFrom([]string{"", ",", "，", "、", " ", ";", "\n", "|"}).Draw(t, "separator")
		}
		slices.Sort(want)
		item := xlsx.Interpret(row("stem", "?", "type", "多选题", "option-A", "1", "option-B", "2", "option-C", "3", "option-D", "4", "answer", spelt))
		if !item.OK() || !slices.Equal(item.Answer.Labels, want) {
			t.Fatalf("%q: %v %v", spelt, item.Answer.Labels, item.Problems)
		}
	})
}

func FuzzInterpret(f *testing.F) {
	for _, answer := range []string{"A", "ac", "√", "3±0.1|1~2", "a->b;c->d", "[1,2]", "选\x00", "1e999", strings.Repeat("|", 300)} {
		f.Add("单选题", "题\xff", "a->b", "", answer, "5分", "0.5", "a;b")
	}
	f.Fuzz(func(t *testing.T, kind, stem, a, b, answer, score, difficulty, points string) {
		item := xlsx.Interpret(row("type", kind, "stem", stem, "option-A", a, "option-B", b, "answer", answer, "score", score, "difficulty", difficulty, "points", points))
		for _, p := range item.Problems {
			if p.Row != 7 || p.Sheet != "S" || p.Code == "" || p.Message.EN == "" || p.Message.ZH == "" || p.Severity == "" {
				t.Fatalf("%+v", p)
			}
		}
		if !item.OK() {
			return
		}
		if item.Type == "" || item.Stem == "" || item.Score < 0 || item.Difficulty.Level < 0 || item.Difficulty.Level > 5 {
			t.Fatalf("%+v", item)
		}
		set := 0
		for _, has := range []bool{len(item.Answer.Labels) > 0, item.Answer.True != nil, len(item.Answer.Texts) > 0, len(item.Answer.Numbers) > 0,
			len(item.Answer.Pairs) > 0, item.Answer.Model != ""} {
			if has {
				set++
			}
		}
		if needs := item.Type != xlsx.Essay && item.Type != xlsx.Description; set > 1 || needs && set == 0 {
			t.Fatalf("%s with answer %+v", item.Type, item.Answer)
		}
		for _, label := range item.Answer.Labels {
			if !slices.ContainsFunc(item.Options, func(o xlsx.Option) bool { return o.Label == label }) {
				t.Fatalf("the key %s is no option of %+v", label, item.Options)
			}
		}
	})
}
