package roster

import (
	"qbank/domain/fault"
	"qbank/domain/text"
)

// The bounds of the roster.
const (
	MaxMembers = 10_000 // of a class
	MaxCode    = 100    // characters; of a node, and of a person's number
	MaxStaff   = 100    // teachers of a class, and tutors
	maxFact    = 100    // characters; of a grade, and of a region
)

// Window is from when until when something holds, microseconds; 0 is without end on that side.
type Window struct {
	From  int64 `json:"from,omitempty"`
	Until int64 `json:"until,omitempty"` // the first instant at which it holds no more
}

func (w Window) check() []fault.Problem {
	if w.From < 0 || w.Until < 0 || w.Until > 0 && w.Until <= w.From {
		return []fault.Problem{{Pointer: "/until", Code: "range", Message: fault.Say("it must end after it begins", "结束时间应晚于开始时间")}}
	}
	return nil
}

func checkNamed(code, title string) []fault.Problem {
	return append(text.Check("/code", code, 1, MaxCode), text.Check("/title", title, 1, text.Title)...)
}

// Unknown refuses a reference to what is not in the roster; field is where it stands.
func Unknown(field, code string) error {
	return fault.Refuse(fault.Invalid, "roster.unknown", fault.Say("the roster refers to something that is not there", "花名册引用了不存在的对象"),
		fault.Problem{Pointer: "/" + field, Code: "unknown", Message: fault.Say("there is no %s %.100q", "没有 %s %.100q", field, code)})
}
