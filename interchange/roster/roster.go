package roster

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"

	"qbank/domain/fault"
	"qbank/interchange/textenc"
)

// Class is a class as the file has it.
type Class struct {
	Code     string
	Title    string
	Students []Student
}

// Student is a student as the file has it.
type Student struct{ Number, Name string }

// The bounds of a file.
const (
	maxLines = 200_000
	maxField = 300 // bytes
)

var headings = map[string]string{
	"class": "class", "班级编号": "class", "班号": "class",
	"title": "title", "班级": "title", "班级名称": "title",
	"student": "student", "学号": "student",
	"name": "name", "姓名": "name",
}

// Read returns the classes in the order in which they first stand. Every wrong line is named: nothing is loaded by halves.
func Read(file io.Reader) ([]Class, error) {
	text, err := textenc.NewReader(file)
	if err != nil {
		return nil, err
	}
	lines := csv.NewReader(text)
	lines.FieldsPerRecord, lines.TrimLeadingSpace, lines.ReuseRecord = -1, true, true
	columns, err := readHeadings(lines)
	if err != nil {
		return nil, err
	}
	r := reader{columns: columns, index: map[string]int{}}
	for count := 0; ; count++ {
		record, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF):
			return r.done()
		case err != nil:
			return nil, notCSV(err)
		case count == maxLines:
			return nil, fault.Refuse(fault.Limit, "roster.too_long", fault.Say("at most %d lines", "最多 %d 行", maxLines))
		}
		line, _ := lines.FieldPos(0)
		r.take(line, record)
	}
}

func readHeadings(lines *csv.Reader) (map[string]int, error) {
	record, err := lines.Read()
	if errors.Is(err, io.EOF) {
		record, err = nil, nil
	}
	if err != nil {
		return nil, notCSV(err)
	}
	columns := map[string]int{}
	for i, heading := range record {
		if field, known := headings[strings.ToLower(strings.TrimSpace(heading))]; known {
			columns[field] = i
		}
	}
	for _, needed := range []string{"class", "student"} {
		if _, there := columns[needed]; !there {
			return nil, fault.Refuse(fault.Invalid, "roster.headings",
				fault.Say("the first line must have the headings class and student (title and name are welcome)", "首行须有“班级编号”和“学号”（可另有“班级”“姓名”）"))
		}
	}
	return columns, nil
}

type reader struct {
	columns  map[string]int
	classes  []Class
	index    map[string]int
	problems []fault.Problem
}

func (r *reader) take(line int, record []string) {
	field := func(name string) string {
		if i, there := r.columns[name]; there && i < len(record) {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	code, student := field("class"), Student{Number: field("student"), Name: field("name")}
	if code == "" || student.Number == "" || max(len(code), len(student.Number), len(student.Name), len(field("title"))) > maxField {
		r.problems = append(r.problems, fault.Problem{Pointer: "/" + strconv.Itoa(line), Code: "line",
			Message: fault.Say("line %d: a class and a student's number are needed, each field at most %d bytes", "第 %d 行：需要班级编号和学号，每项不超过 %d 字节", line, maxField)})
		return
	}
	i, known := r.index[code]
	if !known {
		i = len(r.classes)
		r.index[code] = i
		r.classes = append(r.classes, Class{Code: code, Title: code})
	}
	if title := field("title"); title != "" {
		r.classes[i].Title = title
	}
	r.classes[i].Students = append(r.classes[i].Students, student)
}

func (r *reader) done() ([]Class, error) {
	if len(r.problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "roster.lines", fault.Say("some lines cannot be used; nothing was loaded", "部分行有误，未载入任何内容"), r.problems...)
	}
	return r.classes, nil
}

func notCSV(err error) error {
	if fault.Of(err) != nil {
		return err
	}
	return fault.Refuse(fault.Invalid, "roster.not_csv", fault.Say("not a CSV file: %s", "不是 CSV 文件：%s", err.Error()))
}
