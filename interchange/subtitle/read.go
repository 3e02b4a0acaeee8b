package subtitle

import (
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/interchange/textenc"
)

// Format is a file format.
type Format string

// The formats.
const (
	SRT Format = "srt" // SubRip
	VTT Format = "vtt" // WebVTT
)

// The bounds of a file.
const (
	MaxFile     = 4 << 20 // bytes, as they come and as UTF-8
	maxText     = 1_000   // characters of one cue
	maxHours    = 24
	maxProblems = 100 // as many as a person reads
)

// Problem is a cue that cannot be read.
type Problem struct {
	Line    int // 1 is the first
	Code    string
	Message fault.Text
}

// Check refuses what is neither of the two.
func (f Format) Check() error {
	if f != SRT && f != VTT {
		return fault.Refuse(fault.Invalid, "subtitle.format", fault.Say("the format is srt or vtt", "格式应为 srt 或 vtt"))
	}
	return nil
}

// Read reads a file: the cues that can be read, in their order, and what is wrong with the others. A file that is too long, of no known
// encoding or not WebVTT at all is a fault.
func Read(file io.Reader, format Format) ([]lesson.Line, []Problem, error) {
	if err := format.Check(); err != nil {
		return nil, nil, err
	}
	text, err := decode(file)
	if err != nil {
		return nil, nil, err
	}
	r := reader{format: format}
	blocks := split(text)
	if format == VTT {
		if len(blocks) == 0 || !header.MatchString(blocks[0].lines[0]) || blocks[0].line != 1 {
			return nil, nil, fault.Refuse(fault.Invalid, "subtitle.not_webvtt", fault.Say("a WebVTT file begins with WEBVTT", "WebVTT 文件应以 WEBVTT 开头"))
		}
		blocks = blocks[1:]
	}
	for _, b := range blocks {
		r.block(b)
	}
	if len(r.lines) > lesson.MaxCues {
		return nil, nil, fault.Refuse(fault.Limit, "subtitle.too_many", fault.Say("%d cues; at most %d", "有 %d 条，最多 %d 条", len(r.lines), lesson.MaxCues))
	}
	return r.lines, r.problems, nil
}

func decode(file io.Reader) (string, error) {
	var text strings.Builder
	decoded, err := textenc.NewReader(io.LimitReader(file, MaxFile+1))
	if err == nil {
		_, err = io.Copy(&text, io.LimitReader(decoded, MaxFile+1))
	}
	switch {
	case text.Len() > MaxFile:
		return "", fault.Refuse(fault.Limit, "subtitle.too_large", fault.Say("the file has more than %d bytes", "文件超过 %d 字节", MaxFile))
	case err != nil && fault.Of(err) == nil:
		return "", fault.Refuse(fault.Invalid, "subtitle.unreadable", fault.Say("the file cannot be read", "无法读取文件")).Because(err)
	}
	return text.String(), err
}

// block is lines between blank ones.
type block struct {
	line  int // number of the first
	lines []string
}

func split(text string) (blocks []block) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	open := false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.TrimSpace(line) == "":
			open = false
		case open:
			last := &blocks[len(blocks)-1]
			last.lines = append(last.lines, line)
		default:
			blocks, open = append(blocks, block{i + 1, []string{line}}), true
		}
	}
	return blocks
}

var (
	header  = regexp.MustCompile(`^WEBVTT(?:[ \t].*)?$`)
	aside   = regexp.MustCompile(`^(?:NOTE|STYLE|REGION)(?:[ \t].*)?$`)
	number  = regexp.MustCompile(`^\d+$`)
	instant = `(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})`
	times   = map[Format]*regexp.Regexp{
		SRT: regexp.MustCompile(`^\s*` + instant + `[,.](\d{1,3})\s*-->\s*` + instant + `[,.](\d{1,3})(?:\s.*)?$`),
		VTT: regexp.MustCompile(`^\s*` + instant + `\.(\d{3})\s*-->\s*` + instant + `\.(\d{3})(?:\s.*)?$`),
	}
)

const arrow = "-->"

type reader struct {
	format   Format
	lines    []lesson.Line
	problems []Problem
}

func (r *reader) wrong(line int, code string, message fault.Text) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, Problem{line, code, message})
	}
}

func (r *reader) block(b block) {
	timing := 0
	if !strings.Contains(b.lines[0], arrow) {
		if r.format == VTT && aside.MatchString(b.lines[0]) {
			return
		}
		timing = 1
		named := r.format == VTT || number.MatchString(strings.TrimSpace(b.lines[0]))
		if len(b.lines) < 2 || !named || !strings.Contains(b.lines[1], arrow) {
			r.wrong(b.line, "no_time", fault.Say("a time such as 00:00:01%[1]s000 --> 00:00:02%[1]s000 is expected, and no blank line inside a cue",
				"此处应为时间（如 00:00:01%[1]s000 --> 00:00:02%[1]s000），一条字幕内不能有空行", map[Format]string{SRT: ",", VTT: "."}[r.format]))
			return
		}
	}
	at := b.line + timing
	from, to, ok := r.times(b.lines[timing])
	if !ok {
		r.wrong(at, "time", fault.Say("this is no time: hours:minutes:seconds and milliseconds, twice, with --> between them", "时间格式有误：应为“时:分:秒,毫秒 --> 时:分:秒,毫秒”"))
		return
	}
	if from >= to {
		r.wrong(at, "backwards", fault.Say("the cue ends before it begins", "字幕的结束时间早于开始时间"))
		return
	}
	for i, line := range b.lines[timing+1:] {
		if strings.Contains(line, arrow) {
			r.wrong(at+1+i, "no_blank_line", fault.Say("a blank line is missing before the next cue", "下一条字幕前缺少空行"))
			return
		}
	}
	text := Tidy(r.plain(strings.Join(b.lines[timing+1:], "\n")))
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		r.wrong(at, "empty", fault.Say("the cue has no text", "字幕没有文字"))
	case n > maxText || strings.ContainsRune(text, 0):
		r.wrong(at, "text", fault.Say("the text has more than %d characters, or is no text", "文字超过 %d 个字符，或不是有效文本", maxText))
	default:
		r.lines = append(r.lines, lesson.Line{From: from, To: to, Text: text})
	}
}

// times reads both ends of a cue, in milliseconds.
func (r *reader) times(line string) (from, to int64, ok bool) {
	m := times[r.format].FindStringSubmatch(line)
	if m == nil {
		return 0, 0, false
	}
	from, ok1 := milliseconds(m[1:5])
	to, ok2 := milliseconds(m[5:9])
	return from, to, ok1 && ok2
}

func milliseconds(parts []string) (int64, bool) {
	var n [4]int64
	for i, part := range parts {
		n[i], _ = strconv.ParseInt(part, 10, 64) // digits, and few; no hours are 0
	}
	for i := len(parts[3]); i < 3; i++ { // ",5" is half a second
		n[3] *= 10
	}
	return ((n[0]*60+n[1])*60+n[2])*1000 + n[3], n[0] < maxHours && n[1] < 60 && n[2] < 60
}

// Refuse is the fault "subtitle.invalid" with all problems, or nil where there are none.
func Refuse(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	listed := make([]fault.Problem, len(problems))
	for i, p := range problems {
		listed[i] = fault.Problem{Pointer: "/lines/" + strconv.Itoa(p.Line), Code: p.Code, Message: fault.Text{
			EN: "line " + strconv.Itoa(p.Line) + ": " + p.Message.EN, ZH: "第 " + strconv.Itoa(p.Line) + " 行：" + p.Message.ZH}}
	}
	return fault.Refuse(fault.Invalid, "subtitle.invalid", fault.Say("some cues cannot be read", "部分字幕无法读取"), listed...)
}
