package commands_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/domain/session"
)

// inLane is somebody of an organisation in an environment.
func inLane(env string, role access.Role, id string) access.Actor {
	return access.Actor{ID: id, Roles: []access.Role{role}, Scope: access.Scope{Org: "acme", Environment: env}}
}

// tree keeps a line, a term, a course with a lesson, and two classes with a student each.
func (h house) tree(lesson uuid.UUID) {
	h.Helper()
	h.do(commands.KeepNode{Kind: roster.Line, Code: "k12", Title: "K12"})
	h.do(commands.KeepNode{Kind: roster.Term, Code: "2026a", Title: "Autumn", Parent: "k12"})
	h.do(commands.KeepNode{Kind: roster.Course, Code: "m7", Title: "Maths", Parent: "2026a"})
	h.do(commands.KeepNode{Kind: roster.Lesson, Code: "m7-1", Title: "Sums", Parent: "m7", Lesson: lesson})
	for _, code := range []string{"7a", "7b"} {
		h.do(commands.KeepClass{Code: code, Title: code, Course: "m7", Teachers: []commands.Person{{Number: "t1", Name: "Li"}}, Students: []commands.Person{{Number: "of " + code}}})
	}
}

func TestTheTreeRefersToWhatIsThere(t *testing.T) {
	t.Parallel()
	h := open(t)
	lesson := h.do(commands.CreateLesson{Plan: plan()}).ID
	h.tree(lesson)
	head := h.head()
	h.tree(lesson)
	if h.head() != head {
		t.Errorf("feeding it again wrote %d events", h.head()-head)
	}
	for place, c := range map[string]commands.Command{
		"/line":      commands.KeepNode{Kind: roster.Term, Code: "x", Title: "x", Parent: "nowhere"},
		"/term":      commands.KeepNode{Kind: roster.Course, Code: "x", Title: "x", Parent: "m7"}, // a course
		"/course":    commands.KeepNode{Kind: roster.Lesson, Code: "x", Title: "x", Parent: "2026a"},
		"/parent":    commands.KeepNode{Kind: roster.Line, Code: "x", Title: "x", Parent: "k12"},
		"/lesson_id": commands.KeepNode{Kind: roster.Lesson, Code: "x", Title: "x", Parent: "m7", Lesson: uuid.New()},
		"/class":     commands.JoinClass{Code: "nowhere", Students: []commands.Person{{Number: "1"}}},
		"/from":      commands.TransferStudents{From: "nowhere", To: "7a", Students: []string{"1"}},
		"/to":        commands.TransferStudents{From: "7a", To: "nowhere", Students: []string{"1"}},
	} {
		if f := h.refused(admin, c, "roster.unknown"); f.Problems[0].Pointer != place {
			t.Errorf("%T: at %s, want %s", c, f.Problems[0].Pointer, place)
		}
	}
	h.refused(admin, commands.KeepClass{Code: "x", Title: "x", Course: "2026a"}, "roster.unknown")
	h.refused(admin, commands.KeepNode{Kind: roster.Lesson, Code: "x", Title: "x", Parent: "m7", Lesson: h.created("2+2?").ID}, "roster.unknown") // a question
	h.refused(stranger, commands.KeepNode{Kind: roster.Term, Code: "x", Title: "x", Parent: "k12"}, "roster.unknown")
	h.refused(stranger, commands.KeepNode{Kind: roster.Line, Code: "x", Title: ""}, "roster.invalid")
	h.refused(admin, commands.TransferStudents{From: "7a", To: "7a", Students: []string{"1"}}, "class.same")
	h.refused(admin, commands.TransferStudents{From: "7a", To: "7b", Students: []string{"nobody"}}, "class.not_a_member")
}

func (h house) class(code string) roster.Class {
	h.Helper()
	recorded, err := h.Store.ReadStreams(h.Context(), []uuid.UUID{roster.ClassID("acme", code)})
	if err != nil {
		h.Fatal(err)
	}
	var c roster.Class
	for _, r := range recorded[roster.ClassID("acme", code)] {
		e, err := h.Commands.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			h.Fatal(err)
		}
		c = c.Apply(e)
	}
	return c
}

func TestStudentsAreTransferred(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.tree(uuid.Nil)
	move := commands.TransferStudents{From: "7a", To: "7b", Students: []string{"of 7a"}}
	done := h.do(move)
	who := roster.PersonID("acme", "of 7a")
	if h.class("7a").Members[who].In || !h.class("7b").Members[who].In || done.ID != roster.ClassID("acme", "7b") {
		t.Errorf("%+v: %+v, %+v", done, h.class("7a").Members, h.class("7b").Members)
	}
	head := h.head()
	if again := h.do(move); again.Position != 0 || h.head() != head {
		t.Errorf("again: %+v", again)
	}
	// What another system says of earlier is stale; of later, it holds, in whichever order it comes.
	now := time.Now().UnixMicro()
	h.refused(admin, commands.TransferStudents{From: "7b", To: "7a", Students: []string{"of 7a"}, AsOf: roster.AsOf{At: 1}}, "roster.stale")
	h.do(commands.TransferStudents{From: "7a", To: "7b", Students: []string{"of 7b"}, AsOf: roster.AsOf{At: now + 20}})
	h.do(commands.TransferStudents{From: "7b", To: "7a", Students: []string{"of 7b"}, AsOf: roster.AsOf{At: now + 30}})
	h.refused(admin, commands.TransferStudents{From: "7a", To: "7b", Students: []string{"of 7b"}, AsOf: roster.AsOf{At: now + 25}}, "roster.stale")
	who = roster.PersonID("acme", "of 7b")
	if !h.class("7a").Members[who].In || h.class("7b").Members[who].In {
		t.Errorf("%+v, %+v", h.class("7a").Members, h.class("7b").Members)
	}
}

// teach makes a house that keeps its read models, with a lesson that is live in prod and a session of it planned.
func teach(t *testing.T) (h house, lesson, running uuid.UUID) {
	t.Helper()
	h = open(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = h.Stack.Run(ctx) }() // ends by its context
	t.Cleanup(func() { stop(); <-ended })
	lesson = h.do(commands.CreateLesson{Plan: plan(h.published("2+2?"))}).ID
	h.do(commands.PublishLesson{Lesson: lesson, Revision: 1})
	h.do(commands.ReleaseLesson{Environment: "prod", Lesson: lesson})
	h.tree(lesson)
	start := time.Now().UnixMicro()
	done, err := h.Commands.Do(t.Context(), inLane("prod", access.Admin, "u-admin"), commands.PlanSession{Code: "s1", LessonOf: "m7-1",
		Teacher: commands.Person{Number: "t1"}, Classes: []string{"7a"}, Start: start, End: start + 3_600_000_000})
	if err != nil {
		t.Fatal(err)
	}
	h.settle()
	return h, lesson, done.ID
}

// settle waits until the read models have caught up.
func (h house) settle() {
	h.Helper()
	for _, model := range []string{"delivery", "roster"} {
		if err := h.Engine.Wait(h.Context(), model, h.head()); err != nil {
			h.Fatal(err)
		}
	}
	time.Sleep(210 * time.Millisecond) // a snapshot of what is live is trusted that long
}

func (h house) attempts(student string, lesson, running uuid.UUID) (a attempt.Attempt, err error) {
	h.Helper()
	_, err = h.Commands.Do(h.Context(), inLane("prod", access.Student, roster.PersonID("acme", student).String()),
		commands.StartAttempt{Lesson: lesson, Session: running, See: func(seen attempt.Attempt) error { a = seen; return nil }})
	return a, err
}

func TestASessionPinsAtItsStart(t *testing.T) {
	t.Parallel()
	h, lesson, s := teach(t)
	teacher := inLane("prod", access.Teacher, "u-teacher")
	run := func(c commands.Command) commands.Done {
		t.Helper()
		done, err := h.Commands.Do(t.Context(), teacher, c)
		if err != nil {
			t.Fatalf("%T: %v", c, err)
		}
		return done
	}
	says := func(err error, code string) {
		t.Helper()
		if !fault.Is(err, code) {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	_, err := h.attempts("of 7a", lesson, s)
	says(err, "session.not_running")
	run(commands.StartSession{Session: s})
	if again := run(commands.StartSession{Session: s}); again.Position != 0 {
		t.Errorf("started again: %+v", again)
	}
	h.settle()
	early, err := h.attempts("of 7a", lesson, s)
	if err != nil || early.Session != s || early.Items[0].Reason != release.Session || early.Items[0].Version != 1 || early.Started.ID() == (attempt.Started{
		Environment: "prod", Lesson: lesson, Student: early.Student, Number: 1}).ID() {
		t.Fatalf("%+v, %v", early.Started, err)
	}
	// An erratum goes live, the lesson is rolled back, and yet whoever joins late gets what the class has.
	h.edit(early.Items[0].Question, "2 + 2?")
	h.publish(early.Items[0].Question, "erratum")
	h.do(commands.ReleaseLesson{Environment: "prod", Lesson: lesson})
	h.do(commands.JoinClass{Code: "7a", Students: []commands.Person{{Number: "late"}}})
	h.settle()
	outside, err := h.attempts("late", lesson, uuid.Nil)
	if err != nil || outside.Items[0].Version != 2 || outside.Session != uuid.Nil || outside.Items[0].Reason != release.Whole {
		t.Fatalf("%+v, %v", outside.Started, err)
	}
	h.do(commands.WithdrawLesson{Environment: "prod", Lesson: lesson, Reason: "rolled back"})
	h.settle()
	late, err := h.attempts("late", lesson, s)
	if err != nil || late.Items[0].Version != 1 || late.Release != early.Release || late.Number != 1 || late.Org != early.Org || late.Snapshot != early.Snapshot {
		t.Fatalf("%+v, %v", late.Started, err)
	}
	// A make-up class: another class's student, who stays in the own class.
	_, err = h.attempts("of 7b", lesson, s)
	says(err, "session.not_yours")
	run(commands.AdmitGuests{Session: s, Students: []string{"of 7b"}})
	h.settle()
	guest, err := h.attempts("of 7b", lesson, s)
	if err != nil || len(guest.Classes) != 1 || guest.Classes[0] != roster.ClassID("acme", "7b") || !h.class("7b").Members[roster.PersonID("acme", "of 7b")].In {
		t.Errorf("%+v, %v", guest.Started, err)
	}
	_, err = h.attempts("of 7a", uuid.New(), s)
	if err != nil {
		t.Errorf("an attempt that is under way is found by its session: %v", err)
	}
	_, err = h.attempts("nobody", lesson, s)
	says(err, "session.not_yours")
	run(commands.EndSession{Session: s})
	h.do(commands.JoinClass{Code: "7a", Students: []commands.Person{{Number: "too late"}}})
	h.settle()
	_, err = h.attempts("too late", lesson, s)
	says(err, "session.not_running")
	if resumed, err := h.attempts("late", lesson, s); err != nil || resumed.Started.ID() != late.Started.ID() {
		t.Errorf("what was begun cannot be finished: %v", err)
	}
}

func TestASessionIsOfItsEnvironmentAndOrganisation(t *testing.T) {
	t.Parallel()
	h, lesson, s := teach(t)
	other := inLane("test", access.Admin, "u-admin")
	theirs := stranger
	theirs.Scope.Environment = "prod"
	for _, actor := range []access.Actor{other, theirs, admin} {
		for _, c := range []func(uuid.UUID) commands.Command{
			func(id uuid.UUID) commands.Command { return commands.StartSession{Session: id} },
			func(id uuid.UUID) commands.Command { return commands.EndSession{Session: id} },
			func(id uuid.UUID) commands.Command { return commands.CancelSession{Session: id} },
			func(id uuid.UUID) commands.Command { return commands.AdmitGuests{Session: id, Students: []string{"1"}} },
		} {
			f, never := h.refused(actor, c(s), "session.not_found"), h.refused(actor, c(uuid.New()), "session.not_found")
			if f.Error() != never.Error() {
				t.Errorf("%T: %v, what never was %v", c(s), f, never)
			}
		}
	}
	start := time.Now().UnixMicro()
	again := commands.PlanSession{Code: "s1", Lesson: lesson, Teacher: commands.Person{Number: "t1"}, Classes: []string{"7a"}, Start: start, End: start + 1_000_000_000}
	h.refused(admin, again, "access.no_environment")
	done, err := h.Commands.Do(t.Context(), other, again)
	if err != nil || done.ID == s || done.ID != session.IDOf("acme", "test", "s1") {
		t.Errorf("the same code in another environment: %+v, %v", done, err)
	}
	h.refused(theirs, again, "roster.unknown")
	h.refused(other, commands.StartSession{Session: done.ID}, "lesson.not_live") // it is live in prod only
	for code, c := range map[string]commands.PlanSession{
		"roster.unknown":    {Code: "x", LessonOf: "nowhere", Teacher: commands.Person{Number: "t1"}, Classes: []string{"7a"}, Start: start, End: start + 9e9},
		"session.invalid":   {Code: "x", Lesson: lesson, Teacher: commands.Person{Number: "t1"}, Start: start, End: start + 9e9},
		"student.invalid":   {Code: "x", Lesson: lesson, Classes: []string{"7a"}, Start: start, End: start + 9e9},
		"session.past":      {Code: "x", Lesson: lesson, Teacher: commands.Person{Number: "t1"}, Classes: []string{"7a"}, Start: 1, End: 2},
		"session.classes":   {Code: "x", Lesson: lesson, Teacher: commands.Person{Number: "t1"}, Classes: make([]string, session.MaxClasses+1), Start: start, End: start + 9e9},
		"session.no_lesson": {Code: "x", LessonOf: "m7-2", Teacher: commands.Person{Number: "t1"}, Classes: []string{"7a"}, Start: start, End: start + 9e9},
	} {
		if code == "session.no_lesson" {
			h.do(commands.KeepNode{Kind: roster.Lesson, Code: "m7-2", Title: "Later", Parent: "m7"})
		}
		h.refused(other, c, code)
	}
	for role, may := range map[access.Role]bool{access.Teacher: true, access.Tutor: true, access.Admin: true, access.Author: false, access.Student: false, access.Releaser: false} {
		_, err := h.Commands.Do(t.Context(), inLane("prod", role, fmt.Sprint("u-", role)), commands.StartSession{Session: s})
		if (err == nil) != may {
			t.Errorf("%s: %v", role, err)
		}
	}
}
