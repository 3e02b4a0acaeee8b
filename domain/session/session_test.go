package session_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/roster"
	"qbank/domain/session"
)

// now is the deciding node's clock.
const now = 1_700_000_000_000_000

var (
	lesson, teacher = uuid.New(), uuid.New()
	classA, classB  = uuid.New(), uuid.New()
	pins            = session.Pins{Org: "acme", Version: 3, Release: uuid.New(), Items: []session.Pin{{Slot: "a", Question: uuid.New(), Version: 2}}}
)

func plan() session.Plan {
	return session.Plan{Lesson: lesson, Teacher: teacher, Classes: []uuid.UUID{classA}, Start: now + 10, End: now + 100}
}

func planned() session.Planned {
	return session.Planned{Org: "acme", Environment: "prod", Code: "s1", Plan: plan(), AsOf: roster.AsOf{At: now}}
}

func given(events ...event.Event) (s session.Session) {
	for _, e := range events {
		s = s.Apply(e)
	}
	return s
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	waiting := given(planned())
	running := given(planned(), session.Started{Pins: pins, At: now})
	over := given(planned(), session.Started{Pins: pins, At: now}, session.Ended{At: now})
	off := given(planned(), session.Cancelled{At: now})
	other := plan()
	other.Classes = []uuid.UUID{classB, classA, classB}
	guests := []uuid.UUID{uuid.New()}
	keep := func(s session.Session, p session.Plan, of int64) func() ([]event.Event, error) {
		return func() ([]event.Event, error) {
			asOf := roster.AsOf{At: of}
			return s.Keep("acme", "prod", "s1", p, asOf, now)
		}
	}
	late := plan()
	late.Start, late.End = now-20, now
	bad := func(change func(*session.Plan)) session.Plan {
		p := plan()
		change(&p)
		return p
	}
	for name, try := range map[string]struct {
		do   func() ([]event.Event, error)
		want string // name of the event, "" for none, or code of the refusal
	}{
		"planned":                  {keep(session.Session{}, plan(), 0), "session.planned"},
		"planned again":            {keep(waiting, plan(), 0), ""},
		"planned anew":             {keep(waiting, other, 0), "session.replanned"},
		"planned anew, too late":   {keep(waiting, other, now-1), "roster.stale"},
		"planned for the past":     {keep(session.Session{}, late, 0), "session.past"},
		"planned when running":     {keep(running, other, 0), "session.started"},
		"confirmed when running":   {keep(running, plan(), now+1), ""},
		"planned when over":        {keep(over, other, 0), "session.ended"},
		"planned when off":         {keep(off, other, 0), "session.cancelled"},
		"without a lesson":         {keep(waiting, bad(func(p *session.Plan) { p.Lesson = uuid.Nil }), 0), "session.invalid"},
		"without a teacher":        {keep(waiting, bad(func(p *session.Plan) { p.Teacher = uuid.Nil }), 0), "session.invalid"},
		"without a class":          {keep(waiting, bad(func(p *session.Plan) { p.Classes = nil }), 0), "session.invalid"},
		"without a start":          {keep(waiting, bad(func(p *session.Plan) { p.Start = 0 }), 0), "session.invalid"},
		"ended before it begins":   {keep(waiting, bad(func(p *session.Plan) { p.End = p.Start }), 0), "session.invalid"},
		"started":                  {func() ([]event.Event, error) { return waiting.Start(pins, now) }, "session.started"},
		"started with nothing":     {func() ([]event.Event, error) { return waiting.Start(session.Pins{}, now) }, "session.empty"},
		"started again":            {func() ([]event.Event, error) { return running.Start(session.Pins{}, now) }, ""},
		"started when over":        {func() ([]event.Event, error) { return over.Start(pins, now) }, "session.ended"},
		"started when off":         {func() ([]event.Event, error) { return off.Start(pins, now) }, "session.cancelled"},
		"ended":                    {func() ([]event.Event, error) { return running.End(now) }, "session.ended"},
		"ended again":              {func() ([]event.Event, error) { return over.End(now) }, ""},
		"ended before its start":   {func() ([]event.Event, error) { return waiting.End(now) }, "session.not_running"},
		"ended when off":           {func() ([]event.Event, error) { return off.End(now) }, "session.cancelled"},
		"cancelled":                {func() ([]event.Event, error) { return waiting.Cancel("snow", now) }, "session.cancelled"},
		"cancelled again":          {func() ([]event.Event, error) { return off.Cancel("snow", now) }, ""},
		"cancelled when running":   {func() ([]event.Event, error) { return running.Cancel("snow", now) }, "session.started"},
		"cancelled, oddly":         {func() ([]event.Event, error) { return waiting.Cancel("\x00", now) }, "note.invalid"},
		"admitted":                 {func() ([]event.Event, error) { return running.Admit(guests, now) }, "session.admitted"},
		"admitted nobody":          {func() ([]event.Event, error) { return over.Admit(nil, now) }, ""},
		"admitted when over":       {func() ([]event.Event, error) { return over.Admit(guests, now) }, "session.ended"},
		"admitted more than a few": {func() ([]event.Event, error) { return waiting.Admit(crowd(), now) }, "session.full"},
	} {
		events, err := try.do()
		got := ""
		switch {
		case err != nil:
			got = fault.Of(err).Code
		case len(events) > 0:
			got = events[0].Name()
		}
		if got != try.want || err != nil && events != nil {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, try.want)
		}
	}
}

func crowd() []uuid.UUID {
	list := make([]uuid.UUID, session.MaxGuests+1)
	for i := range list {
		list[i] = uuid.New()
	}
	return list
}

func TestAttendance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state   session.State
		belongs bool
		want    string
	}{
		{session.Running, true, ""}, {session.Waiting, true, "session.not_running"}, {session.Over, true, "session.not_running"},
		{session.Off, true, "session.not_running"}, {session.Running, false, "session.not_yours"}, {session.Over, false, "session.not_yours"},
	} {
		err := session.Attendance{State: c.state, Belongs: c.belongs}.Open()
		if f := fault.Of(err); (f == nil) != (c.want == "") || f != nil && f.Code != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Whatever is asked of a session: it goes one way, it pins once, and what is in the log is the state.
func TestAnyCommandsKeepTheLaws(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(session.Events)
	rapid.Check(t, func(t *rapid.T) {
		s, again := given(planned()), given(planned())
		states := []session.State{s.State}
		starts, guests := 0, map[uuid.UUID]bool{}
		people := []uuid.UUID{uuid.New(), uuid.New(), uuid.New()}
		does := func(decide func() ([]event.Event, error)) bool {
			events, err := decide()
			if err != nil {
				if fault.Of(err) == nil || events != nil {
					t.Fatalf("%v with %v", err, events)
				}
				return false
			}
			for _, e := range events {
				name, version, data, err := codec.Encode(e)
				if err != nil {
					t.Fatal(err)
				}
				read, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				s, again = s.Apply(e), again.Apply(read)
				if _, is := e.(session.Started); is {
					starts++
				}
				if s.State != states[len(states)-1] {
					states = append(states, s.State)
				}
			}
			if events, err := decide(); err != nil || len(events) > 0 {
				t.Fatalf("done twice: %v, %v", events, err)
			}
			return true
		}
		t.Repeat(map[string]func(*rapid.T){
			"keep": func(t *rapid.T) {
				p := plan()
				p.Title = rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "title")
				does(func() ([]event.Event, error) { return s.Keep("acme", "prod", "s1", p, roster.AsOf{}, now) })
			},
			"start":  func(*rapid.T) { does(func() ([]event.Event, error) { return s.Start(pins, now) }) },
			"end":    func(*rapid.T) { does(func() ([]event.Event, error) { return s.End(now) }) },
			"cancel": func(*rapid.T) { does(func() ([]event.Event, error) { return s.Cancel("", now) }) },
			"admit": func(t *rapid.T) {
				who := rapid.SampledFrom(people).Draw(t, "guest")
				if does(func() ([]event.Event, error) { return s.Admit([]uuid.UUID{who, who}, now) }) {
					guests[who] = true
				}
			},
			"": func(t *rapid.T) {
				if !reflect.DeepEqual(s, again) || !reflect.DeepEqual(s.Guests, guests) || starts > 1 {
					t.Fatalf("%+v, read again %+v; guests %v, %d starts", s, again, guests, starts)
				}
				for _, way := range [][]session.State{{session.Waiting, session.Running, session.Over}, {session.Waiting, session.Off}} {
					if len(states) <= len(way) && slices.Equal(states, way[:len(states)]) {
						return
					}
				}
				t.Fatalf("it went %v", states)
			},
		})
	})
}

func TestIDsAreMadeOfWhatTheOrganisationKnows(t *testing.T) {
	t.Parallel()
	id := session.IDOf("acme", "prod", "s1")
	if id != session.IDOf("acme", "prod", "s1") || id == session.IDOf("acme", "test", "s1") || id == session.IDOf("other", "prod", "s1") || id == session.IDOf("acme", "prod", "s2") {
		t.Error("a session is not told by organisation, environment and code")
	}
}
