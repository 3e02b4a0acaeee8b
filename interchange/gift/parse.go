package gift

import (
	"sort"
	"strings"
	"unicode/utf8"

	"qbank/domain/fault"
)

// spaces are what Moodle trims: ASCII only, so an ideographic space stays.
const spaces = " \t\n\r\x00\x0b"

func trim(s string) string { return strings.Trim(s, spaces) }

// In encoded text an escaped character is one byte that no UTF-8 text has, so that whatever control character is left
// is one. It goes back to the character when the text has been taken apart.
const (
	escapable = ":#={}~\n"
	escaped   = "\xf8\xf9\xfa\xfb\xfc\xfd\xfe"
)

var decoder = func() *strings.Replacer {
	var pairs []string
	for i := range escapable {
		pairs = append(pairs, escaped[i:i+1], escapable[i:i+1])
	}
	return strings.NewReplacer(pairs...)
}()

// encode resolves escapes in valid UTF-8. A backslash before anything else is a backslash.
func encode(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c, width := resolve(s[i:])
		b = append(b, c)
		i += width - 1
	}
	return string(b)
}

// resolve returns the encoded byte at the start of s and how many bytes it was written with.
func resolve(s string) (c byte, width int) {
	if s[0] != '\\' || len(s) == 1 {
		return s[0], 1
	}
	next := s[1]
	switch next {
	case '\\':
		return '\\', 2
	case 'n':
		next = '\n'
	case '\n':
		return s[0], 1
	}
	if i := strings.IndexByte(escapable, next); i >= 0 {
		return escaped[i], 2
	}
	return s[0], 1
}

func decode(s string) string { return decoder.Replace(s) }

// piece is a part of an item's encoded text and where it begins there.
type piece struct {
	s  string
	at int
}

func (p piece) from(i int) piece { return piece{p.s[i:], p.at + i} }
func (p piece) to(i int) piece   { return piece{p.s[:i], p.at} }

func (p piece) trim() piece {
	left := strings.TrimLeft(p.s, spaces)
	return piece{strings.TrimRight(left, spaces), p.at + len(p.s) - len(left)}
}

// cut splits around the first sep; without one, after is empty.
func (p piece) cut(sep string) (before, after piece, found bool) {
	i := strings.Index(p.s, sep)
	if i < 0 {
		return p, p.from(len(p.s)), false
	}
	return p.to(i), p.from(i + len(sep)), true
}

// complaint is a problem that does not yet know its place.
type complaint struct {
	code     string
	severity Severity
	message  fault.Text
}

// parsing is one block on its way to an item.
type parsing struct {
	item   Item
	lines  []source
	most   int // answers
	stem   TextFormat
	answer piece // what stands between the braces
}

// source is a line of the block: as it was written, and where it stands.
type source struct {
	text           string // trimmed and valid; " " for a comment
	number, column int
	at             int // in the encoded text
}

func (b *block) parse(o Options) Item {
	p := &parsing{most: o.MaxAnswers}
	p.item.FirstLine, p.item.LastLine, p.item.SHA256 = b.lines[0].number, b.last, b.sum()
	p.item.Stem.Format, p.item.GeneralFeedback.Format = Moodle, Moodle
	text := p.load(b)
	if b.full {
		p.report(b.lines[0].number, 1, complaint{"gift.too_large", Error, fault.Say(
			"the question has more than %d bytes; shorten it, or separate questions with a blank line",
			"题目超过 %d 字节；请缩短，或用空行分隔题目", o.MaxItemBytes)})
		return p.item
	}
	p.parse(text.trim())
	return p.item
}

// load takes the comments out, joins the lines and encodes them.
func (p *parsing) load(b *block) piece {
	var text strings.Builder
	var comments []string
	for i, l := range b.lines {
		raw := string(b.raw[l.start:l.end])
		left := strings.TrimLeft(raw, spaces)
		s := source{
			text:   p.clean(strings.TrimRight(left, spaces), l.number, 1+len(raw)-len(left)),
			number: l.number, column: 1 + len(raw) - len(left), at: text.Len(),
		}
		if isComment(s.text) {
			comments = append(comments, s.text)
			s.text = " "
		}
		if i > 0 {
			text.WriteByte('\n')
			s.at++
		}
		text.WriteString(encode(s.text))
		p.lines = append(p.lines, s)
	}
	p.item.ID, p.item.Tags, p.item.Comment = readComment(comments)
	return piece{s: text.String()}
}

// clean replaces what no text may hold, and tells of the first such place in a line.
func (p *parsing) clean(s string, number, column int) string {
	s, at := clean(s)
	if at >= 0 {
		p.report(number, column+at, badBytes)
	}
	return s
}

var badBytes = complaint{"gift.bytes", Error, fault.Say(
	"bytes here are not text in UTF-8; save the file as UTF-8", "此处的字节不是 UTF-8 文本；请将文件另存为 UTF-8")}

// clean also returns how many characters precede the first wrong one, or -1.
func clean(s string) (string, int) {
	const replacement = "\ufffd"
	seen := 0
	for i, r := range s {
		if r == 0 || r == utf8.RuneError && !strings.HasPrefix(s[i:], replacement) {
			return strings.ReplaceAll(strings.ToValidUTF8(s, replacement), "\x00", replacement), seen
		}
		seen++
	}
	return s, -1
}

func (p *parsing) report(line, column int, c complaint) {
	const most = 100
	if len(p.item.Problems) >= most {
		return
	}
	p.item.Problems = append(p.item.Problems, Problem{line, column, c.code, c.severity, c.message})
}

// complain reports at a place in the encoded text.
func (p *parsing) complain(at int, c complaint) {
	i := sort.Search(len(p.lines), func(i int) bool { return p.lines[i].at > at }) - 1
	l := p.lines[max(i, 0)]
	column, rest := l.column, l.text
	for seen := l.at; seen < at && rest != ""; {
		var width int
		if rest[0] == '\\' {
			_, width = resolve(rest)
			column += width
			seen++
		} else {
			_, width = utf8.DecodeRuneInString(rest)
			column++
			seen += width
		}
		rest = rest[width:]
	}
	p.report(l.number, column, c)
}

func (p *parsing) fail(at int, code, en, zh string, args ...any) {
	p.complain(at, complaint{code, Error, fault.Say(en, zh, args...)})
}

func (p *parsing) warn(at int, code, en, zh string, args ...any) {
	p.complain(at, complaint{code, Warning, fault.Say(en, zh, args...)})
}

// text resolves a format in brackets and the escapes. The bracket must come first: blanks before it make it text.
func (p *parsing) text(s piece, inherited TextFormat) Text {
	t := Text{Format: inherited}
	if f, n := formatPrefix(s.s); n > 0 {
		t.Format, s = f, s.from(n)
	}
	t.Text = trim(decode(s.s))
	return t
}

// part is text for places that have no format when they are empty.
func (p *parsing) part(s piece) Text {
	t := p.text(s, p.stem)
	if t.Text == "" {
		t.Format = p.stem
	}
	return t
}

// formatPrefix returns the format that s names at its start, and how many bytes that takes.
func formatPrefix(s string) (TextFormat, int) {
	if !strings.HasPrefix(s, "[") {
		return "", 0
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return "", 0
	}
	switch f := TextFormat(s[1:end]); f {
	case Moodle, HTML, Plain, Markdown:
		return f, end + 1
	}
	return "", 0
}

func (p *parsing) parse(text piece) {
	if after, found := strings.CutPrefix(text.s, "::"); found {
		text = text.from(len(text.s) - len(after))
		if title, rest, found := text.cut("::"); found {
			p.item.Title, text = trim(decode(title.s)), rest.trim()
		} else {
			p.warn(text.at, "gift.title", "the title has no closing ::; it is read as text", "标题缺少结尾的 ::；已按正文读取")
		}
	}
	kind, ok := p.divide(text)
	if !ok {
		return
	}
	p.item.Kind = kind
	switch kind {
	case TrueFalse:
		p.trueFalse()
	case SingleChoice, MultipleChoice:
		p.choices()
	case ShortAnswer:
		p.shortAnswers()
	case Matching:
		p.pairs()
	case Numeric:
		p.numbers()
	}
	if n := len(p.item.Answers); n > p.most {
		p.item.Answers = nil
		p.fail(p.answer.at, "gift.too_many_answers",
			"the question has %d answers, more than %d; take some out", "题目有 %d 个答案，超过 %d 个；请删减", n, p.most)
	}
}

// divide separates stem, answers, tail and general feedback, and finds the kind.
func (p *parsing) divide(text piece) (Kind, bool) {
	start, end := strings.IndexByte(text.s, '{'), strings.IndexByte(text.s, '}')
	switch {
	case start < 0 && end < 0:
		p.item.Stem = p.text(text, Moodle)
		p.stem = p.item.Stem.Format
		p.item.GeneralFeedback.Format = p.stem
		if p.item.Title == "" && p.item.Stem.Text == "" {
			p.fail(text.at, "gift.empty", "there is no question here; write one or take this out", "此处没有题目内容；请填写或删除")
			return "", false
		}
		return Description, true
	case start < 0 || end >= 0 && end < start:
		p.item.Stem = p.text(text, Moodle)
		p.fail(text.at+end, "gift.braces", `this } closes nothing; write \} for the character`, `此 } 没有对应的 {；若为普通字符请写作 \}`)
		return "", false
	case end < 0:
		p.item.Stem = p.text(text, Moodle)
		p.fail(text.at+start, "gift.braces", `this { is not closed before the next blank line; close it, or write \{ for the character`,
			`此 { 在下一个空行之前没有闭合；请补上 }，若为普通字符请写作 \{`)
		return "", false
	}
	before, after := text.to(start), text.from(end+1)
	p.answer = text.from(start + 1).to(end - start - 1).trim()
	if i := strings.IndexByte(p.answer.s, '{'); i >= 0 {
		p.warn(p.answer.at+i, "gift.stray_brace", `a second { inside the answers; write \{ for the character`, `答案中又出现 {；若为普通字符请写作 \{`)
	}
	if i := strings.IndexAny(after.s, "{}"); i >= 0 {
		p.warn(after.at+i, "gift.stray_brace", `a brace after the answers is read as text; a question has one pair of braces; write \{ or \} for the character`,
			`答案之后的花括号按正文读取；一道题只有一对花括号；若为普通字符请写作 \{ 或 \}`)
	}
	p.sentence(before, after)
	p.stem = p.item.Stem.Format
	p.item.GeneralFeedback.Format = p.stem
	if i := strings.LastIndex(p.answer.s, "####"); i >= 0 {
		// Blanks after the marks are not skipped: Moodle sees a format only right behind them.
		p.item.GeneralFeedback = p.part(p.answer.from(i + 4))
		p.answer = p.answer.to(i).trim()
	}
	return p.kind(), true
}

// sentence sets the stem, and the tail where the block ends in text.
func (p *parsing) sentence(before, after piece) {
	if after.s == "" || after.s[len(after.s)-1] == '}' {
		stem := before
		stem.s += after.s
		p.item.Stem = p.text(stem, Moodle)
		return
	}
	p.item.MissingWord = true
	p.item.Stem.Format = Moodle
	if f, n := formatPrefix(before.s); n > 0 {
		p.item.Stem.Format, before = f, before.from(n)
	}
	p.item.Stem.Text = strings.TrimLeft(decode(before.s), spaces)
	p.item.Tail = strings.TrimRight(decode(after.s), spaces)
}

func (p *parsing) kind() Kind {
	s := p.answer.s
	verdict, _, _ := p.answer.cut("#")
	switch {
	case s == "":
		return Essay
	case s[0] == '#':
		return Numeric
	case strings.Contains(s, "~"):
		if strings.Contains(s, "=") {
			return SingleChoice
		}
		return MultipleChoice
	case strings.Contains(s, "=") && strings.Contains(s, "->"):
		return Matching
	}
	switch trim(verdict.s) {
	case "T", "TRUE", "F", "FALSE":
		return TrueFalse
	}
	return ShortAnswer
}

func (p *parsing) trueFalse() {
	verdict, rest, _ := p.answer.cut("#")
	wrong, right, _ := rest.cut("#")
	yes := trim(verdict.s)[0] == 'T'
	answer := func(text string, correct bool) Answer {
		a := Answer{Text: Text{Plain, text}, Correct: correct, Feedback: p.part(wrong.trim())}
		if correct {
			a.Fraction, a.Feedback = Full, p.part(right.trim())
		}
		return a
	}
	p.item.Answers = []Answer{answer("TRUE", yes), answer("FALSE", !yes)}
}

// split cuts the answers at a mark. What stands before the first mark counts unless it is blank.
func split(p piece, mark string) []piece {
	var parts []piece
	for {
		part, rest, found := p.cut(mark)
		if len(parts) > 0 || part.trim().s != "" {
			parts = append(parts, part.trim())
		} else {
			parts = append(parts, piece{at: -1})
		}
		if !found {
			break
		}
		p = rest
	}
	if parts[0].at < 0 {
		parts = parts[1:]
	}
	return parts
}

// splitChoices cuts at ~ and before =.
func splitChoices(p piece) []piece {
	var parts []piece
	begin := 0
	for i := 0; i < len(p.s); i++ {
		if c := p.s[i]; c == '~' || c == '=' {
			if i > 0 { // p is trimmed: what stands before the first mark is an answer
				parts = append(parts, p.to(i).from(begin).trim())
			}
			begin = i
			if c == '~' {
				begin++
			}
		}
	}
	return append(parts, p.from(begin).trim())
}

func (p *parsing) choices() {
	parts := splitChoices(p.answer)
	if len(parts) < 2 {
		p.fail(p.answer.at, "gift.too_few_answers", "a choice needs two options at least; add one, each after ~ or =", "选择题至少需要两个选项；请补充，每个选项前写 ~ 或 =")
		return
	}
	var sum Fraction
	for _, part := range parts {
		a := Answer{}
		at := part.at
		if after, right := strings.CutPrefix(part.s, "="); right {
			if _, _, found := weight(after); found {
				p.warn(at, "gift.weight_ignored", "a weight after = is read as text, for = alone means the whole mark; write ~ before the weight",
					"= 之后的权重按正文读取，因为 = 本身即为满分；带权重的选项请用 ~")
			}
			a.Fraction, part = Full, part.from(1)
		} else {
			a.Fraction, part = p.weight(part, 0)
		}
		a.Text, a.Feedback = p.withFeedback(part)
		p.expectText(a, at)
		a.Correct = a.Fraction == Full || a.Fraction > 0 && p.item.Kind == MultipleChoice
		sum += max(a.Fraction, 0)
		p.item.Answers = append(p.item.Answers, a)
	}
	// Moodle rounds the sum to a hundredth.
	if off := sum - Full; p.item.OK() && p.item.Kind == MultipleChoice && (off < -Full/200 || off >= Full/200) {
		p.warn(p.answer.at, "gift.weights_sum", "the positive weights add up to %s %%, not to 100 %%; correct them",
			"正权重之和为 %s%%，而非 100%%；请更正", sum)
	}
}

func (p *parsing) shortAnswers() {
	parts := split(p.answer, "=")
	for _, part := range parts {
		a := Answer{}
		a.Fraction, part = p.weight(part, Full)
		a.Text, a.Feedback = p.withFeedback(part)
		p.expectText(a, part.at)
		a.Correct = a.Fraction == Full
		p.item.Answers = append(p.item.Answers, a)
	}
}

func (p *parsing) expectText(a Answer, at int) {
	if a.Text.Text == "" {
		p.warn(at, "gift.answer_empty", "this answer has no text; write one or take it out", "此答案没有内容；请填写或删除")
	}
}

func (p *parsing) pairs() {
	parts := split(p.answer, "=")
	if len(parts) < 2 {
		p.fail(p.answer.at, "gift.too_few_answers", "matching needs two pairs at least; add one as =left -> right", "匹配题至少需要两对；请按 =左 -> 右 补充")
		return
	}
	for _, part := range parts {
		left, right, found := part.cut("->")
		if !found {
			p.fail(part.at, "gift.pair", "this pair has no ->; write =left -> right", "此处缺少 ->；请写作 =左 -> 右")
			continue
		}
		p.item.Answers = append(p.item.Answers, Answer{
			Text: Text{Format: p.stem}, Feedback: Text{Format: p.stem}, Fraction: Full, Correct: true,
			Pair: &Pair{Left: p.part(left), Right: trim(decode(right.s))},
		})
	}
}

func (p *parsing) numbers() {
	accepted, others, hasOthers := p.answer.from(1).cut("~")
	parts := split(accepted, "=")
	if len(parts) == 0 || len(parts) == 1 && parts[0].s == "" {
		p.fail(p.answer.at, "gift.too_few_answers", "a numeric question needs a number after #", "数值题需要在 # 之后写出数")
		return
	}
	for _, part := range parts {
		a := Answer{Text: Text{Format: p.stem}}
		a.Fraction, part = p.weight(part, Full)
		var value Text
		value, a.Feedback = p.withFeedback(part)
		var c *complaint
		if a.Number, c = readNumber(value.Text); c != nil {
			p.complain(part.at, *c)
		}
		a.Correct = a.Fraction == Full
		p.item.Answers = append(p.item.Answers, a)
	}
	if hasOthers {
		_, feedback := p.withFeedback(others)
		p.item.Answers = append(p.item.Answers, Answer{Text: Text{Format: p.stem}, Number: &Number{Any: true}, Feedback: feedback})
	}
}

// withFeedback splits an answer at its first #.
func (p *parsing) withFeedback(s piece) (answer, feedback Text) {
	before, after, _ := s.cut("#")
	return p.part(before.trim()), p.part(after.trim())
}

// weight takes a weight off an answer.
func (p *parsing) weight(s piece, otherwise Fraction) (Fraction, piece) {
	percent, rest, found := weight(s.s)
	if !found {
		return otherwise, s
	}
	f, ok := parsePercent(percent)
	if !ok {
		p.fail(s.at, "gift.weight", "the weight %s is not between -100 and 100; correct it", "权重 %s 不在 -100 到 100 之间；请更正", shorten(percent))
		return otherwise, s.from(len(s.s) - len(rest))
	}
	f, listed := f.snap()
	if !listed {
		p.warn(s.at, "gift.weight_unlisted", "Moodle does not take the weight %s; it is kept as written", "Moodle 不接受权重 %s；已按原值保留", f)
	}
	return f, s.from(len(s.s) - len(rest))
}
