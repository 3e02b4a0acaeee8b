package xlsx

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// textSeparators stand between answers that are all accepted.
const textSeparators = "|｜;；\n"

func (r *reading) missing() bool {
	if r.text(AnswerField) != "" {
		return false
	}
	r.fail(AnswerField, "xlsx.answer_missing", "the answer is empty; write it", "答案为空；请填写")
	return true
}

// accepted splits an answer into what is accepted.
func (r *reading) accepted(f Field, separators string) []string {
	if r.missing() {
		return nil
	}
	var all []string
	for _, part := range parts(r.text(f), separators) {
		if !slices.Contains(all, part) {
			all = append(all, part)
		}
	}
	if len(all) == 0 || len(all) > maxParts {
		r.fail(f, "xlsx.answer", "an answer has between 1 and %d parts", "答案应有 1 到 %d 项", maxParts)
		return nil
	}
	return all
}

// labelsIn reads "A", "AC", "a, c", "Ａ、Ｃ" or "选AC". ok is whether there are labels and nothing else.
func labelsIn(s string) (found []string, ok bool) {
	s = strings.TrimPrefix(strings.ToUpper(folded(s)), "选")
	for _, c := range s {
		switch {
		case strings.ContainsRune(labels, c):
			found = append(found, string(c))
		case unicode.IsSpace(c) || strings.ContainsRune(",;|、/+&.。", c):
		default:
			return nil, false
		}
	}
	return found, len(found) > 0
}

func (r *reading) choice() {
	i := &r.item
	if len(i.Options) < 2 {
		r.fail(OptionField("A"), "xlsx.options", "a choice needs two options at least; fill in A and B", "选择题至少需要两个选项；请填写选项 A 和 B")
	}
	if r.missing() {
		return
	}
	said := r.text(AnswerField)
	chosen, ok := labelsIn(said)
	if !ok {
		r.fail(AnswerField, "xlsx.answer_labels", "%q is not made of the letters of options; write A, or AC", "%q 不是选项字母；请填写 A 或 AC 这样的字母", shorten(said))
		return
	}
	slices.Sort(chosen)
	if distinct := slices.Compact(slices.Clone(chosen)); len(distinct) < len(chosen) {
		r.warn(AnswerField, "xlsx.answer_twice", "the answer names an option twice", "答案中重复出现同一选项")
		chosen = distinct
	}
	for _, label := range chosen {
		if _, found := i.option(label); !found {
			r.fail(AnswerField, "xlsx.answer_option", "the answer names option %s, which is empty", "答案包含选项 %s，但该选项为空", label)
			return
		}
	}
	if i.Type == Single && len(chosen) > 1 {
		r.fail(AnswerField, "xlsx.answer_single", "a single choice has one answer; name one option, or make it 多选题", "单选题只有一个答案；请只填一个选项，或将题型改为多选题")
		return
	}
	if i.Type == Multiple && len(chosen) == 1 {
		r.warn(AnswerField, "xlsx.answer_alone", "only one option is right in this multiple choice; look whether that is meant", "多选题只有一个正确选项；请确认")
	}
	i.Answer.Labels = chosen
}

var verdicts = map[string]bool{
	"对": true, "正确": true, "是": true, "√": true, "✓": true, "✔": true, "t": true, "true": true, "y": true, "yes": true, "1": true, "right": true, "correct": true,
	"错": false, "错误": false, "否": false, "×": false, "✗": false, "✘": false, "x": false, "f": false, "false": false, "n": false, "no": false, "0": false, "wrong": false,
	"不对": false, "不正确": false, "不是": false, "incorrect": false,
}

func verdict(s string) (value, ok bool) {
	value, ok = verdicts[strings.ToLower(strings.Trim(folded(s), "。.!️"))]
	return value, ok
}

func (r *reading) trueFalse() {
	i := &r.item
	if r.missing() {
		return
	}
	said := r.text(AnswerField)
	if chosen, ok := labelsIn(said); ok && len(chosen) == 1 && len(i.Options) > 0 {
		if o, found := i.option(chosen[0]); found { // A. 对 B. 错
			said = o.Text
		}
	}
	value, ok := verdict(said)
	if !ok {
		r.fail(AnswerField, "xlsx.answer_verdict", "%q is neither true nor false; write 对 or 错", "%q 既不是对也不是错；请填写 对 或 错", shorten(said))
		return
	}
	i.Answer.True = &value
}

var (
	plainDecimal = regexp.MustCompile(`^[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})$`)
	decimal      = regexp.MustCompile(`^[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?$`)
	thousands    = regexp.MustCompile(`^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$`)
	brackets     = regexp.MustCompile(`^\[([^,\]]+),([^\]]+)\]$`)
	hyphen       = regexp.MustCompile(`^([0-9.]+)-([0-9.]+)$`)
)

func rational(s string) *big.Rat {
	v, ok := new(big.Rat).SetString(s)
	if !ok {
		return new(big.Rat)
	}
	return v
}

// readNumbers reads alternatives; bad is the one that is no number.
func readNumbers(s string) (numbers []Number, bad string) {
	all := parts(s, textSeparators)
	if len(all) == 0 {
		return nil, s
	}
	for _, part := range all[:min(len(all), maxParts)] {
		n, ok := readNumber(part)
		if !ok {
			return nil, part
		}
		numbers = append(numbers, n)
	}
	return numbers, ""
}

// readNumber reads 3.14, 3.14±0.01, 3.1~3.2, 3.1..3.2, [3.1, 3.2] or 3-5.
func readNumber(s string) (Number, bool) {
	s = strings.ReplaceAll(folded(s), " ", "")
	s = strings.NewReplacer("−", "-", "–", "-", "＋/－", "±", "+/-", "±", "+-", "±", "～", "~", "〜", "~", "∼", "~", "..", "~", "…", "~").Replace(s)
	if m := brackets.FindStringSubmatch(s); m != nil {
		s = m[1] + "~" + m[2]
	} else if m := hyphen.FindStringSubmatch(s); m != nil {
		s = m[1] + "~" + m[2]
	}
	if low, high, found := strings.Cut(s, "~"); found {
		n := Number{Min: low, Max: high}
		return n, decimal.MatchString(low) && decimal.MatchString(high) && rational(low).Cmp(rational(high)) <= 0
	}
	value, tolerance, found := strings.Cut(s, "±")
	if thousands.MatchString(value) {
		value = strings.ReplaceAll(value, ",", "")
	}
	n := Number{Value: value, Tolerance: tolerance}
	if found && (!decimal.MatchString(tolerance) || rational(tolerance).Sign() < 0) {
		return n, false
	}
	return n, decimal.MatchString(value)
}

func (r *reading) numbers() {
	if r.missing() {
		return
	}
	numbers, bad := readNumbers(r.text(AnswerField))
	if bad != "" {
		r.fail(AnswerField, "xlsx.answer_number", "%q is no number; write 3.14, 3.14±0.01 or 3.1~3.2, without a unit",
			"%q 不是数；请填写 3.14、3.14±0.01 或 3.1~3.2，不带单位", shorten(bad))
		return
	}
	r.item.Answer.Numbers = numbers
}

var arrow = regexp.MustCompile(`\s*(?:->|→|=>|⇒|——)\s*`)

// pairIn splits at the first arrow.
func pairIn(s string) (Pair, bool) {
	at := arrow.FindStringIndex(s)
	if at == nil {
		return Pair{}, false
	}
	p := Pair{Left: strings.TrimSpace(s[:at[0]]), Right: strings.TrimSpace(s[at[1]:])}
	return p, p.Right != ""
}

// pairsIn returns the pairs that an answer is made of, or none where a part of it is no pair.
func pairsIn(s string) []Pair {
	var pairs []Pair
	for _, part := range parts(s, textSeparators) {
		p, ok := pairIn(part)
		if !ok {
			return nil
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// pairs come from the options, one each, or else from the answer.
func (r *reading) pairs() {
	i := &r.item
	var pairs []Pair
	if len(i.Options) > 0 {
		for _, o := range i.Options {
			p, ok := pairIn(o.Text)
			if !ok {
				r.fail(OptionField(o.Label), "xlsx.pair", "this is no pair; write left -> right", "此处不是配对；请写作 左 -> 右")
				return
			}
			pairs = append(pairs, p)
		}
		i.Options = nil
	} else {
		if r.missing() {
			return
		}
		pairs = pairsIn(r.text(AnswerField))
	}
	joined := 0
	for _, p := range pairs {
		if p.Left != "" {
			joined++
		}
	}
	if joined < 2 || len(pairs) > maxParts {
		r.fail(AnswerField, "xlsx.pairs", "matching needs 2 to %d pairs, as left -> right, one in each option or separated by ；",
			"匹配题需要 2 到 %d 对，写作 左 -> 右，每个选项一对或用；分隔", maxParts)
		return
	}
	i.Answer.Pairs = pairs
}
