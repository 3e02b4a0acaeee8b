package session

import (
	"slices"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/roster"
	"qbank/domain/text"
)

var space = uuid.MustParse("b7d20f5e-1a94-5c36-8e07-4f6c9a1d2b53")

// IDOf is the id of the session that an organisation knows by a code of its own, in an environment.
func IDOf(org, environment, code string) uuid.UUID {
	return uuid.NewSHA1(space, []byte(org+"\x00"+environment+"\x00"+code))
}

// State is how far a session has come.
type State string

// The states of a session.
const (
	Waiting State = "planned"
	Running State = "running"
	Over    State = "ended"
	Off     State = "cancelled"
)

// The bounds of a session.
const (
	MaxClasses = 200
	MaxGuests  = 10_000
)

// Session is as much of the history as decisions need.
type Session struct {
	Revision    int
	Org         string
	Environment string
	State       State
	Plan        Plan
	Guests      map[uuid.UUID]bool
	asOf        roster.AsOf
}

// Keep plans the session, or plans it anew as long as it has not started. now is the deciding node's clock, microseconds.
func (s Session) Keep(org, environment, code string, plan Plan, asOf roster.AsOf, now int64) ([]event.Event, error) {
	plan.Classes = once(plan.Classes)
	if err := plan.check(code); err != nil {
		return nil, err
	}
	if err := asOf.Check(now); err != nil {
		return nil, err
	}
	said := roster.Statement{Said: asOf, Known: s.asOf, Now: now, Same: s.Revision > 0 && s.Plan.equal(plan)}
	switch tell, stale := said.Heard(); {
	case stale:
		return nil, roster.Stale()
	case !tell || said.Same && s.State != Waiting:
		return nil, nil
	case s.Revision > 0 && s.State != Waiting:
		return nil, s.past()
	case plan.End <= now:
		message := fault.Say("a session cannot be planned for the past", "不能计划已过去的场次")
		return nil, fault.Refuse(fault.Invalid, "session.past", message, fault.Problem{Pointer: "/end", Code: "past", Message: message})
	case s.Revision > 0:
		return []event.Event{Replanned{Plan: plan, AsOf: said.Of()}}, nil
	}
	return []event.Event{Planned{Org: org, Environment: environment, Code: code, Plan: plan, AsOf: said.Of()}}, nil
}

// past refuses to go back before the start.
func (s Session) past() error {
	switch s.State {
	case Off:
		return fault.Refuse(fault.Conflict, "session.cancelled", fault.Say("the session is cancelled", "场次已取消"))
	case Over:
		return fault.Refuse(fault.Conflict, "session.ended", fault.Say("the session has ended", "场次已结束"))
	}
	return fault.Refuse(fault.Conflict, "session.started", fault.Say("the session has started", "场次已开始"))
}

func (p Plan) check(code string) error {
	problems := append(text.Check("/code", code, 1, roster.MaxCode), text.Check("/title", p.Title, 0, text.Title)...)
	wrong := func(pointer, code string, message fault.Text) {
		problems = append(problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
	}
	if p.Lesson == uuid.Nil {
		wrong("/lesson", "required", fault.Say("a lesson is needed", "需要讲次"))
	}
	if p.Teacher == uuid.Nil {
		wrong("/teacher", "required", fault.Say("a teacher is needed", "需要教师"))
	}
	if n := len(p.Classes); n == 0 || n > MaxClasses {
		wrong("/classes", "range", fault.Say("1 to %d classes are needed", "需要 1 到 %d 个班级", MaxClasses))
	}
	if p.Start <= 0 {
		wrong("/start", "required", fault.Say("it needs a time to start", "需要开始时间"))
	}
	if p.End <= p.Start {
		wrong("/end", "range", fault.Say("it must end after it starts", "结束时间应晚于开始时间"))
	}
	if len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "session.invalid", fault.Say("the session is not valid", "场次无效"), problems...)
	}
	return nil
}

func (p Plan) equal(other Plan) bool {
	return p.Title == other.Title && p.Lesson == other.Lesson && p.Teacher == other.Teacher && p.Start == other.Start && p.End == other.End &&
		slices.Equal(p.Classes, other.Classes)
}

// Start pins what is live. A session that is running already keeps the pins it has.
func (s Session) Start(pins Pins, at int64) ([]event.Event, error) {
	switch {
	case s.State == Running:
		return nil, nil
	case s.State != Waiting:
		return nil, s.past()
	case len(pins.Items) == 0:
		return nil, fault.Refuse(fault.Conflict, "session.empty", fault.Say("nothing of the lesson is live", "讲次没有已上线的内容"))
	}
	return []event.Event{Started{Pins: pins, At: at}}, nil
}

// End closes a session that is running.
func (s Session) End(at int64) ([]event.Event, error) {
	switch s.State {
	case Over:
		return nil, nil
	case Running:
		return []event.Event{Ended{At: at}}, nil
	case Off:
		return nil, s.past()
	}
	return nil, NotRunning()
}

// Cancel calls off a session that has not started.
func (s Session) Cancel(reason string, at int64) ([]event.Event, error) {
	if err := text.CheckNote("/reason", reason); err != nil {
		return nil, err
	}
	switch s.State {
	case Off:
		return nil, nil
	case Waiting:
		return []event.Event{Cancelled{Reason: reason, At: at}}, nil
	}
	return nil, s.past()
}

// Admit lets students of other classes in; those who are guests already stay.
func (s Session) Admit(students []uuid.UUID, at int64) ([]event.Event, error) {
	fresh := slices.DeleteFunc(once(students), func(student uuid.UUID) bool { return s.Guests[student] })
	switch {
	case len(fresh) == 0:
		return nil, nil
	case s.State != Waiting && s.State != Running:
		return nil, s.past()
	case len(s.Guests)+len(fresh) > MaxGuests:
		return nil, fault.Refuse(fault.Limit, "session.full", fault.Say("a session has at most %d guests", "一个场次最多 %d 名补课学生", MaxGuests))
	}
	return []event.Event{Admitted{Students: fresh, At: at}}, nil
}

// once returns the ids in their order, each once.
func once(ids []uuid.UUID) []uuid.UUID {
	seen := make(map[uuid.UUID]bool, len(ids))
	var kept []uuid.UUID
	for _, id := range ids {
		if !seen[id] {
			kept = append(kept, id)
		}
		seen[id] = true
	}
	return kept
}

// NotRunning refuses what only a session that is running allows.
func NotRunning() error {
	return fault.Refuse(fault.Conflict, "session.not_running", fault.Say("the session is not running", "场次未在进行中"))
}

// NotYours refuses a student who belongs to a session neither through a class nor as a guest.
func NotYours() error {
	return fault.Refuse(fault.Denied, "session.not_yours", fault.Say("you are in none of the classes of this session", "你不在该场次的班级中"))
}

// NotFound refuses what is no session of the scope.
func NotFound() *fault.Fault {
	return fault.Refuse(fault.NotFound, "session.not_found", fault.Say("there is no such session", "没有这个场次"))
}

// Apply folds one event. It consumes its receiver: the map goes on in the result.
func (s Session) Apply(e event.Event) Session {
	s.Revision++
	switch e := e.(type) {
	case Planned:
		s.Org, s.Environment, s.State, s.Plan, s.asOf, s.Guests = e.Org, e.Environment, Waiting, e.Plan, e.AsOf, map[uuid.UUID]bool{}
	case Replanned:
		s.Plan, s.asOf = e.Plan, e.AsOf
	case Started:
		s.State = Running
	case Ended:
		s.State = Over
	case Cancelled:
		s.State = Off
	case Admitted:
		for _, student := range e.Students {
			s.Guests[student] = true
		}
	}
	return s
}
