package session

import "github.com/google/uuid"

// Attendance is how a student stands to a session at a moment: a snapshot.
type Attendance struct {
	Lesson  uuid.UUID
	State   State
	Belongs bool // through a class, or as a guest
}

// Open refuses a student who may not begin in the session now. To those who do not belong to it, it does not matter how far it has come.
func (a Attendance) Open() error {
	switch {
	case !a.Belongs:
		return NotYours()
	case a.State != Running:
		return NotRunning()
	}
	return nil
}
