package attempt

import (
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/event"
)

// The events of a shadow: of an attempt that staff makes through a student's eyes. They are of kinds of their own, so that whoever counts attempts,
// tallies answers or gives marks never meets them, and need not know that there are any.
type (
	// ShadowStarted pins everything, as for the student.
	ShadowStarted struct {
		Started
		Ticket uuid.UUID `json:"ticket"` // of the pseudo-login
	}
	// ShadowAnswered is an answer that staff gave.
	ShadowAnswered struct{ Answered }
	// ShadowFinished closes the shadow.
	ShadowFinished struct{ Finished }
)

// Name returns the event's type.
func (ShadowStarted) Name() string { return "attempt.shadow_started" }

// Name returns the event's type.
func (ShadowAnswered) Name() string { return "attempt.shadow_answered" }

// Name returns the event's type.
func (ShadowFinished) Name() string { return "attempt.shadow_finished" }

var shadowSpace = uuid.MustParse("a0c8f4f2-5a5e-5d0f-9f5c-7f3c1d2b6e19")

// ID is the id of the shadow: apart from the student's own attempts, and from those of other tickets.
func (s ShadowStarted) ID() ID {
	of := s.Lesson
	if s.Session != uuid.Nil {
		of = s.Session
	}
	return uuid.NewSHA1(shadowSpace, []byte(s.Ticket.String()+"\x00"+of.String()+"\x00"+strconv.Itoa(s.Number)))
}

// ID is the id of the attempt.
func (a Attempt) ID() ID {
	if a.Shadow != uuid.Nil {
		return ShadowStarted{a.Started, a.Shadow}.ID()
	}
	return a.Started.ID()
}

// kept is how an event of an attempt is recorded under a ticket, or without one.
func kept(ticket uuid.UUID, e event.Event) event.Event {
	if ticket == uuid.Nil {
		return e
	}
	switch e := e.(type) {
	case Started:
		return ShadowStarted{e, ticket}
	case Answered:
		return ShadowAnswered{e}
	case Finished:
		return ShadowFinished{e}
	}
	return e
}

// cast is what an event says, whoever it is about, and the ticket where a shadow begins with it.
func cast(e event.Event) (event.Event, uuid.UUID) {
	switch e := e.(type) {
	case ShadowStarted:
		return e.Started, e.Ticket
	case ShadowAnswered:
		return e.Answered, uuid.Nil
	case ShadowFinished:
		return e.Finished, uuid.Nil
	}
	return e, uuid.Nil
}
