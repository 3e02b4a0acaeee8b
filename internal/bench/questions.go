package bench

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"strings"

	"qbank/domain/question"
)

// writeGIFT writes made-up questions in GIFT, numbered from first: half of them single choice, the others of five more kinds, in
// Chinese and English. The same number is always the same question.
func writeGIFT(w io.Writer, first, count int) error {
	out := bufio.NewWriter(w)
	for n := first; n < first+count; n++ {
		draw := rand.New(rand.NewPCG(7, uint64(n)))
		subject := subjects[n/100%len(subjects)]
		if n%100 == 0 || n == first {
			fmt.Fprintf(out, "$CATEGORY: %s/%d\n\n", subject, n/1000%12+1)
		}
		fmt.Fprintf(out, "// [id:bench-%d] [tag:%s] [tag:t%d]\n::%s %d::%s", n, subject, n%50, subject, n, phrase(draw, 12))
		kinds[n%len(kinds)](out, draw)
		fmt.Fprint(out, "\n\n")
	}
	return out.Flush()
}

// writeGIFTFile writes a file of that many questions.
func writeGIFTFile(name string, count int) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := writeGIFT(file, 0, count); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

var subjects = []string{"数学", "物理", "化学", "生物", "语文", "English", "地理", "历史"}

var words = []string{"已知", "函数", "三角形", "的面积", "速度为", "求", "下列", "说法", "正确的是", "反应", "方程式", "细胞", "结构", "力", "电流",
	"triangle", "velocity", "reaction", "function", "angle", "正方形", "质量", "分子", "氧气", "光合作用", "古诗", "作者", "季风", "河流", "朝代",
	"which", "of", "the", "following", "is", "correct", "温度", "体积", "能量", "守恒", "曲线", "切线", "导数", "概率", "数列", "向量"}

func phrase(draw *rand.Rand, length int) string {
	var text []byte
	for range length/2 + draw.IntN(length) + 1 {
		text = append(append(text, words[draw.IntN(len(words))]...), ' ')
	}
	return string(text[:len(text)-1])
}

// kinds write what follows the stem. Every second question is a single choice.
var kinds = []func(io.Writer, *rand.Rand){
	singleChoice, multipleChoice, singleChoice, trueFalse, singleChoice, numeric, singleChoice, shortAnswer, singleChoice, matching,
}

func singleChoice(w io.Writer, draw *rand.Rand) {
	right := draw.IntN(4)
	fmt.Fprint(w, " {\n")
	for i := range 4 {
		mark := "~"
		if i == right {
			mark = "="
		}
		fmt.Fprintf(w, "%s%s %d\n", mark, phrase(draw, 3), i)
	}
	fmt.Fprintf(w, "####%s\n}", phrase(draw, 10))
}

func multipleChoice(w io.Writer, draw *rand.Rand) {
	fmt.Fprint(w, " {\n")
	for i, weight := range []string{"%50%", "%50%", "%-50%", "%-50%"} {
		fmt.Fprintf(w, "~%s%s %d\n", weight, phrase(draw, 3), i)
	}
	fmt.Fprint(w, "}")
}

func trueFalse(w io.Writer, draw *rand.Rand) { fmt.Fprintf(w, " {%c}", "TF"[draw.IntN(2)]) }

func numeric(w io.Writer, draw *rand.Rand) { fmt.Fprintf(w, " {#%d:0.5}", draw.IntN(1000)) }

func shortAnswer(w io.Writer, draw *rand.Rand) {
	fmt.Fprintf(w, " {=%s =%s}", phrase(draw, 1), phrase(draw, 2))
}

func matching(w io.Writer, draw *rand.Rand) {
	fmt.Fprint(w, " {\n")
	for i := range 4 {
		fmt.Fprintf(w, "=%s %d -> %s %d\n", words[draw.IntN(len(words))], i, words[draw.IntN(len(words))], i)
	}
	fmt.Fprint(w, "}")
}

// filed gives a question what a school files its questions under.
func filed(n int, m *question.Metadata) {
	draw := rand.New(rand.NewPCG(13, uint64(n)))
	m.Subject = subjects[n/100%len(subjects)]
	m.Stage = []string{"小学", "初中", "高中"}[draw.IntN(3)]
	m.Grade = fmt.Sprintf("%d", draw.IntN(12)+1)
	m.Chapter = fmt.Sprintf("%s/%d/%d", m.Subject, draw.IntN(10)+1, draw.IntN(5)+1)
	m.Source = fmt.Sprintf("exam %d", int(math.Abs(draw.NormFloat64())*100))
	m.Difficulty = []string{"", "easy", "medium", "medium", "hard"}[draw.IntN(5)]
	for range draw.IntN(3) + 1 {
		m.Points = append(m.Points, fmt.Sprintf("%s-%d", m.Subject, draw.IntN(60)))
	}
}

// reworded is a content whose stem says which version it is. It leaves the content that it is given alone.
func reworded(doc any, version int) any {
	whole := maps.Clone(doc.(map[string]any))
	stem := maps.Clone(whole["stem"].(map[string]any))
	text, _, _ := strings.Cut(stem["text"].(string), " — ")
	stem["text"] = fmt.Sprintf("%s — %d", text, version)
	whole["stem"] = stem
	return whole
}
