package subtitle_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/asticode/go-astisub"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/interchange/subtitle"
)

const srt = "1\r\n00:00:01,000 --> 00:00:02,500\r\n大家好\r\n<i>今天</i>讲{\\an8}勾股定理\r\n\r\n2\n00:00:03.5 --> 01:00:04,050 X1:40\na &lt; b & c\n\n\n\n00:00:05,000 --> 00:00:06,000\nno number\n"

const vtt = "\ufeffWEBVTT - a film\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE\nnothing to see\n\nintro\n00:01.000 --> 00:02.500 align:start line:0\n<v Li Lei>Hello,\n<c.loud>world</c> &amp; <00:02.000>moon\n\n100:00:00.000 --> 100:00:01.000\ntoo late\n\n01:00:00.000 --> 01:00:01.000\nNOTE is a word too\n"

func read(t testing.TB, format subtitle.Format, file string) (lines []string, problems []string) {
	t.Helper()
	got, wrong, err := subtitle.Read(strings.NewReader(file), format)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range got {
		lines = append(lines, fmt.Sprintf("%d-%d %s", l.From, l.To, l.Text))
	}
	for _, p := range wrong {
		problems = append(problems, fmt.Sprintf("%d %s", p.Line, p.Code))
		if p.Message.EN == "" || p.Message.ZH == "" {
			t.Errorf("%s says nothing", p.Code)
		}
	}
	return lines, problems
}

func TestFilesAsTheyCome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		format         subtitle.Format
		file           string
		lines, problem []string
	}{
		{"srt", subtitle.SRT, srt, []string{"1000-2500 大家好\n今天讲勾股定理", "3500-3604050 a < b & c", "5000-6000 no number"}, nil},
		{"vtt", subtitle.VTT, vtt, []string{"1000-2500 Hello,\nworld & moon", "3600000-3601000 NOTE is a word too"}, []string{"15 time"}},
		{"nothing", subtitle.SRT, "", nil, nil},
		{"an empty film", subtitle.VTT, "WEBVTT", nil, nil},
		{"no end", subtitle.SRT, "1\n00:00:01,000 -->\nx\n\n2\n00:00:02,000 --> 00:00:03,000\ny\n", []string{"2000-3000 y"}, []string{"2 time"}},
		{"backwards", subtitle.SRT, "00:00:02,000 --> 00:00:02,000\nx\n", nil, []string{"1 backwards"}},
		{"sixty seconds", subtitle.SRT, "00:00:60,000 --> 00:02:00,000\nx\n", nil, []string{"1 time"}},
		{"a script", subtitle.SRT, "1\n00:00:01,000 --> 00:00:02,000\n<script src=x>1 < 2 <3</script>\n", []string{"1000-2000 1 < 2 <3"}, nil},
		{"no text", subtitle.SRT, "1\n00:00:01,000 --> 00:00:02,000\n<b> </b>\n", nil, []string{"2 empty"}},
		{"a blank line inside", subtitle.SRT, "00:00:01,000 --> 00:00:02,000\nx\n\nand more\n", []string{"1000-2000 x"}, []string{"4 no_time"}},
		{"no blank line between", subtitle.SRT, "1\n00:00:01,000 --> 00:00:02,000\nx\n2\n00:00:02,000 --> 00:00:03,000\ny\n", nil, []string{"5 no_blank_line"}},
		{"too long a text", subtitle.VTT, "WEBVTT\n\n00:01.000 --> 00:02.000\n" + strings.Repeat("长", 1_001), nil, []string{"3 text"}},
		{"commas in WebVTT", subtitle.VTT, "WEBVTT\n\n00:01,000 --> 00:02,000\nx\n", nil, []string{"3 time"}},
	} {
		lines, problems := read(t, c.format, c.file)
		if !slices.Equal(lines, c.lines) || !slices.Equal(problems, c.problem) {
			t.Errorf("%s: got %q, %v, want %q, %v", c.name, lines, problems, c.lines, c.problem)
		}
	}
}

func TestOtherEncodings(t *testing.T) {
	t.Parallel()
	encoded, err := simplifiedchinese.GB18030.NewEncoder().String(strings.Repeat(strings.SplitN(srt, "2\n", 2)[0], 3))
	if err != nil {
		t.Fatal(err)
	}
	lines, problems := read(t, subtitle.SRT, encoded)
	if len(lines) != 3 || lines[2] != "1000-2500 大家好\n今天讲勾股定理" || problems != nil {
		t.Errorf("got %q, %v", lines, problems)
	}
}

func TestWhatIsRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range lesson.MaxCues + 1 {
		fmt.Fprintf(&many, "00:00:00,000 --> 00:00:00,001\n%d\n\n", i)
	}
	for code, c := range map[string]struct {
		format subtitle.Format
		file   string
	}{
		"subtitle.format":     {"ass", ""},
		"subtitle.not_webvtt": {subtitle.VTT, "\n\nWEBVTT\n"},
		"subtitle.too_large":  {subtitle.SRT, strings.Repeat("x", subtitle.MaxFile+1)},
		"subtitle.too_many":   {subtitle.SRT, many.String()},
		"textenc.bytes":       {subtitle.SRT, "00:00:00,000 --> 00:00:00,001\n\xff\xff\x80 " + srt},
	} {
		if _, _, err := subtitle.Read(strings.NewReader(c.file), c.format); !fault.Is(err, code) {
			t.Errorf("%s: got %v", code, err)
		}
	}
	if _, _, err := subtitle.Read(iotest.ErrReader(errors.New("gone")), subtitle.SRT); !fault.Is(err, "subtitle.unreadable") {
		t.Errorf("got %v", err)
	}
	if err := subtitle.Write(&bytes.Buffer{}, "ass", nil); !fault.Is(err, "subtitle.format") {
		t.Errorf("got %v", err)
	}
}

var formats = []subtitle.Format{subtitle.SRT, subtitle.VTT}

// drawn is tidy lines, with texts that look like everything else a file may hold.
func drawn(t *rapid.T) (lines []lesson.Line) {
	words := []string{"a", "大家好", "<i>", "</i>", "&amp;", "&", "-->", "{\\an8}", "&#123;", "<", ">", "1", "WEBVTT", "NOTE", "STYLE x", "\n", " ", "&nbsp", ";"}
	for range rapid.IntRange(0, 5).Draw(t, "cues") {
		from := rapid.Int64Range(0, 23*3_600_000).Draw(t, "from")
		text := subtitle.Tidy(strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 8).Draw(t, "words"), ""))
		if text != "" {
			lines = append(lines, lesson.Line{From: from, To: from + rapid.Int64Range(1, 100_000).Draw(t, "length"), Text: text})
		}
	}
	return lines
}

func TestReadingWhatWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := drawn(t)
		for _, format := range formats {
			var file bytes.Buffer
			if err := subtitle.Write(&file, format, lines); err != nil {
				t.Fatal(err)
			}
			got, problems, err := subtitle.Read(bytes.NewReader(file.Bytes()), format)
			if err != nil || len(problems) > 0 || !slices.Equal(got, lines) {
				t.Fatalf("%s\nis read as %+v, %+v, %v", file.String(), got, problems, err)
			}
		}
	})
}

// Another reader finds the same times and, where nothing has to be escaped, the same texts.
func TestOthersReadWhatIsWritten(t *testing.T) {
	t.Parallel()
	lines := []lesson.Line{{From: 1_000, To: 2_500, Text: "大家好\n今天讲勾股定理"}, {From: 3_599_999, To: 36_000_001, Text: "Fish & chips < 3"}}
	for _, format := range formats {
		var file bytes.Buffer
		if err := subtitle.Write(&file, format, lines); err != nil {
			t.Fatal(err)
		}
		read := astisub.ReadFromSRT
		if format == subtitle.VTT {
			read = astisub.ReadFromWebVTT
		}
		got, err := read(&file)
		if err != nil || len(got.Items) != len(lines) {
			t.Fatalf("%s: %+v, %v", format, got, err)
		}
		for i, item := range got.Items {
			var text []string
			for _, line := range item.Lines {
				text = append(text, line.String())
			}
			if other := (lesson.Line{From: item.StartAt.Milliseconds(), To: item.EndAt.Milliseconds(), Text: subtitle.Tidy(strings.Join(text, "\n"))}); other != lines[i] {
				t.Errorf("%s: others read %+v, written was %+v", format, other, lines[i])
			}
		}
	}
}

// Whatever is read is within bounds, and written it is read again.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{srt, vtt, "", "-->", "WEBVTT\n\n-->\n", "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<font color=red>x"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, file string, srt bool) {
		format := subtitle.VTT
		if srt {
			format = subtitle.SRT
		}
		lines, problems, err := subtitle.Read(strings.NewReader(file), format)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatal(err)
			}
			return
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > 1+strings.Count(file, "\n")+strings.Count(file, "\r") {
				t.Fatalf("line %d of %q", p.Line, file)
			}
		}
		for _, l := range lines {
			if l.From < 0 || l.From >= l.To || l.Text == "" || l.Text != subtitle.Tidy(l.Text) {
				t.Fatalf("%+v of %q", l, file)
			}
		}
		var again bytes.Buffer
		if err := subtitle.Write(&again, format, lines); err != nil {
			t.Fatal(err)
		}
		if got, wrong, err := subtitle.Read(&again, format); err != nil || len(wrong) > 0 || !slices.Equal(got, lines) {
			t.Fatalf("%+v of %q, written and read again: %+v, %+v, %v", lines, file, got, wrong, err)
		}
	})
}
