package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"qbank/domain/fault"
	"qbank/interchange/textenc"
)

// kindNames are the kinds as Chinese sheets name them.
var kindNames = map[string]Kind{
	"业务线": Line, "期次": Term, "课程": Course, "讲次": Lesson, "班级": Class, "学生": Student, "入班": Join, "退班": Leave, "调班": Transfer,
	"场次": Session, "取消场次": Cancel, "补课": Guest,
}

// lists are the fields that are lists.
var lists = []string{"teachers", "tutors", "students", "classes"}

// ReadCSV reads a sheet in any encoding an office may produce. Every wrong line is an entry of its own.
func ReadCSV(file io.Reader) ([]Entry, error) {
	text, err := textenc.NewReader(file)
	if err != nil {
		return nil, err
	}
	lines := csv.NewReader(text)
	lines.FieldsPerRecord, lines.TrimLeadingSpace, lines.ReuseRecord = -1, true, true
	s := sheet{index: map[string]int{}}
	if err := s.head(lines); err != nil {
		return nil, err
	}
	for count := 0; ; count++ {
		record, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF):
			return s.entries, nil
		case err != nil:
			return nil, notCSV(err)
		case count == maxLines:
			return nil, fault.Refuse(fault.Limit, "roster.too_long", fault.Say("at most %d lines", "最多 %d 行", maxLines))
		}
		line, _ := lines.FieldPos(0)
		s.take(line, record)
	}
}

// ReadSheet is ReadCSV of a sheet with no more records than are taken at once.
func ReadSheet(data []byte) ([]Entry, error) {
	entries, err := ReadCSV(bytes.NewReader(data))
	if err == nil && len(entries) > MaxRecords {
		return nil, tooMany()
	}
	return entries, err
}

// sheet is a sheet being read.
type sheet struct {
	columns []string // the field of each, "" without a heading
	entries []Entry
	index   map[string]int // where the record of a class stands, in a sheet of students
}

func (s *sheet) head(lines *csv.Reader) error {
	record, err := lines.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return notCSV(err)
	}
	s.columns, err = columnsOf(record)
	return err
}

func (s *sheet) has(field string) bool { return slices.Contains(s.columns, field) }

func (s *sheet) take(line int, record []string) {
	cells := map[string]string{}
	for i, cell := range record {
		cell = strings.TrimSpace(cell)
		switch {
		case cell == "":
		case i >= len(s.columns) || s.columns[i] == "":
			s.refuse(line, fault.Problem{Pointer: "/" + strconv.Itoa(i+1), Code: "no_heading", Message: fault.Say("this column has no heading", "该列没有表头")})
			return
		default:
			cells[s.columns[i]] = cell
		}
	}
	if len(cells) == 0 {
		return
	}
	for field, cell := range cells {
		if len(cell) > maxField && !slices.Contains(lists, field) {
			s.refuse(line, fault.Problem{Pointer: "/" + field, Code: "max_length", Message: fault.Say("longer than %d bytes", "超过 %d 字节", maxField)})
			return
		}
	}
	if !s.has("kind") {
		s.student(line, cells)
		return
	}
	e := Entry{Place: strconv.Itoa(line)}
	e.Record, e.Err = take(typed(cells))
	s.entries = append(s.entries, e)
}

// student takes a line of a sheet of students: the class is one record, with all its students.
func (s *sheet) student(line int, cells map[string]string) {
	code, student := cells["class"], Person{cells["student"], cells["name"]}
	if code == "" || student.Number == "" {
		s.refuse(line, fault.Problem{Pointer: "/student", Code: "required", Message: fault.Say("a class and a student's number are needed", "需要班级编号和学号")})
		return
	}
	i, known := s.index[code]
	if !known {
		i = len(s.entries)
		s.index[code] = i
		s.entries = append(s.entries, Entry{Place: strconv.Itoa(line), Record: Record{Kind: Class, Code: code, Title: code, Parent: cells["course"]}})
	}
	r := &s.entries[i].Record
	if title := cells["title"]; title != "" {
		r.Title = title
	}
	r.Students = append(r.Students, student)
}

func (s *sheet) refuse(line int, problem fault.Problem) {
	s.entries = append(s.entries, Entry{Place: strconv.Itoa(line),
		Err: fault.Refuse(fault.Invalid, "record.invalid", fault.Say("the line cannot be used", "该行无法使用"), problem)})
}

// typed gives cells the types that their fields have.
func typed(cells map[string]string) map[string]any {
	given := make(map[string]any, len(cells))
	for field, cell := range cells {
		switch {
		case field == "kind":
			given[field] = strings.ToLower(cell)
			if kind, known := kindNames[cell]; known {
				given[field] = string(kind)
			}
		case slices.Contains(lists, field):
			given[field] = split(field, cell)
		default:
			given[field] = cell
		}
	}
	return given
}

// split reads a list in a cell: "T1=Wang;T2".
func split(field, cell string) []any {
	list := []any{}
	for part := range strings.SplitSeq(strings.ReplaceAll(cell, "；", ";"), ";") {
		number, name, named := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case number == "":
		case named && field != "classes":
			list = append(list, map[string]any{"number": strings.TrimSpace(number), "name": strings.TrimSpace(name)})
		default:
			list = append(list, strings.TrimSpace(part))
		}
	}
	return list
}

// Sound refuses a sheet with wrong lines, each of which it names: nothing is loaded by halves.
func Sound(entries []Entry) error {
	var problems []fault.Problem
	for _, e := range entries {
		f := fault.Of(e.Err)
		if f == nil {
			continue
		}
		wrong := f.Problems
		if len(wrong) == 0 {
			wrong = []fault.Problem{{Code: f.Code, Message: f.Message}}
		}
		for _, p := range wrong {
			field := strings.TrimPrefix(p.Pointer, "/")
			problems = append(problems, fault.Problem{Pointer: "/" + e.Place + p.Pointer, Code: p.Code, Message: fault.Text{
				EN: "line " + e.Place + ", " + field + ": " + p.Message.EN, ZH: "第 " + e.Place + " 行，" + field + "：" + p.Message.ZH}})
		}
	}
	if len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "roster.lines", fault.Say("some lines cannot be used; nothing was loaded", "部分行有误，未载入任何内容"), problems...)
	}
	return nil
}

func notCSV(err error) error {
	if fault.Of(err) != nil {
		return err
	}
	var at *csv.ParseError
	if errors.As(err, &at) {
		return fault.Refuse(fault.Invalid, "roster.not_csv", fault.Say("not a CSV file at %d:%d; look at the quotes and commas there: %v",
			"CSV 文件在第 %d 行第 %d 列有误，请检查此处的引号和逗号：%v", at.Line, at.Column, at.Err))
	}
	return fault.Refuse(fault.Invalid, "roster.not_csv", fault.Say("not a CSV file: %s", "不是 CSV 文件：%s", err.Error()))
}
