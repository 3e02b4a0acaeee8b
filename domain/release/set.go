package release

import (
	"encoding/json"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/fault"
)

// The bounds of a set.
const (
	MaxLessons   = 200
	maxQuestions = 10_000 // in all lessons together
)

// Lesson is a lesson in a release, with the exact version of it and of each of its questions.
type Lesson struct {
	Lesson    uuid.UUID            `json:"lesson"`
	Org       string               `json:"org"`
	Version   int                  `json:"version"`
	Questions []environment.Frozen `json:"questions"`
}

// Set is what a release makes live. It never changes.
type Set []Lesson

// Entries are the lessons as their environment knows them.
func (s Set) Entries() []environment.Entry {
	entries := make([]environment.Entry, len(s))
	for i, l := range s {
		entries[i] = environment.Entry{Lesson: l.Lesson, Org: l.Org, Version: l.Version, Hash: environment.HashOf(l.Version, l.Questions)}
	}
	return entries
}

// IDs are the lessons.
func (s Set) IDs() []uuid.UUID {
	ids := make([]uuid.UUID, len(s))
	for i, l := range s {
		ids[i] = l.Lesson
	}
	return ids
}

// Questions are the versions of all lessons.
func (s Set) Questions() []environment.Frozen {
	var all []environment.Frozen
	for _, l := range s {
		all = append(all, l.Questions...)
	}
	return all
}

// Hash tells the set from others.
func (s Set) Hash() content.Hash {
	encoded, err := json.Marshal(s.Entries())
	if err != nil { // ids, hashes and numbers can always be written
		panic(err)
	}
	return content.HashBytes(encoded)
}

func (s Set) check() []fault.Problem {
	if len(s) == 0 {
		return []fault.Problem{{Pointer: "/lessons", Code: "required", Message: fault.Say("a release needs a lesson", "发布至少需要一个讲次")}}
	}
	if len(s) > MaxLessons {
		return []fault.Problem{{Pointer: "/lessons", Code: "max_items", Message: fault.Say("at most %d lessons", "最多 %d 个讲次", MaxLessons)}}
	}
	var problems []fault.Problem
	seen, questions := make(map[uuid.UUID]bool, len(s)), 0
	for i, l := range s {
		if seen[l.Lesson] {
			problems = append(problems, fault.Problem{Pointer: "/lessons/" + strconv.Itoa(i), Code: "unique",
				Message: fault.Say("the lesson is in the release already", "该讲次已在本次发布中")})
		}
		seen[l.Lesson] = true
		questions += len(l.Questions)
	}
	if questions > maxQuestions {
		problems = append(problems, fault.Problem{Pointer: "/lessons", Code: "max_items",
			Message: fault.Say("the lessons have more than %d questions together", "讲次的题目总数超过 %d", maxQuestions)})
	}
	return problems
}
