package commands

import (
	"context"

	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/domain/session"
)

// inSession is what the session pinned, for a student who belongs to it, as long as it is running. It is what everybody in the session gets, also
// where the lesson is not live any more.
func (c StartAttempt) inSession(ctx context.Context, w *Work) (*LiveLesson, release.Layer, error) {
	attendance, err := w.Sessions.Attends(ctx, w.Actor.Scope, c.Session, w.Actor.ID)
	if err == nil {
		err = attendance.Open()
	}
	if err != nil {
		return nil, release.Layer{}, err
	}
	if attendance.Lesson != c.Lesson {
		message := fault.Say("the session is of another lesson", "该场次属于另一个讲次")
		return nil, release.Layer{}, fault.Refuse(fault.Conflict, "session.other_lesson", message,
			fault.Problem{Pointer: "/lesson", Code: "other_lesson", Message: message})
	}
	pins, err := w.Sessions.Pins(ctx, w.Actor.Scope, c.Session)
	if err != nil {
		return nil, release.Layer{}, err
	}
	live, layer := pinned(attendance, pins)
	return live, layer, nil
}

// pinned makes what a session pinned look like what is live.
func pinned(of session.Attendance, pins *session.Pins) (*LiveLesson, release.Layer) {
	live := &LiveLesson{Plan: pins.Plan, Position: pins.Snapshot, Places: make([]LivePlace, len(pins.Items)),
		Release: environment.Released{Release: pins.Release, Org: pins.Org, Lesson: of.Lesson, Version: pins.Version}}
	versions := make(map[string]int, len(pins.Items))
	for i, pin := range pins.Items {
		live.Places[i] = LivePlace{Version: pin.Version, Type: pin.Type, Public: pin.Public}
		versions[string(pin.Slot)] = pin.Version
	}
	return live, release.Known(release.Session, versions)
}
