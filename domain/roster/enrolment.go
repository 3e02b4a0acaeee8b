package roster

import "github.com/google/uuid"

// Enrolment is what the roster knows of one student at a moment: a snapshot. Lists are sorted and hold each id once.
type Enrolment struct {
	Classes  []uuid.UUID // that the student is a member of now
	Courses  []uuid.UUID // of these classes
	Terms    []uuid.UUID // of these courses
	Lines    []uuid.UUID // of these terms
	Teachers []uuid.UUID // of these classes; opaque ids
	Tutors   []uuid.UUID
	Codes    map[uuid.UUID]string // the organisation's own codes of classes, courses, terms and lines
	StudentFacts
	Position int64 // in the log; everything up to there is in the snapshot
}
