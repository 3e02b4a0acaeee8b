package reissue

import (
	"slices"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// The bounds of a reissue.
const (
	MaxStudents = 2_000  // that are named
	MaxGroups   = 200    // classes, sessions and courses together
	MaxAudience = 20_000 // students that all of it comes to
	MaxPins     = 500    // questions of a lesson
	// Alone is the largest audience that somebody may grant what they asked for themselves.
	Alone = 200
	// Longest is how long a window may be, microseconds: half a year.
	Longest = 183 * 24 * 3600 * 1_000_000
)

// Pin is a version that students get instead of another.
type Pin struct {
	Slot     string    `json:"slot,omitempty"` // of a lesson; "" wherever the question stands
	Question uuid.UUID `json:"question"`
	Version  int       `json:"version"`
}

// Audience says who gets it: whoever is named, or in one of the groups.
type Audience struct {
	Students []uuid.UUID `json:"students,omitempty"` // opaque ids, as the roster has them
	Classes  []uuid.UUID `json:"classes,omitempty"`
	Sessions []uuid.UUID `json:"sessions,omitempty"`
	Courses  []uuid.UUID `json:"courses,omitempty"`
}

// Terms is what is asked for.
type Terms struct {
	Environment string    `json:"environment"`
	Org         string    `json:"org"`               // of whoever asks
	Question    uuid.UUID `json:"question,omitzero"` // a question, or
	Lesson      uuid.UUID `json:"lesson,omitzero"`   // a lesson
	Version     int       `json:"version"`           // of the question or the lesson
	Pins        []Pin     `json:"pins"`              // what that comes to
	Audience    Audience  `json:"audience"`
	From        int64     `json:"from"`  // microseconds; 0: as soon as it is granted
	Until       int64     `json:"until"` // microseconds; not included
	Reason      string    `json:"reason"`
}

// Member is a student of an audience.
type Member struct {
	Student uuid.UUID
	Class   uuid.UUID // through which the student is in it, or one that the student is in; zero: none
}

// Reached is the students of an audience at a moment, each once.
type Reached struct {
	Members  []Member
	Unknown  []fault.Problem // names of classes, sessions and courses that there are not, by their places
	Position int64           // of the roster read model
}

// Reach counts them.
func (r Reached) Reach() Reach {
	students := make([]uuid.UUID, len(r.Members))
	for i, m := range r.Members {
		students[i] = m.Student
	}
	return ReachOf(students, r.Position)
}

// Refused says which names are unknown, where any is.
func (r Reached) Refused() error {
	if len(r.Unknown) == 0 {
		return nil
	}
	return invalid(r.Unknown)
}

// Reach is whom the audience came to at a moment.
type Reach struct {
	Students int          `json:"students"`
	Digest   content.Hash `json:"digest"`   // of their ids, in order
	Position int64        `json:"position"` // of the roster read model
}

// ReachOf counts students, each once.
func ReachOf(students []uuid.UUID, position int64) Reach {
	sorted := slices.Clone(students)
	slices.SortFunc(sorted, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	sorted = slices.Compact(sorted)
	bytes := make([]byte, 0, 16*len(sorted))
	for _, id := range sorted {
		bytes = append(bytes, id[:]...)
	}
	return Reach{Students: len(sorted), Digest: content.HashBytes(bytes), Position: position}
}

// Groups is how many classes, sessions and courses there are.
func (a Audience) Groups() int { return len(a.Classes) + len(a.Sessions) + len(a.Courses) }

// Check refuses an audience that names nobody or too many.
func (a Audience) Check() error {
	if problems := a.check(); len(problems) > 0 {
		return invalid(problems)
	}
	return nil
}

func (a Audience) check() (problems []fault.Problem) {
	switch {
	case len(a.Students) > MaxStudents:
		problems = append(problems, fault.Problem{Pointer: "/audience/students", Code: "max_items",
			Message: fault.Say("at most %d students; use classes", "最多 %d 个学生，请改用班级", MaxStudents)})
	case a.Groups() > MaxGroups:
		problems = append(problems, fault.Problem{Pointer: "/audience", Code: "max_items",
			Message: fault.Say("at most %d classes, sessions and courses", "班级、场次与课程合计最多 %d 个", MaxGroups)})
	case len(a.Students)+a.Groups() == 0:
		problems = append(problems, fault.Problem{Pointer: "/audience", Code: "required", Message: fault.Say("name somebody", "请指定对象")})
	}
	return problems
}

// check lists what is wrong with the terms at an instant.
func (t Terms) check(now int64) (problems []fault.Problem) {
	wrong := func(pointer, code string, message fault.Text) {
		problems = append(problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
	}
	if (t.Question == uuid.Nil) == (t.Lesson == uuid.Nil) {
		wrong("", "one_of", fault.Say("a question or a lesson, one of the two", "题目或讲次，二者选一"))
	}
	if t.Version < 1 {
		wrong("/version", "range", fault.Say("a version is 1 or more", "版本号应不小于 1"))
	}
	if len(t.Pins) == 0 {
		wrong("/version", "empty", fault.Say("there is nothing to give", "没有可补发的内容"))
	}
	if len(t.Pins) > MaxPins {
		wrong("/version", "max_items", fault.Say("more than %d questions", "超过 %d 道题目", MaxPins))
	}
	begin := max(t.From, now)
	switch {
	case t.From < 0 || t.Until <= begin:
		wrong("/until", "window", fault.Say("the window must end after it begins, and later than now", "补发窗口须晚于开始时间和当前时间结束"))
	case t.Until-begin > Longest:
		wrong("/until", "range", fault.Say("a reissue lasts %d days at most; release the version instead", "补发最长 %d 天，更久请改为发布", Longest/(24*3600*1_000_000)))
	}
	problems = append(problems, t.Audience.check()...)
	return append(problems, text.Check("/reason", t.Reason, 1, text.Note)...)
}

// check refuses a reach that is empty or too large.
func (r Reach) check() []fault.Problem {
	switch {
	case r.Students == 0:
		return []fault.Problem{{Pointer: "/audience", Code: "empty", Message: fault.Say("there is nobody in it", "没有任何学生")}}
	case r.Students > MaxAudience:
		return []fault.Problem{{Pointer: "/audience", Code: "too_many",
			Message: fault.Say("at most %d students; a release is the way to reach more", "最多 %d 个学生，更多请使用发布", MaxAudience)}}
	}
	return nil
}

// Unknown is the problem of a name in one of an audience's lists.
func Unknown(list string, i int) fault.Problem {
	return fault.Problem{Pointer: "/audience/" + list + "/" + strconv.Itoa(i), Code: "unknown", Message: fault.Say("there is no such thing here", "这里没有这个对象")}
}

func invalid(problems []fault.Problem) error {
	return fault.Refuse(fault.Invalid, "reissue.invalid", fault.Say("the reissue is not valid", "补发无效"), problems...)
}
