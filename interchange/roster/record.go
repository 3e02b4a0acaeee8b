package roster

import (
	"slices"

	"github.com/google/uuid"

	"qbank/domain/roster"
)

// Kind is what a record is about.
type Kind string

// The kinds of records.
const (
	Line     Kind = "line"
	Term     Kind = "term"
	Course   Kind = "course"
	Lesson   Kind = "lesson"
	Class    Kind = "class"
	Student  Kind = "student"
	Join     Kind = "join"
	Leave    Kind = "leave"
	Transfer Kind = "transfer"
	Session  Kind = "session"
	Cancel   Kind = "cancel"
	Guest    Kind = "guest"
)

// Events are the types of CloudEvents, and the kinds of record that they carry.
var Events = map[string]Kind{
	"qbank.roster.line.kept": Line, "qbank.roster.term.kept": Term, "qbank.roster.course.kept": Course, "qbank.roster.lesson.kept": Lesson,
	"qbank.roster.class.kept": Class, "qbank.roster.student.kept": Student, "qbank.roster.student.joined": Join,
	"qbank.roster.student.left": Leave, "qbank.roster.student.transferred": Transfer, "qbank.roster.student.admitted": Guest,
	"qbank.roster.session.kept": Session, "qbank.roster.session.cancelled": Cancel,
}

// Record is one thing that is said. Which fields have a meaning depends on its kind.
type Record struct {
	Kind        Kind
	Code        string // of what is said something of
	Title       string
	Parent      string    // code of the node above
	Lesson      string    // code of a lesson of a course
	LessonID    uuid.UUID // of a lesson that authors arrange
	Class       string    // code
	To          string    // code of the class joined by a transfer
	Classes     []string  // codes
	Student     Person
	Teacher     Person
	Teachers    []Person // nil: not said
	Tutors      []Person // nil: not said
	Students    []Person
	Grade       string
	Region      string
	Reason      string
	Environment string
	roster.Window
	Start, End int64 // microseconds
	AsOf       roster.AsOf
}

// Person is somebody by the organisation's own number.
type Person struct{ Number, Name string }

// Entry is a record with where it stands, or with what is wrong with it.
type Entry struct {
	Place  string // JSON Pointer into the document, or the number of the line
	Record Record
	Err    error // a fault; the record is not to be used then
}

// The bounds of a feed.
const (
	MaxRecords = 10_000  // in a document
	MaxBytes   = 8 << 20 // of a document
	maxLines   = 200_000 // of a sheet
	maxField   = 300     // bytes, in a sheet
	maxList    = 10_000  // entries
)

// fields are what a kind may have, and of these what it needs.
type fields struct{ needed, also []string }

func (f fields) has(name string) bool {
	return slices.Contains(f.needed, name) || slices.Contains(f.also, name) || slices.Contains(common, name)
}

// common are the fields of every kind.
var common = []string{"kind", "as_of", "sequence"}

var kinds = map[Kind]fields{
	Line:     {[]string{"code", "title"}, []string{"from", "until"}},
	Term:     {[]string{"code", "title", "line"}, []string{"from", "until"}},
	Course:   {[]string{"code", "title", "term"}, []string{"from", "until"}},
	Lesson:   {[]string{"code", "title", "course"}, []string{"lesson_id", "from", "until"}},
	Class:    {[]string{"code", "title"}, []string{"course", "teachers", "tutors", "students"}},
	Student:  {[]string{"student"}, []string{"name", "grade", "region"}},
	Join:     {[]string{"class", "student"}, []string{"name", "from", "until"}},
	Leave:    {[]string{"class", "student"}, nil},
	Transfer: {[]string{"student", "from_class", "to_class"}, nil},
	Session:  {[]string{"code", "teacher", "classes", "start", "end"}, []string{"title", "lesson", "lesson_id", "environment"}},
	Cancel:   {[]string{"session"}, []string{"reason", "environment"}},
	Guest:    {[]string{"session", "student"}, []string{"environment"}},
}
