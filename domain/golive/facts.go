package golive

import (
	"github.com/google/uuid"

	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/release"
)

// The bounds of what is asked for at once.
const (
	MaxLessons   = 50
	MaxQuestions = 1000
)

// Ask is what somebody wants to have live.
type Ask struct {
	Lessons   []uuid.UUID   `json:"lessons"`
	Questions []uuid.UUID   `json:"questions,omitempty"` // whose approved drafts are published with it, where Publish says so
	Publish   bool          `json:"publish,omitempty"`   // publish what reviewers have agreed to: the questions, and drafts of the lessons
	As        question.Kind `json:"as,omitempty"`        // how far those of Questions reach that were published before; "": a revision
	Release   release.Plan  `json:"release"`             // how it goes live: title, steps, rules, start …; what goes live is the plan's to say
}

// Check refuses what is out of bounds.
func (a Ask) Check() error {
	var problems []fault.Problem
	wrong := func(pointer, code string, message fault.Text) {
		problems = append(problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
	}
	if len(a.Lessons) == 0 {
		wrong("/lessons", "required", fault.Say("name at least one lesson", "请至少选择一个讲次"))
	}
	if len(a.Lessons) > MaxLessons {
		wrong("/lessons", "max_items", fault.Say("at most %d lessons", "最多 %d 个讲次", MaxLessons))
	}
	if len(a.Questions) > MaxQuestions {
		wrong("/questions", "max_items", fault.Say("at most %d questions", "最多 %d 道题目", MaxQuestions))
	}
	if a.As != "" && a.As != question.Erratum && a.As != question.Revision {
		wrong("/as", "enum", fault.Say("one of erratum, revision", "应为 erratum 或 revision"))
	}
	if len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "golive.invalid", fault.Say("this cannot be planned", "无法生成上线计划"), problems...)
	}
	return nil
}

// Facts are what a plan rests on, read at one moment.
type Facts struct {
	Environment environment.Declared
	Lessons     []Lesson
	Questions   map[uuid.UUID]Question // those asked for, and all that the lessons name
	Unchecked   []string               // what nobody could tell: "files"

	Down func(question uuid.UUID, version int) bool // what is taken down in the environment; nil: nothing is
}

// Lesson is what is known of a lesson.
type Lesson struct {
	ID      uuid.UUID
	State   lesson.Lesson
	Review  bool            // the organisation wants its lessons reviewed
	Files   []fault.Problem // of the draft that are not kept, or not what it says of them
	Live    *release.Lesson
	By      uuid.UUID // the release that it is live from
	Taken   uuid.UUID // a release under way that has it; zero: none
	Touched int       // number of the event of the environment that was the last about it
}

// Question is what is known of a question.
type Question struct {
	State   question.Question
	Kinds   []question.Kind // of its versions, the first's first
	Engine  string          // versions of the runtime that its type supports; "": any
	Locales []string        // that its type is described in
	Missing []string        // files of the draft that are not kept
}

// newest is the newest version there will be.
func (q Question) newest(publishing bool) int {
	if publishing {
		return q.State.Latest + 1
	}
	return q.State.Latest
}

// corrected is the version that a place gets which names one: the last of the errata that directly follow.
func (q Question) corrected(version int, next question.Kind) int {
	kinds := q.Kinds
	if next != "" {
		kinds = append(kinds[:len(kinds):len(kinds)], next)
	}
	for version < len(kinds) && kinds[version] == question.Erratum {
		version++
	}
	return version
}
