package roster

import "github.com/google/uuid"

var (
	classSpace   = uuid.MustParse("8d7c1d3e-53bb-5b1c-8f0b-1f1f8e7a3c03")
	personSpace  = uuid.MustParse("1b0a5f92-08f6-5f2f-9e43-6f3cb2a84d04")
	nodeSpace    = uuid.MustParse("5e0f4a6b-2c79-5d83-9b1e-7a4d0c3f6e18")
	studentSpace = uuid.MustParse("c3a91f70-6d25-5e48-8f3b-2b9e5d7a1c64")
)

// Kind is a level of the tree.
type Kind string

// The kinds of nodes, from the root down. A class is a node with members: see [Class].
const (
	Line   Kind = "line"   // business line (业务线)
	Term   Kind = "term"   // 期次
	Course Kind = "course" // 课程
	Lesson Kind = "lesson" // of a course (讲次)
)

// Kinds lists the kinds of nodes, from the root down.
var Kinds = []Kind{Line, Term, Course, Lesson}

// above says below what a kind stands.
var above = map[Kind]Kind{Term: Line, Course: Term, Lesson: Course}

// Above is the kind that this one stands below, "" for the root.
func (k Kind) Above() Kind { return above[k] }

// NodeID is the id of the node that an organisation knows by a code of its own.
func NodeID(org string, kind Kind, code string) uuid.UUID {
	return uuid.NewSHA1(nodeSpace, []byte(org+"\x00"+string(kind)+"\x00"+code))
}

// ClassID is the id of the class that an organisation knows by a code of its own.
func ClassID(org, code string) uuid.UUID { return uuid.NewSHA1(classSpace, []byte(org+"\x00"+code)) }

// PersonID is the opaque id of the person whom an organisation knows by a number of its own.
func PersonID(org, number string) uuid.UUID {
	return uuid.NewSHA1(personSpace, []byte(org+"\x00"+number))
}

// PersonOf is the opaque id behind the subject of a token: the id itself, or one made from what another system calls the person.
func PersonOf(subject string) uuid.UUID {
	if id, err := uuid.Parse(subject); err == nil {
		return id
	}
	return uuid.NewSHA1(personSpace, []byte("\x00"+subject))
}

// StudentStream is the stream of what is known of a person as a student.
func StudentStream(person uuid.UUID) uuid.UUID { return uuid.NewSHA1(studentSpace, person[:]) }
