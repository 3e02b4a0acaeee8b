package release

import "github.com/google/uuid"

// Served names what a student got: a version of a lesson, as a release froze it.
type Served struct {
	Release, Lesson uuid.UUID
	Org             string // of the lesson
	Version         int    // of the lesson
}
