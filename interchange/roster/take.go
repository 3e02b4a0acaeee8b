package roster

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// taker makes a record of decoded fields, and notes what is wrong with them.
type taker struct {
	fields   map[string]any
	problems []fault.Problem
}

// take makes a record. Its refusal names the places within it.
func take(given map[string]any) (Record, error) {
	t := taker{fields: given}
	r := Record{Kind: Kind(t.text("kind"))}
	known, is := kinds[r.Kind]
	if !is {
		t.wrong("kind", "enum", fault.Say("not a kind of record", "未知的记录类型"))
		return r, t.refusal()
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !known.has(name) {
			t.wrong(content.Escape(name), "unknown_field", fault.Say("a %s has no such field", "%s 没有这个字段", r.Kind))
		}
	}
	for _, name := range known.needed {
		if v, there := given[name]; !there || v == "" {
			t.wrong(name, "required", fault.Say("this is needed", "必填"))
		}
	}
	t.fill(&r)
	return r, t.refusal()
}

func (t *taker) fill(r *Record) {
	r.Code, r.Title, r.Class, r.To = t.text("code"), t.text("title"), t.text("class"), t.text("to_class")
	r.Lesson, r.Grade, r.Region, r.Reason = t.text("lesson"), t.text("grade"), t.text("region"), t.text("reason")
	r.Environment = t.text("environment")
	r.Student = Person{t.text("student"), t.text("name")}
	r.Teacher = Person{Number: t.text("teacher")}
	r.From, r.Until, r.Start, r.End = t.instant("from"), t.instant("until"), t.instant("start"), t.instant("end")
	r.AsOf.At, r.AsOf.Sequence = t.instant("as_of"), t.number("sequence")
	switch r.Kind {
	case Term:
		r.Parent = t.text("line")
	case Course:
		r.Parent = t.text("term")
	case Lesson, Class:
		r.Parent = t.text("course")
	case Transfer:
		r.Class = t.text("from_class")
	case Cancel, Guest:
		r.Code = t.text("session")
	case Session:
		if r.Lesson == "" && t.text("lesson_id") == "" {
			t.wrong("lesson", "required", fault.Say("a lesson or a lesson_id is needed", "需要 lesson 或 lesson_id"))
		}
	}
	if id := t.text("lesson_id"); id != "" {
		var err error
		if r.LessonID, err = uuid.Parse(id); err != nil {
			t.wrong("lesson_id", "type", fault.Say("this must be a UUID", "应为 UUID"))
		}
	}
	r.Classes = t.texts("classes")
	r.Teachers, r.Tutors, r.Students = t.people("teachers"), t.people("tutors"), t.people("students")
}

func (t *taker) wrong(field, code string, message fault.Text) {
	t.problems = append(t.problems, fault.Problem{Pointer: "/" + field, Code: code, Message: message})
}

func (t *taker) refusal() error {
	if len(t.problems) == 0 {
		return nil
	}
	return fault.Refuse(fault.Invalid, "record.invalid", fault.Say("the record cannot be used", "该记录无法使用"), t.problems...)
}

func (t *taker) text(name string) string {
	v, given := t.fields[name]
	text, is := v.(string)
	if given && !is {
		t.wrong(name, "type", fault.Say("this must be text", "应为文本"))
	}
	return text
}

// instant reads an RFC 3339 instant.
func (t *taker) instant(name string) int64 {
	text := t.text(name)
	if text == "" {
		return 0
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || at.Year() < 1970 || at.UnixMicro() <= 0 {
		t.wrong(name, "type", fault.Say("this must be an instant after 1970 with its zone, such as 2026-09-01T08:00:00+08:00",
			"应为带时区的时刻（1970 年之后），例如 2026-09-01T08:00:00+08:00"))
		return 0
	}
	return at.UnixMicro()
}

// number reads a whole number, or one that is written as text.
func (t *taker) number(name string) int64 {
	switch v := t.fields[name].(type) {
	case nil:
		return 0
	case float64:
		if v == math.Trunc(v) && v >= 0 && v < 1<<53 {
			return int64(v)
		}
	case string:
		if v == "" {
			return 0
		}
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	t.wrong(name, "type", fault.Say("this must be a whole number from 0 on", "应为不小于 0 的整数"))
	return 0
}

// list reads a list, nil where it is not given.
func (t *taker) list(name string) []any {
	v, given := t.fields[name]
	list, is := v.([]any)
	if given && (!is || len(list) > maxList) {
		t.wrong(name, "type", fault.Say("this must be a list of at most %d", "应为列表，最多 %d 项", maxList))
		return nil
	}
	if given && list == nil {
		return []any{}
	}
	return list
}

func (t *taker) texts(name string) (texts []string) {
	for i, v := range t.list(name) {
		text, is := v.(string)
		if !is {
			t.wrong(name+"/"+strconv.Itoa(i), "type", fault.Say("this must be text", "应为文本"))
		}
		texts = append(texts, text)
	}
	return texts
}

// people reads a list of {"number", "name"}, or of numbers alone.
func (t *taker) people(name string) []Person {
	list := t.list(name)
	if list == nil {
		return nil
	}
	people := make([]Person, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case string:
			people[i].Number = v
		case map[string]any:
			inner := taker{fields: v}
			people[i] = Person{inner.text("number"), inner.text("name")}
			if len(inner.problems) > 0 || people[i].Number == "" {
				t.wrong(name+"/"+strconv.Itoa(i), "type", fault.Say("a number is needed, and a name may be given, both as text", "需要 number，可有 name，均为文本"))
			}
		default:
			t.wrong(name+"/"+strconv.Itoa(i), "type", fault.Say("this must be a person", "应为人员"))
		}
	}
	return people
}
