package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/release"
	"qbank/domain/session"
	"qbank/domain/targeting"
)

// inSession is what a session pinned of a lesson, for a student who belongs to it, as long as it is running. It is what everybody in the session
// gets, also where the lesson is not live any more.
func (b *Bus) inSession(ctx context.Context, actor access.Actor, id uuid.UUID, of lesson.ID) (*Resolved, error) {
	attendance, err := b.Sessions.Attends(ctx, actor.Scope, id, actor.Student())
	if err == nil {
		err = attendance.Open()
	}
	if err != nil {
		return nil, err
	}
	if attendance.Lesson != of {
		message := fault.Say("the session is of another lesson", "该场次属于另一个讲次")
		return nil, fault.Refuse(fault.Conflict, "session.other_lesson", message,
			fault.Problem{Pointer: "/lesson", Code: "other_lesson", Message: message})
	}
	return b.Sessions.Pinned(ctx, actor.Scope, id, of)
}

// ResolvePins makes what a session of a lesson pinned what is given. size is that of its plan as it is stored, bytes.
func ResolvePins(pins *session.Pins, id uuid.UUID, of lesson.ID, size int) *Resolved {
	set := &LiveSet{Release: pins.Release, Org: pins.Org, Lesson: of, Version: pins.Version, Plan: pins.Plan, Size: size, Places: make([]LivePlace, len(pins.Items))}
	for i, pin := range pins.Items {
		set.Places[i] = LivePlace{Version: pin.Version, Type: pin.Type, Public: pin.Public}
	}
	return NewResolved(set, release.Session, id, pins.Snapshot)
}

// forSession resolves what a session gets of its lesson at this moment. A session is one unit for every release, whatever its own unit is:
// one class has one version on its screens.
func (b *Bus) forSession(ctx context.Context, scope access.Scope, id uuid.UUID, plan session.Plan) (*Resolved, error) {
	live, err := b.Live.Lesson(ctx, scope, plan.Lesson)
	if err != nil {
		return nil, err
	}
	if live.Candidate != nil {
		who := &targeting.Context{Student: id.String(), Session: id.String(), Org: scope.Org, Environment: scope.Environment}
		if plan.Teacher != uuid.Nil {
			who.Teachers = []string{plan.Teacher.String()}
		}
		who.Classes = texts(plan.Classes)
		if live.Audience.Decide(who, false).In {
			return live.Candidate, nil
		}
	}
	if live.Baseline == nil {
		return nil, NotLive()
	}
	return live.Baseline, nil
}

// texts writes ids as rules know them, within the bounds of a context.
func texts(ids []uuid.UUID) []string {
	all := make([]string, min(len(ids), targeting.MaxFacts))
	for i := range all {
		all[i] = ids[i].String()
	}
	return all
}
