package roster

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"qbank/domain/fault"
)

var update = flag.Bool("update", false, "write golden files anew")

var want = []Entry{
	{Place: "2", Record: Record{Kind: Class, Code: "c1", Title: "一班", Students: []Person{{"1001", "王小明"}, {"1002", "李, 雷"}}}},
	{Place: "3", Record: Record{Kind: Class, Code: "c2", Title: "c2", Students: []Person{{"1003", ""}}}},
}

const students = "班级编号,班级,学号,姓名\nc1,一班,1001,王小明\nc2,,1003,\nc1,一班,1002,\"李, 雷\"\n"

func TestClassesAreReadInAnyEncoding(t *testing.T) {
	t.Parallel()
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(students)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"utf-8": students, "utf-8 with a mark": "\ufeff" + students, "gb18030": gbk,
		"english headings": strings.Replace(students, "班级编号,班级,学号,姓名", "Class,Title,Student,Name", 1)} {
		got, err := ReadCSV(strings.NewReader(file))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

// What a heading says of nobody would be lost with all that stands below it.
func TestHeadingsAreKnownAndStandOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		heads string
		want  string // column and code of what is wrong
		says  string
	}{
		"students":                {"class,title,student,name,course", "", ""},
		"empty ones":              {"class,,student,", "", ""},
		"a stranger":              {"class,student,foo", "/1/3 unknown", `column 3, "foo", has no meaning here; known are title (名称), course (课程), class (班级编号), student (学号), name (姓名)`},
		"of another kind of file": {"学号,班级编号,年级", "/1/3 unknown", `"年级"`},
		"one twice":               {"class,class,student", "/1/2 twice", `column 2, "class", says what column 1 says`},
		"one in two languages":    {"kind,Code,编号", "/1/3 twice", `column 3, "编号", says what column 2 says`},
		"a stranger among kinds":  {"类型,编号,foo", "/1/3 unknown", "sequence (序号)"},
		"many strangers":          {"kind" + strings.Repeat(",x", 1000), "/1/2 unknown", `"x"`},
	} {
		_, err := ReadCSV(strings.NewReader(c.heads + "\n"))
		f := fault.Of(err)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if f == nil || f.Code != "roster.headings" || len(f.Problems) == 0 || len(f.Problems) > maxProblems || f.Problems[0].Pointer+" "+f.Problems[0].Code != c.want ||
			!strings.Contains(f.Message.EN, c.says) || f.Message.ZH == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for kind, fields := range kinds {
		for _, field := range slices.Concat(fields.needed, fields.also, common) {
			if !slices.ContainsFunc(headings, func(h heading) bool { return h.field == field }) {
				t.Errorf("no sheet can say %s of a %s", field, kind)
			}
		}
	}
}

func TestSheetsThatAreRefusedWhole(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, code string }{
		"empty":           {"", "roster.headings"},
		"no student":      {"class,title\nc1,x\n", "roster.headings"},
		"a quote is open": {"class,student\n\"c1,1\n", "roster.not_csv"},
		"too many lines":  {"class,student\n" + strings.Repeat("a,b\n", maxLines+1), "roster.too_long"},
	} {
		if _, err := ReadCSV(strings.NewReader(c.file)); !fault.Is(err, c.code) {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
	}
	for name, c := range map[string]struct {
		file string
		line string
	}{
		"a line too few": {"class,student\nc0,0\nc1\n", "/3/student"},
		"no heading":     {"class,,student\nc0,,0\nc1,7,1\n", "/3/2"},
		"too many cells": {"class,student\nc0,0,,\nc1,1,7\n", "/3/3"},
		"a long field":   {"class,student\n" + strings.Repeat("x", 400) + ",1\n", "/2/class"},
	} {
		entries, err := ReadCSV(strings.NewReader(c.file))
		if err == nil {
			err = Sound(entries)
		}
		if f := fault.Of(err); f == nil || f.Code != "roster.lines" || f.Problems[0].Pointer != c.line {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// told is an entry as a golden file shows it.
func told(entries []Entry) string {
	var out strings.Builder
	for _, e := range entries {
		if f := fault.Of(e.Err); f == nil {
			fmt.Fprintf(&out, "%s: %s\n", e.Place, filled(e.Record))
		} else {
			fmt.Fprintf(&out, "%s: refused as %s\n", e.Place, f.Code)
			for _, p := range f.Problems {
				fmt.Fprintf(&out, "   %s (%s): %s / %s\n", p.Pointer, p.Code, p.Message.EN, p.Message.ZH)
			}
		}
	}
	return out.String()
}

// filled is what of a record is not empty, as JSON.
func filled(r Record) string {
	fields := map[string]any{}
	v := reflect.ValueOf(r)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			fields[v.Type().Field(i).Name] = v.Field(i).Interface()
		}
	}
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Every file beside the golden ones is read by what its name says, and compared with the golden file of its name.
func TestFilesAreReadAsTheyAre(t *testing.T) {
	t.Parallel()
	readers := map[string]func([]byte) ([]Entry, error){".json": ReadJSON, ".jsonl": ReadLines, ".events": ReadEvents,
		".csv": func(data []byte) ([]Entry, error) { return ReadCSV(strings.NewReader(string(data))) }}
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, file := range files {
		reader, is := readers[filepath.Ext(file)]
		if !is {
			continue
		}
		read++
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := reader(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		got, golden := told(entries), file+".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != got {
			t.Errorf("%s is read as\n%s(%v)", file, got, err)
		}
		if bad := strings.Contains(file, ".bad."); bad != strings.Contains(got, "refused") {
			t.Errorf("%s: refused: %t", file, !bad)
		}
	}
	if read < 6 {
		t.Errorf("only %d files", read)
	}
}

// What one sheet, one document, lines and events say is the same.
func TestAllFormatsSayTheSame(t *testing.T) {
	t.Parallel()
	sheet, err := ReadCSV(strings.NewReader("kind,class,student,as_of,sequence\njoin,7b,1001,2026-09-01T08:00:00+08:00,7\n"))
	if err != nil {
		t.Fatal(err)
	}
	const record = `{"kind":"join","class":"7b","student":"1001","as_of":"2026-09-01T00:00:00Z","sequence":7}`
	const event = `{"specversion":"1.0","id":"1","source":"crm","type":"qbank.roster.student.joined","time":"2026-09-01T00:00:00Z","sequence":"7","data":{"class":"7b","student":"1001"}}`
	for text, read := range map[string]func([]byte) ([]Entry, error){"[" + record + "]": ReadJSON, `{"records":[` + record + "]}": ReadJSON, "\n" + record + "\n": ReadLines,
		event: ReadEvents, "[" + event + "]": ReadEvents} {
		got, err := read([]byte(text))
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Record, sheet[0].Record) || got[0].Err != nil {
			t.Errorf("%s: %+v, %v; the sheet says %+v", text, got, err, sheet)
		}
	}
}

func TestDocumentsThatAreRefusedWhole(t *testing.T) {
	t.Parallel()
	many := "[" + strings.Repeat("{},", MaxRecords) + "{}]"
	for text, code := range map[string]string{
		"":                              "json.syntax",
		`{"records":5}`:                 "roster.document",
		`{}`:                            "roster.document",
		`"x"`:                           "roster.document",
		many:                            "roster.too_many",
		`[[[[[[[[[[[[]]]]]]]]]]]]`:      "json.too_deep",
		strings.Repeat(" ", MaxBytes+1): "json.too_large",
	} {
		if _, err := ReadJSON([]byte(text)); !fault.Is(err, code) {
			t.Errorf("%.40q: got %v, want %s", text, err, code)
		}
	}
	if _, err := ReadLines([]byte(strings.Repeat("{}\n", MaxRecords+1))); !fault.Is(err, "roster.too_many") {
		t.Errorf("too many lines: %v", err)
	}
	if _, err := ReadLines(make([]byte, MaxBytes+1)); !fault.Is(err, "json.too_large") {
		t.Errorf("too long: %v", err)
	}
	if _, err := ReadEvents([]byte(many)); !fault.Is(err, "roster.too_many") {
		t.Errorf("too many events: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(students))
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, read := range map[string]func([]byte) ([]Entry, error){"json": ReadJSON, "lines": ReadLines, "events": ReadEvents,
			"csv": func(data []byte) ([]Entry, error) { return ReadCSV(strings.NewReader(string(data))) }} {
			entries, err := read(data)
			if err != nil && fault.Of(err) == nil {
				t.Fatalf("%s: not a fault: %v", name, err)
			}
			for _, e := range entries {
				if e.Err != nil && fault.Of(e.Err) == nil {
					t.Fatalf("%s: not a fault: %v", name, e.Err)
				}
				if _, known := kinds[e.Record.Kind]; e.Err == nil && !known {
					t.Fatalf("%s: a record of no kind: %+v", name, e.Record)
				}
			}
		}
	})
}
