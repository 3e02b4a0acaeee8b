package delivery_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/domain/session"
	"qbank/domain/targeting"
	"qbank/eventstore"
	"qbank/internal/stack"
)

// corrected is the scene with another version of its lesson that is not released yet: its first question is asked in other words.
func corrected(t testing.TB) *scene {
	s := newScene(t)
	s.revise()
	return s
}

// revise publishes another version of the first question, and of the lesson with it.
func (s *scene) revise() {
	s.t.Helper()
	s.correct(s.first, choice("What is 2+2?", "b"), question.Revision)
	s.do(releaser, commands.PublishLesson{Lesson: s.lesson, Revision: commands.Anything})
}

// gray freezes the lesson as it would go live now.
func (s *scene) gray(change ...func(*commands.PlanRelease)) release.ID {
	s.t.Helper()
	c := commands.PlanRelease{Title: "Better words", Lessons: []commands.PlannedLesson{{Lesson: s.lesson}}, Steps: []release.Step{{Weight: 0}, {Weight: 100}}}
	for _, f := range change {
		f(&c)
	}
	return s.do(releaser, c).ID
}

func (s *scene) step(c commands.Command) {
	s.t.Helper()
	s.wait(s.do(releaser, c))
	time.Sleep(250 * time.Millisecond) // snapshots are trusted for a while
}

// version is which version of the first question a student's manifest has.
func (s *scene) version(c client) int {
	c.t.Helper()
	return decode[manifest](c.get(manifestPath(s.lesson)).is(200)).Items[0].Version
}

func TestARuleLetsInBeforeTheShare(t *testing.T) {
	t.Parallel()
	s := corrected(t)
	id := s.gray(func(c *commands.PlanRelease) {
		c.Rules = []targeting.Clause{{Students: []string{"eve"}, Out: true}, {Students: []string{"ann"}}, {When: `platform == "ios" && app_version.atLeast("5.9")`}}
	})
	ann, bo, eve := s.student("ann"), s.student("bo"), s.student("eve")
	phone := bo.with("Qbank-Platform", "ios", "Qbank-App-Version", "5.10.1")
	begun := bo.start(s.lesson)
	before := ann.get(manifestPath(s.lesson)).is(200)
	s.step(commands.StartRelease{Release: id, Revision: 1})
	for name, c := range map[string]struct {
		client
		want int
	}{
		"ann is named": {ann, 2}, "bo is not": {bo, 1}, "a phone": {phone, 2}, "an old phone": {bo.with("Qbank-Platform", "ios", "Qbank-App-Version", "5.8"), 1},
		"eve is kept out": {eve.with("Qbank-Platform", "ios", "Qbank-App-Version", "6"), 1}, "an odd phone": {bo.with("Qbank-Platform", "i os", "Qbank-App-Version", "6"), 1},
	} {
		if got := s.version(c.client); got != c.want {
			t.Errorf("%s: version %d, want %d", name, got, c.want)
		}
	}
	after := ann.get(manifestPath(s.lesson)).is(200)
	if string(before.body) == string(after.body) || before.header.Get("ETag") == after.header.Get("ETag") {
		t.Error("the candidate has the baseline's manifest")
	}
	if phone.get(manifestPath(s.lesson)).header.Get("ETag") != after.header.Get("ETag") || string(bo.get(manifestPath(s.lesson)).body) != string(before.body) {
		t.Error("those who get the same versions have different manifests")
	}
	ann.with("If-None-Match", after.header.Get("ETag")).get(manifestPath(s.lesson)).is(304)

	// What was begun stays; what begins now is pinned with its reason.
	if again := phone.start(s.lesson); again.ID != begun.ID || again.Items[0].Version != 1 {
		t.Errorf("an open attempt was moved: %+v", again.Items[0])
	}
	started := s.started(ann.start(s.lesson))
	if started.Release != id || started.Items[0].Version != 2 || started.Items[0].Reason != release.Candidate || started.Items[0].By != uuid.Nil {
		t.Errorf("pinned %+v", started)
	}
	if started := s.started(eve.start(s.lesson)); started.Release == id || started.Items[0].Version != 1 || started.Items[0].Reason != release.Baseline {
		t.Errorf("pinned %+v", started)
	}

	s.step(commands.RollBackRelease{Release: id, Revision: 2, Reason: "broken"})
	if got := s.version(ann); got != 1 {
		t.Errorf("after it was rolled back: version %d", got)
	}
	if again := ann.start(s.lesson); again.Items[0].Version != 2 {
		t.Error("an open attempt was moved by rolling back")
	}
	if started := s.started(s.student("cy").start(s.lesson)); started.Items[0].Reason != release.Whole {
		t.Errorf("pinned %+v", started)
	}
}

// started is how an attempt began.
func (s *scene) started(a delivery.Attempt) attempt.Started {
	s.t.Helper()
	var data []byte
	if err := s.Pool.QueryRow(context.Background(), `select data from events where stream_id = $1 and version = 1`, a.ID).Scan(&data); err != nil {
		s.t.Fatal(err)
	}
	e, err := s.Commands.Codec.Decode("attempt.started", 1, data)
	if err != nil {
		s.t.Fatal(err)
	}
	return e.(attempt.Started)
}

// The share that is in is that of the split; widening takes nobody out; completed, it is everybody's, and other environments never hear of it.
func TestAReleaseGrows(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.releaseTo("prod", s.lesson)
	s.revise()
	id := s.gray()
	s.step(commands.StartRelease{Release: id, Revision: 1})
	ask := func(n int) int {
		r, err := s.Commands.Resolve(t.Context(), as(fmt.Sprint("student-", n), access.Student), commands.Ask{Lesson: s.lesson})
		if err != nil {
			t.Fatal(err)
		}
		return r.Places[0].Version
	}
	const students = 2000
	before, counts := make([]int, students), []int{}
	revision := 2
	for _, weight := range []int{0, 20, 60, 100} {
		if weight > 0 {
			s.step(commands.WidenRelease{Release: id, Revision: revision, Weight: weight, Reason: "more"})
			revision++
		}
		in := 0
		for n := range students {
			now := ask(n)
			if now < before[n] {
				t.Fatalf("student %d fell out at %d", n, weight)
			}
			before[n], in = now, in+now-1
		}
		counts = append(counts, in)
	}
	if counts[0] != 0 || counts[1] < 300 || counts[1] > 500 || counts[2] < 1090 || counts[2] > 1310 || counts[3] != students {
		t.Errorf("in were %v of %d", counts, students)
	}
	s.step(commands.CompleteRelease{Release: id, Revision: revision})
	r, err := s.Commands.Resolve(t.Context(), as("anybody", access.Student), commands.Ask{Lesson: s.lesson})
	if err != nil || r.Release != id || r.Places[0].Version != 2 || r.Reason != release.Whole {
		t.Errorf("got %+v, %v", r, err)
	}
	elsewhere := as("anybody", access.Student)
	elsewhere.Scope.Environment = "prod"
	if r, err := s.Commands.Resolve(t.Context(), elsewhere, commands.Ask{Lesson: s.lesson}); err != nil || r.Places[0].Version != 1 || r.Reason != release.Whole {
		t.Errorf("another environment gets %+v, %v", r, err)
	}
}

// While a release is frozen, whoever got it is in, whatever the rules would say now, and nobody else.
func TestFrozenMeansNoOneInAndNoOneOut(t *testing.T) {
	t.Parallel()
	s := corrected(t)
	id := s.gray(func(c *commands.PlanRelease) { c.Rules = []targeting.Clause{{When: `platform == "ios"`}} })
	ann, bo, cy, dee := s.student("ann"), s.student("bo"), s.student("cy"), s.student("dee")
	phone := func(c client) client { return c.with("Qbank-Platform", "ios", "Qbank-App-Version", "7.1") }
	s.step(commands.StartRelease{Release: id, Revision: 1})
	begun := phone(ann).start(s.lesson)
	// Somebody looks at what dee would get, who never came with a phone for it.
	phone(dee).get("/v1/config")
	looked := s.eyes(s.lends(support, "dee", false))
	for name, c := range map[string]client{"bo": phone(bo), "who looks through dee's eyes": looked} {
		if got := s.version(c); got != 2 {
			t.Fatalf("%s: version %d", name, got)
		}
	}
	s.step(commands.FreezeRelease{Release: id, Revision: 2, Reason: "stand still"})
	if got := s.version(bo); got != 2 {
		t.Errorf("bo, whom it was served a moment ago: version %d", got)
	}
	time.Sleep(stack.Settles + stack.Trusted)
	other := startNode(t, s.Pool, nil)
	there := func(c client) client { return client{n: other, t: t, token: c.token} }
	for name, c := range map[string]struct {
		client
		want int
	}{
		"ann began": {ann, 2}, "ann with a phone": {phone(ann), 2}, "on another node": {there(ann), 2},
		"bo loaded it": {bo, 2}, "bo with a phone": {phone(bo), 2}, "bo on another node": {there(bo), 2},
		"cy never had it": {cy, 1}, "cy with a phone": {phone(cy), 1}, "cy on another node": {phone(there(cy)), 1},
		"dee was only looked at": {phone(dee), 1},
	} {
		if got := s.version(c.client); got != c.want {
			t.Errorf("%s: version %d, want %d", name, got, c.want)
		}
	}
	named := as("cy", access.Student)
	named.Device.Platform = "ios"
	if _, why, err := s.Commands.Why(t.Context(), named, commands.Ask{Lesson: s.lesson}); err != nil || why.In || why.Cause != release.ByFreeze {
		t.Errorf("cy is named by a rule: %+v, %v", why, err)
	}
	for environment, want := range map[string]bool{env: true, "prod": false} {
		if got, err := s.Commands.Live.Got(t.Context(), environment, id, roster.PersonOf("bo")); err != nil || got != want {
			t.Errorf("bo got it in %s: %t, %v", environment, got, err)
		}
	}
	if late := s.started(bo.start(s.lesson)); late.Release != id || late.Items[0].Version != 2 || late.Items[0].Reason != release.Candidate {
		t.Errorf("who loaded it begins with %+v", late)
	}
	ann.finish(begun.ID).is(200)
	if again := ann.start(s.lesson); again.Number != 2 || again.Items[0].Version != 2 {
		t.Errorf("the next attempt of a member: %+v", again)
	}
	s.step(commands.ThawRelease{Release: id, Revision: 3})
	if s.version(ann) != 1 || s.version(bo) != 1 || s.version(phone(cy)) != 2 {
		t.Error("thawed, the rules decide again")
	}
}

// Between the two streams of a release lies a moment: what students get does not depend on it.
func TestBetweenTheTwoStreams(t *testing.T) {
	t.Parallel()
	s := corrected(t)
	id := s.gray(func(c *commands.PlanRelease) { c.Steps = nil })
	opened := environment.Opened{Release: id, Environment: env, Lessons: []environment.Entry{{Lesson: s.lesson, Org: school}}}
	s.append(environment.Name(env).Stream(), opened)
	wang := s.student("wang")
	if got := s.version(wang); got != 1 {
		t.Errorf("it has its lessons and has not started: version %d", got)
	}
	s.append(id, release.Started{Weight: 100})
	if got := s.version(wang); got != 2 {
		t.Errorf("started: version %d", got)
	}
	s.append(id, release.Finished{})
	if got := s.version(wang); got != 2 {
		t.Errorf("completed, not yet the baseline: version %d", got)
	}
	s.step(commands.CompleteRelease{Release: id, Revision: 3})
	if got := s.version(wang); got != 2 {
		t.Errorf("completed: version %d", got)
	}
}

// append stores an event at the end of a stream, as a command does that is interrupted before its next one.
func (s *scene) append(stream uuid.UUID, e event.Event) {
	s.t.Helper()
	name, version, data, err := s.Commands.Codec.Encode(e)
	if err != nil {
		s.t.Fatal(err)
	}
	outcomes, err := s.Store.Append(context.Background(), eventstore.Append{Stream: stream, Expected: s.revision(stream),
		Events: []eventstore.Event{{ID: uuid.New(), Type: name, SchemaVersion: version, Data: data, Meta: []byte(`{}`)}}})
	if err != nil || outcomes[0].Err != nil {
		s.t.Fatal(err, outcomes)
	}
	s.wait(commands.Done{Position: outcomes[0].Position})
	time.Sleep(250 * time.Millisecond)
}

// A new lesson goes live for some: for the others it is not there.
func TestWithoutABaselineOthersSeeNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.step(commands.WithdrawLesson{Environment: env, Lesson: s.lesson})
	id := s.gray(func(c *commands.PlanRelease) { c.Rules = []targeting.Clause{{Students: []string{"ann"}}} })
	s.step(commands.StartRelease{Release: id, Revision: 1})
	s.student("ann").get(manifestPath(s.lesson)).is(200)
	s.student("bo").get(manifestPath(s.lesson)).refused(404, "lesson.not_live")
	s.student("bo").post("/v1/attempts", map[string]any{"lesson": s.lesson}).refused(404, "lesson.not_live")
}

// A class is named by a rule: who is in it is the roster's to say.
func TestAClassIsIn(t *testing.T) {
	t.Parallel()
	s := corrected(t)
	keeper := as("keeper", access.Admin)
	kept := s.do(keeper, commands.KeepClass{Code: "7b", Title: "Seven B", Students: []commands.Person{{Number: "1"}}})
	if err := s.Engine.Wait(t.Context(), "roster", kept.Position); err != nil {
		t.Fatal(err)
	}
	id := s.gray(func(c *commands.PlanRelease) {
		c.Rules = []targeting.Clause{{Classes: []string{roster.ClassID(school, "7b").String()}}}
	})
	s.step(commands.StartRelease{Release: id, Revision: 1})
	member := roster.PersonID(school, "1").String()
	s.eventually(func() bool { return s.version(s.student(member)) == 2 })
	if got := s.version(s.student("someone else")); got != 1 {
		t.Errorf("version %d", got)
	}
	s.do(keeper, commands.LeaveClass{Code: "7b", Students: []string{"1"}})
	s.eventually(func() bool { return s.version(s.student(member)) == 1 })
}

// unasked is what no test of the order of reasons asks for.
type unasked = commands.InForce

// force is takedowns and reissues of a test's own.
type force struct {
	unasked
	question uuid.UUID
	down     map[int]bool
	reissued map[string]int // by student
	id       uuid.UUID
}

func (f *force) InForce(_ context.Context, name string) (commands.InForce, error) {
	if name != env {
		return nil, nil
	}
	return f, nil
}
func (f *force) Touches(q uuid.UUID) bool { return q == f.question }
func (*force) Roster() bool               { return false }
func (*force) Since(uuid.UUID) int64      { return 1 }
func (f *force) Down(q uuid.UUID, version int) (uuid.UUID, bool) {
	return f.id, q == f.question && f.down[version]
}
func (f *force) Reissued(p release.Place, who *targeting.Context) (int, uuid.UUID, bool) {
	version, known := f.reissued[who.Student]
	return version, f.id, known && p.Question == f.question
}

// pinned is class sessions of a test's own, which everybody attends.
type pinned map[uuid.UUID]*commands.LiveSet

func (p pinned) Attends(_ context.Context, _ access.Scope, id uuid.UUID, _ string) (session.Attendance, error) {
	return session.Attendance{Lesson: p[id].Lesson, State: session.Running, Belongs: true}, nil
}

func (p pinned) Pinned(_ context.Context, _ access.Scope, id, _ uuid.UUID) (*commands.Resolved, error) {
	set := p[id]
	pins := &session.Pins{Org: set.Org, Version: set.Version, Release: set.Release, Plan: set.Plan}
	for i, place := range set.Places {
		item := set.Plan.Items[i]
		pins.Items = append(pins.Items, session.Pin{Slot: item.Slot, Question: item.Question, Version: place.Version, Type: place.Type, Public: place.Public})
	}
	return commands.ResolvePins(pins, id, set.Lesson, 0), nil
}

// The order is: what is taken down nowhere; the answered version; a reissue; the session's pins; the release; its baseline.
func TestTheOrderOfReasons(t *testing.T) {
	t.Parallel()
	s := corrected(t) // version 2 of the first question; version 1 is live
	s.correct(s.first, choice("2 and 2?", "b"), question.Revision)
	class, by := uuid.New(), uuid.New()
	overrides := &force{question: s.first, down: map[int]bool{}, reissued: map[string]int{}, id: by}
	frozen := func(version int) []environment.Frozen {
		return []environment.Frozen{{Slot: "q1", Question: s.first, Version: version}, {Slot: "q2", Question: s.second, Version: 1}, {Slot: "q3", Question: s.third, Version: 1}}
	}
	var set *commands.LiveSet
	s.eventually(func() bool {
		var err error
		set, err = s.Commands.Live.Set(t.Context(), by, release.Lesson{Lesson: s.lesson, Org: school, Version: 1, Questions: frozen(3)})
		return err == nil
	})
	s.Commands.Overrides, s.Commands.Sessions = overrides, pinned{class: set}
	id := s.gray()
	s.step(commands.StartRelease{Release: id, Revision: 1})

	wang := as("wang", access.Student)
	client := s.student("wang")
	open := client.start(s.lesson)
	client.answer(open.ID, "k", "q1", pick("a")).is(200)
	var under attempt.Attempt
	s.do(wang, commands.ReadAttempt{Attempt: open.ID, See: func(a attempt.Attempt) error { under = a; return nil }})

	gets := func(ask commands.Ask, version int, reason release.Reason, owed uuid.UUID) {
		t.Helper()
		ask.Lesson = s.lesson
		r, err := s.Commands.Resolve(t.Context(), wang, ask)
		if err != nil {
			t.Fatal(err)
		}
		if version == 0 {
			if len(r.Removed) != 1 || r.Removed[0].Takedown != owed || len(r.Places) != 2 {
				t.Errorf("got %+v, want nothing at the first place", r)
			}
			return
		}
		if p := r.Places[0]; p.Version != version || p.Reason != reason || p.By != owed || p.Public == "" || len(r.Places) != 3 {
			t.Errorf("got version %d, %s by %s; want %d, %s by %s", p.Version, p.Reason, p.By, version, reason, owed)
		}
	}
	baseline := under.Release
	gets(commands.Ask{}, 1, release.Baseline, baseline)
	gets(commands.Ask{Session: class}, 3, release.Session, class)
	overrides.reissued[roster.PersonOf("wang").String()] = 2
	gets(commands.Ask{}, 2, release.Reissue, by)
	gets(commands.Ask{Session: class}, 2, release.Reissue, by)
	gets(commands.Ask{Attempt: &under}, 1, release.Answered, baseline)
	overrides.down[2] = true
	gets(commands.Ask{}, 1, release.Baseline, baseline)
	gets(commands.Ask{Session: class}, 3, release.Session, class)
	overrides.down[1] = true
	gets(commands.Ask{}, 0, release.Takedown, by)
	if m := decode[manifest](client.get(manifestPath(s.lesson)).is(200)); len(m.Items) != 2 {
		t.Errorf("what is taken down is in the manifest: %+v", m)
	}

	// Others in the room get what they got, and share it.
	overrides.down = map[int]bool{}
	one, err := s.Commands.Resolve(t.Context(), as("li", access.Student), commands.Ask{Lesson: s.lesson})
	other, oerr := s.Commands.Resolve(t.Context(), as("zhao", access.Student), commands.Ask{Lesson: s.lesson})
	if err != nil || oerr != nil || one.Hash != other.Hash {
		t.Errorf("%v, %v", err, oerr)
	}
}
