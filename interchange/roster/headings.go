package roster

import (
	"slices"
	"strconv"
	"strings"

	"qbank/domain/fault"
)

// heading is how sheets name a field besides by its own name.
type heading struct {
	field string
	zh    []string // the usual name first
}

// headings are the fields of sheets, in the order in which people are told them.
var headings = []heading{
	{"kind", []string{"类型"}}, {"code", []string{"编号"}}, {"title", []string{"名称", "班级", "班级名称"}}, {"line", []string{"业务线"}}, {"term", []string{"期次"}},
	{"course", []string{"课程"}}, {"lesson", []string{"讲次"}}, {"lesson_id", []string{"讲次id"}}, {"session", []string{"场次"}}, {"environment", []string{"环境"}},
	{"class", []string{"班级编号", "班号"}}, {"classes", []string{"班级列表"}}, {"from_class", []string{"原班级"}}, {"to_class", []string{"新班级"}},
	{"student", []string{"学号"}}, {"name", []string{"姓名"}}, {"grade", []string{"年级"}}, {"region", []string{"地区"}}, {"teacher", []string{"主讲"}},
	{"teachers", []string{"主讲列表"}}, {"tutors", []string{"辅导"}}, {"students", []string{"学生"}}, {"from", []string{"生效"}}, {"until", []string{"失效"}},
	{"start", []string{"开始"}}, {"end", []string{"结束"}}, {"reason", []string{"原因"}}, {"as_of", []string{"时间"}}, {"sequence", []string{"序号"}},
}

// ofStudents are the fields of a sheet that says no kinds: a student a line.
var ofStudents = []string{"class", "title", "course", "student", "name"}

// maxProblems is how many wrong headings are told.
const maxProblems = 20

// columnsOf finds the field of each column, "" where the heading is empty. A heading that is not known, or that names a field for the second
// time, is refused: what stands below it would be lost.
func columnsOf(record []string) ([]string, error) {
	columns := make([]string, len(record))
	for i, text := range record {
		columns[i] = fieldOf(text)
	}
	var may []heading
	switch {
	case slices.Contains(columns, "kind"):
		may = headings
	case slices.Contains(columns, "class") && slices.Contains(columns, "student"):
		may = slices.DeleteFunc(slices.Clone(headings), func(h heading) bool { return !slices.Contains(ofStudents, h.field) })
	default:
		return nil, badHeadings(fault.Say(
			"the first line must have the heading kind, or class and student (title and name are welcome)", "首行须有“类型”，或“班级编号”和“学号”（可另有“班级”“姓名”）"))
	}
	first := map[string]int{}
	var problems []fault.Problem
	for i, field := range columns {
		before, twice := first[field]
		wrong := fault.Problem{Pointer: "/1/" + strconv.Itoa(i+1)}
		switch {
		case field == "":
			continue
		case !slices.ContainsFunc(may, func(h heading) bool { return h.field == field }):
			wrong.Code, wrong.Message = "unknown", fault.Say("column %d, %.60q, has no meaning here; known are %s", "第 %d 列 %.60q 无法识别，可用的表头：%s", i+1, record[i], listed(may))
		case twice:
			wrong.Code, wrong.Message = "twice", fault.Say("column %d, %.60q, says what column %d says", "第 %d 列 %.60q 与第 %d 列重复", i+1, record[i], before+1)
		default:
			first[field] = i
			continue
		}
		if problems = append(problems, wrong); len(problems) == maxProblems {
			break
		}
	}
	if len(problems) > 0 {
		return nil, badHeadings(problems[0].Message, problems...)
	}
	return columns, nil
}

func badHeadings(message fault.Text, problems ...fault.Problem) error {
	return fault.Refuse(fault.Invalid, "roster.headings", message, problems...)
}

// fieldOf is the field that a heading names, in any case; what is none is itself.
func fieldOf(text string) string {
	name := strings.ToLower(strings.TrimSpace(text))
	for _, h := range headings {
		if slices.Contains(h.zh, name) {
			return h.field
		}
	}
	return name
}

// listed names fields for people, in both languages.
func listed(list []heading) string {
	names := make([]string, len(list))
	for i, h := range list {
		names[i] = h.field + " (" + h.zh[0] + ")"
	}
	return strings.Join(names, ", ")
}
