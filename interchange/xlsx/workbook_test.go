package xlsx_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/xuri/excelize/v2"

	"qbank/domain/fault"
	"qbank/interchange/xlsx"
)

// workbook makes one sheet of rows of texts and lets more be done to it.
func workbook(t testing.TB, rows [][]any, more ...func(*excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	for n, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", n+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	for _, do := range more {
		if err := do(f); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readAll(t testing.TB, file []byte, o xlsx.Options) ([]xlsx.Item, *xlsx.Reader) {
	t.Helper()
	r, err := xlsx.NewReader(bytes.NewReader(file), o)
	if err != nil {
		t.Fatalf("%v (%v)", err, errors.Unwrap(err))
	}
	t.Cleanup(func() { _ = r.Close() })
	var items []xlsx.Item
	for {
		item, err := r.Next()
		if err == io.EOF {
			return items, r
		}
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
}

func TestHeadingsInAnyOrderAndLanguageBelowTitles(t *testing.T) {
	t.Parallel()
	for _, headings := range [][]any{
		{"答案", "备注", "题干", "选项 A", "选项B", "题型", "分值（分）", "知识点1", "知识点2"},
		{"Answer", "Remark", "*Stem*", "Option A", "option b", "Type", "Score", "Knowledge Point", "Knowledge points"},
		{"正确答案", "Remark", "题目\n(必填)", "Ａ", "B", "试题类型", "分数", "考点", "知识点"},
	} {
		file := workbook(t, [][]any{
			{"2024 学年第一学期题库"}, {}, {"请勿删除表头", "题干"}, headings, {}, {"B", "x", "1+1?", "1", "2", "单选题", 2.5, "加法", "整数"}, {" "},
			{"A", "", "2+2?", "4", "5", "", "", "加法"},
		}, func(f *excelize.File) error { return f.MergeCell("Sheet1", "A1", "H2") })
		items, r := readAll(t, file, xlsx.Options{})
		if len(items) != 2 || r.Header() != 4 || r.Sheet() != "Sheet1" {
			t.Fatalf("%v: %d items, header %d", headings, len(items), r.Header())
		}
		first, second := items[0], items[1]
		if !slices.Equal(first.Answer.Labels, []string{"B"}) || first.Score != 2_500_000 || first.Row.Number != 6 || len(first.Problems) > 0 ||
			!slices.Equal(first.Points, []string{"加法", "整数"}) || len(first.Options) != 2 || first.Stem != "1+1?" {
			t.Errorf("%+v", first)
		}
		if second.Row.Number != 8 || second.Type != xlsx.Single || !second.Inferred {
			t.Errorf("%+v", second)
		}
		if c := r.Columns()[1]; c.Field != "" || c.Letter != "B" {
			t.Errorf("the remark was taken for %+v", c)
		}
	}
}

func TestCellsAreReadAsDisplayed(t *testing.T) {
	t.Parallel()
	file := workbook(t, [][]any{{"题干", "题型", "答案", "来源", "年级", "分值"}, {"?", "填空题", 0, "", 7, 5.0}}, func(f *excelize.File) error {
		percent, err := f.NewStyle(&excelize.Style{NumFmt: 10})
		if err != nil {
			return err
		}
		layout := "yyyy-mm-dd"
		date, err := f.NewStyle(&excelize.Style{CustomNumFmt: &layout})
		if err != nil {
			return err
		}
		return errors.Join(
			f.SetCellRichText("Sheet1", "A2", []excelize.RichTextRun{{Text: "H"}, {Text: "2", Font: &excelize.Font{VertAlign: "subscript"}}, {Text: "O"}}),
			f.SetCellValue("Sheet1", "C2", 0.125), f.SetCellStyle("Sheet1", "C2", "C2", percent),
			f.SetCellValue("Sheet1", "D2", time.Date(2024, 6, 7, 0, 0, 0, 0, time.UTC)), f.SetCellStyle("Sheet1", "D2", "D2", date),
		)
	})
	items, _ := readAll(t, file, xlsx.Options{})
	i := items[0]
	if i.Stem != "H2O" || !slices.Equal(i.Answer.Texts, []string{"12.50%"}) || i.Source != "2024-06-07" || i.Grade != "7" || i.Score != 5_000_000 {
		t.Errorf("%+v", i)
	}
}

func TestFormulasAndMergedCellsAreRefusedWhereTheyStand(t *testing.T) {
	t.Parallel()
	file := workbook(t, [][]any{
		{"题干", "题型", "答案", "分值", "备注"},
		{"plain", "填空题", "x", 1, "r"}, {"f", "填空题", "x", 1, "r"}, {"m1", "填空题", "x", 1, "r"}, {"m2", "填空题", "x", 1, "r"}, {"ok", "填空题", "x", 1, "r"},
	}, func(f *excelize.File) error {
		return errors.Join(f.SetCellFormula("Sheet1", "C3", "A2"), f.SetCellFormula("Sheet1", "D3", "1+1"), f.SetCellFormula("Sheet1", "E2", "1+1"),
			f.MergeCell("Sheet1", "C4", "C5"), f.MergeCell("Sheet1", "E5", "E6"))
	})
	items, _ := readAll(t, file, xlsx.Options{})
	var got []string
	for _, i := range items {
		for _, p := range i.Problems {
			got = append(got, fmt.Sprintf("%s%d %s %s", p.Column, p.Row, p.Code, p.Severity))
		}
	}
	want := []string{"C3 xlsx.formula error", "D3 xlsx.formula warning", "C4 xlsx.merged error", "C5 xlsx.merged error"}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%q is not among %q", w, got)
		}
	}
	if len(items) != 5 || !items[0].OK() || items[1].OK() || items[2].OK() || items[3].OK() || !items[4].OK() {
		t.Errorf("%q", got)
	}
}

func TestWhatIsNoWorkbookOrHasNoHeadings(t *testing.T) {
	t.Parallel()
	good := [][]any{{"题干", "答案"}, {"?", "x"}}
	wide := make([]any, 250)
	wide[0], wide[1], wide[249] = "题干", "答案", "备注"
	many := [][]any{{"题干", "答案"}}
	for range 12 {
		many = append(many, []any{"?", "x"})
	}
	for _, c := range []struct {
		name string
		file []byte
		o    xlsx.Options
		code string
	}{
		{"text", []byte("题干,答案\n?,x\n"), xlsx.Options{}, "xlsx.not_a_workbook"},
		{"nothing", nil, xlsx.Options{}, "xlsx.not_a_workbook"},
		{"an .xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"), xlsx.Options{}, "xlsx.old_format"},
		{"another zip", archive(t, map[string]string{"readme.txt": "hello"}), xlsx.Options{}, "xlsx.not_a_workbook"},
		{"a cut-off workbook", workbook(t, good)[:2000], xlsx.Options{}, "xlsx.not_a_workbook"},
		{"a large file", workbook(t, good), xlsx.Options{MaxBytes: 100}, "xlsx.too_large"},
		{"a bomb", bomb(t, 8<<20), xlsx.Options{MaxUnpackedBytes: 4 << 20}, "xlsx.too_large"},
		{"a bomb that lies about its size", lying(t, bomb(t, 2<<20), 2<<20, 1000), xlsx.Options{MaxUnpackedBytes: 1 << 20}, "xlsx.unreadable"},
		{"too many parts", archive(t, parts(6000)), xlsx.Options{}, "xlsx.too_large"},
		{"no headings", workbook(t, [][]any{{"问卷"}, {"a", "b"}}), xlsx.Options{}, "xlsx.no_headings"},
		{"headings too far down", workbook(t, append(make([][]any, 20), good...)), xlsx.Options{}, "xlsx.no_headings"},
		{"a missing sheet", workbook(t, good), xlsx.Options{Sheet: "x"}, "xlsx.no_sheet"},
		{"two answers", workbook(t, [][]any{{"题干", "答案", "参考答案"}}), xlsx.Options{}, "xlsx.heading_twice"},
		{"wide", workbook(t, [][]any{wide}), xlsx.Options{}, "xlsx.too_many_columns"},
		{"one long text", workbook(t, [][]any{{"题干", "答案"}, {"?", "x"}}, sharing(strings.Repeat("long ", 300_000), 1)), xlsx.Options{}, "xlsx.too_large"},
		{"one text in many cells", workbook(t, [][]any{{"题干", "答案"}, {"?", "x"}}, sharing(strings.Repeat("long ", 6_000), 100)),
			xlsx.Options{MaxUnpackedBytes: 1 << 20}, "xlsx.too_large"},
		{"merged headings", workbook(t, good, func(f *excelize.File) error { return f.MergeCell("Sheet1", "A1", "A2") }), xlsx.Options{}, "xlsx.merged"},
		{"many rows", workbook(t, many), xlsx.Options{MaxRows: 10}, "xlsx.too_many_rows"},
		{"broken XML", replaced(t, workbook(t, good), "xl/worksheets/sheet1.xml", func(s string) string { return strings.Replace(s, "</sheetData>", "<", 1) }), xlsx.Options{}, "xlsx.unreadable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := xlsx.NewReader(bytes.NewReader(c.file), c.o)
			for err == nil {
				_, err = r.Next()
			}
			if !fault.Is(err, c.code) {
				t.Errorf("%v (%v); want %s", err, errors.Unwrap(err), c.code)
			}
		})
	}
	if _, err := xlsx.NewReader(iotest.ErrReader(io.ErrUnexpectedEOF), xlsx.Options{}); !errors.Is(err, io.ErrUnexpectedEOF) || fault.Of(err) != nil {
		t.Errorf("a source that fails: %v", err)
	}
}

// sharing puts a text, longer than the library would write it, into the first column of so many rows.
func sharing(text string, rows int) func(*excelize.File) error {
	return func(f *excelize.File) error {
		f.Pkg.Store("xl/sharedStrings.xml", []byte(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>题干</t></si><si><t>答案</t></si><si><t>`+text+`</t></si></sst>`))
		var sheet strings.Builder
		sheet.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>`)
		for range rows {
			sheet.WriteString(`<row><c t="s"><v>2</v></c></row>`)
		}
		sheet.WriteString("</sheetData></worksheet>")
		f.Sheet.Delete("xl/worksheets/sheet1.xml")
		f.SharedStrings = nil
		f.Pkg.Store("xl/worksheets/sheet1.xml", []byte(sheet.String()))
		return nil
	}
}

// What an archive says of its sizes is believed, so unpacking must stop there.
func TestUnpackingStopsAtTheStatedSize(t *testing.T) {
	t.Parallel()
	_, err := xlsx.NewReader(bytes.NewReader(lying(t, bomb(t, 2<<20), 2<<20, 1000)), xlsx.Options{MaxUnpackedBytes: 1 << 20})
	if !errors.Is(err, zip.ErrFormat) {
		t.Errorf("%v, because of %v", err, errors.Unwrap(err))
	}
}

func parts(n int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[fmt.Sprintf("p%d", i)] = ""
	}
	return m
}

func archive(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is small and unpacks to size bytes.
func bomb(t testing.TB, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("[Content_Types].xml"); err != nil {
		t.Fatal(err)
	}
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, size); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if b.Len() > int(size/100) {
		t.Fatalf("%d bytes is no bomb", b.Len())
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// lying writes a smaller size over the true one wherever the archive states it.
func lying(t testing.TB, file []byte, size, claim uint32) []byte {
	t.Helper()
	is, says := binary.LittleEndian.AppendUint32(nil, size), binary.LittleEndian.AppendUint32(nil, claim)
	if !bytes.Contains(file, is) {
		t.Fatal("the archive does not state its size")
	}
	return bytes.ReplaceAll(file, is, says)
}

// replaced changes one part of a workbook.
func replaced(t testing.TB, file []byte, name string, change func(string) string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
		if f.Name == name {
			files[name] = change(string(text))
			if files[name] == string(text) {
				t.Fatal("nothing changed")
			}
		}
	}
	return archive(t, files)
}

func TestTheTemplateReadsAsItsExamplesSay(t *testing.T) {
	t.Parallel()
	for locale, sheets := range map[string][2]string{"zh-CN": {"题目", "示例"}, "en": {"Questions", "Examples"}} {
		var b bytes.Buffer
		if err := xlsx.Template(&b, locale); err != nil {
			t.Fatal(err)
		}
		if items, r := readAll(t, b.Bytes(), xlsx.Options{}); len(items) != 0 || r.Sheet() != sheets[0] {
			t.Errorf("%s: an unfilled template has %d questions in %s", locale, len(items), r.Sheet())
		}
		items, r := readAll(t, b.Bytes(), xlsx.Options{Sheet: sheets[1]})
		var kinds []xlsx.Type
		for _, i := range items {
			kinds = append(kinds, i.Type)
			if len(i.Problems) > 0 {
				t.Errorf("%s: %+v", locale, i.Problems)
			}
		}
		if want := []xlsx.Type{xlsx.Single, xlsx.Multiple, xlsx.TrueFalse, xlsx.ShortText, xlsx.Numeric, xlsx.Matching, xlsx.Essay, xlsx.Description}; !reflect.DeepEqual(kinds, want) {
			t.Errorf("%s: %v", locale, kinds)
		}
		for _, c := range r.Columns() {
			if c.Field == "" {
				t.Errorf("%s: our own heading %q is not known", locale, c.Heading)
			}
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		lists, err := f.GetDataValidations(sheets[0])
		if err != nil || len(lists) != 2 {
			t.Errorf("%s: %d lists to choose from, %v", locale, len(lists), err)
		}
	}
}

func TestMarkingShowsWhereAndChangesNothingElse(t *testing.T) {
	t.Parallel()
	file := workbook(t, [][]any{{"题干", "题型", "答案", "难度"}, {"good", "填空题", "x", "易"}, {"", "单选", "Q", "?"}, {"1", "猜谜", "x"}}, func(f *excelize.File) error {
		bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 49})
		return errors.Join(err, f.SetCellStyle("Sheet1", "C3", "C3", bold),
			f.AddComment("Sheet1", excelize.Comment{Author: "Wang", Cell: "C3", Text: "see me"}),
			f.AddComment("Sheet1", excelize.Comment{Author: "Wang", Cell: "A2", Text: "fine"}))
	})
	before, _ := readAll(t, file, xlsx.Options{})
	var problems []xlsx.Problem
	for _, i := range before {
		problems = append(problems, i.Problems...)
	}
	problems = append(problems, xlsx.Problem{Sheet: "elsewhere", Row: 1, Column: "A", Code: "x", Severity: xlsx.Error, Message: fault.Say("listed", "列出")})
	marked := file
	for range 2 { // a marked workbook can be marked again
		var b bytes.Buffer
		if err := xlsx.Mark(bytes.NewReader(marked), problems, &b, xlsx.Options{}); err != nil {
			t.Fatal(err)
		}
		marked = b.Bytes()
	}
	after, _ := readAll(t, marked, xlsx.Options{})
	if !reflect.DeepEqual(before, after) {
		t.Errorf("marked, the workbook reads\n%+v\nbefore\n%+v", after, before)
	}

	f, err := excelize.OpenReader(bytes.NewReader(marked))
	if err != nil {
		t.Fatal(err)
	}
	fill := func(cell string) (string, *excelize.Font) {
		id, err := f.GetCellStyle("Sheet1", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(style.Fill.Color, ""), style.Font
	}
	if colour, font := fill("C3"); colour != "FF7C80" || font == nil || !font.Bold {
		t.Errorf("C3 is %q, font %+v", colour, font)
	}
	if colour, _ := fill("D3"); colour != "FFEB9C" {
		t.Errorf("D3, a warning, is %q", colour)
	}
	if colour, _ := fill("A2"); colour != "" {
		t.Errorf("A2, which is right, is %q", colour)
	}
	comments, err := f.GetComments("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, c := range comments {
		text := c.Text
		for _, p := range c.Paragraph {
			text += p.Text
		}
		said[c.Cell] += text
	}
	if !strings.Contains(said["C3"], "字母") || !strings.Contains(said["C3"], "letters") || said["A2"] != "fine" {
		t.Errorf("comments: %q", said)
	}
	rows, err := f.GetRows("问题 Problems")
	if err != nil || len(rows) != len(problems)+1 {
		t.Fatalf("%d rows for %d problems, %v", len(rows), len(problems), err)
	}
	if linked, target, err := f.GetCellHyperLink("问题 Problems", "B2"); err != nil || !linked || !strings.HasPrefix(target, "'Sheet1'!") {
		t.Errorf("%v %q %v", linked, target, err)
	}
}

func TestMarkingRefusesWhatReadingRefuses(t *testing.T) {
	t.Parallel()
	if err := xlsx.Mark(strings.NewReader("no"), nil, io.Discard, xlsx.Options{}); !fault.Is(err, "xlsx.not_a_workbook") {
		t.Error(err)
	}
	if err := xlsx.Mark(bytes.NewReader(bomb(t, 8<<20)), nil, io.Discard, xlsx.Options{MaxUnpackedBytes: 4 << 20}); !fault.Is(err, "xlsx.too_large") {
		t.Error(err)
	}
}

// FuzzReader damages the sheet of a workbook.
func FuzzReader(f *testing.F) {
	whole := workbook(f, [][]any{{"题干", "答案", "题型"}, {"?", "x", "填空题"}})
	seed := ""
	replaced(f, whole, "xl/worksheets/sheet1.xml", func(s string) string { seed = s; return s + " " })
	f.Add(seed)
	f.Add(strings.Replace(seed, "</sheetData>", `</sheetData><mergeCells><mergeCell ref="A2:XFD1048576"/><mergeCell ref="B1"/></mergeCells>`, 1))
	f.Add(strings.Replace(seed, `<row r="2"`, `<row r="-2"`, 1))
	f.Add(strings.Replace(seed, `r="A2"`, `r="ZZZ99999999"`, 1))
	f.Add(`<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>题干</t></is></c><c t="str"><v>答案</v></c></row><row><c><f>1</f><v>2</v></c></row></sheetData></worksheet>`)
	f.Fuzz(func(t *testing.T, sheet string) {
		file := replaced(t, whole, "xl/worksheets/sheet1.xml", func(s string) string { return sheet + "\n" })
		r, err := xlsx.NewReader(bytes.NewReader(file), xlsx.Options{MaxRows: 100})
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatal(err)
			}
			return
		}
		defer func() { _ = r.Close() }()
		for last := r.Header(); ; {
			item, err := r.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				if fault.Of(err) == nil {
					t.Fatal(err)
				}
				return
			}
			if item.Row.Number <= last {
				t.Fatalf("row %d after row %d", item.Row.Number, last)
			}
			last = item.Row.Number
		}
	})
}
