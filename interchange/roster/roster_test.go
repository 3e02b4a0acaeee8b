package roster

import (
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"qbank/domain/fault"
)

var want = []Class{
	{Code: "c1", Title: "一班", Students: []Student{{"1001", "王小明"}, {"1002", "李, 雷"}}},
	{Code: "c2", Title: "c2", Students: []Student{{"1003", ""}}},
}

const sheet = "班级编号,班级,学号,姓名\nc1,一班,1001,王小明\nc2,,1003,\nc1,一班,1002,\"李, 雷\"\n"

func TestClassesAreReadInAnyEncoding(t *testing.T) {
	t.Parallel()
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"utf-8": sheet, "utf-8 with a mark": "\ufeff" + sheet, "gb18030": gbk,
		"english headings": strings.Replace(sheet, "班级编号,班级,学号,姓名", "Class,Title,Student,Name", 1)} {
		got, err := Read(strings.NewReader(file))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestWrongFilesAreRefusedWhole(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, code string }{
		"empty":           {"", "roster.headings"},
		"no student":      {"class,title\nc1,x\n", "roster.headings"},
		"a line too few":  {"class,student\nc1\n", "roster.lines"},
		"a quote is open": {"class,student\n\"c1,1\n", "roster.not_csv"},
		"a long field":    {"class,student\n" + strings.Repeat("x", 400) + ",1\n", "roster.lines"},
	} {
		if _, err := Read(strings.NewReader(c.file)); !fault.Is(err, c.code) {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sheet)
	f.Add("class,student\n\"")
	f.Fuzz(func(t *testing.T, file string) {
		classes, err := Read(strings.NewReader(file))
		if err != nil && fault.Of(err) == nil {
			t.Fatalf("not a fault: %v", err)
		}
		for _, c := range classes {
			if c.Code == "" || len(c.Students) == 0 {
				t.Fatalf("a class without a code or students: %+v", c)
			}
		}
	})
}
