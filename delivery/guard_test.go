package delivery_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/internal/pgtest"
	"qbank/processes/schedule"
	"qbank/projections/read"
	"qbank/projections/releases"
)

// term is a scene whose time passes when the test says so, with students who load the lesson.
type term struct {
	*scene
	clock    *fixed
	students []client
	round    int
}

func newTerm(t testing.TB, students int) *term {
	t.Helper()
	f := &fixed{now: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC), seed: 42}
	s := &term{scene: startNode(t, pgtest.New(t), f).scene(), clock: f}
	s.correct(s.first, choice("What is 2+2?", "b"), question.Erratum)
	for n := range students {
		s.students = append(s.students, s.student(fmt.Sprint("student-", n)))
	}
	return s
}

// caughtUp waits until what reads the log has read all of it.
func (s *term) caughtUp() {
	s.t.Helper()
	head, err := s.Store.Head(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, model := range []string{"releases", "delivery"} {
		if err := s.Engine.Wait(s.t.Context(), model, head); err != nil {
			s.t.Fatal(err)
		}
	}
	time.Sleep(250 * time.Millisecond) // snapshots are trusted for a while
}

// load lets every student load the lesson; fails says for which of those who got the release, or the baseline, it fails. It returns how many got the
// release, and for how many of each it failed.
func (s *term) load(id release.ID, fails func(n int, candidate bool) bool) (got, failed, failedOfOthers int64) {
	s.t.Helper()
	s.round++
	for n, c := range s.students {
		m := decode[manifest](c.get(manifestPath(s.lesson)).is(200))
		kind := "ready"
		if m.Release == id {
			got++
		}
		if fails(n, m.Release == id) {
			kind = "failed"
			if m.Release == id {
				failed++
			} else {
				failedOfOthers++
			}
		}
		c.post("/v1/telemetry", told(m, fmt.Sprint(kind, ":", s.round))).is(202)
	}
	if err := s.Recorder.Flush(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return got, failed, failedOfOthers
}

func (s *term) look() release.Release { return s.lookWith(s.node) }

// lookWith lets the guards of nodes look, all at once.
func (s *term) lookWith(nodes ...*node) release.Release {
	s.t.Helper()
	s.caughtUp()
	var all sync.WaitGroup
	for _, n := range nodes {
		all.Go(func() {
			if err := n.Guard.Look(s.t.Context()); err != nil {
				s.t.Error(err)
			}
		})
	}
	all.Wait()
	s.caughtUp()
	return s.state(s.watched())
}

func (s *term) watched() uuid.UUID {
	s.t.Helper()
	list, err := s.Releases.List(s.t.Context(), access.Scope{Org: school, Environment: env}, releases.Filter{States: release.States}, read.Page{})
	if err != nil || len(list.Rows) == 0 {
		s.t.Fatalf("%v, %v", list, err)
	}
	for _, r := range list.Rows {
		if r.Plan != nil {
			return r.ID
		}
	}
	return uuid.Nil
}

func (s *term) state(id release.ID) release.Release {
	s.t.Helper()
	r, err := s.Commands.ReleaseState(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// history is what happened to a release, the newest first.
func (s *term) history(id release.ID) []releases.Step {
	s.t.Helper()
	rows, err := s.Releases.History(s.t.Context(), access.Scope{Org: school, Environment: env}, id, read.Page{})
	if err != nil {
		s.t.Fatal(err)
	}
	return rows.Rows
}

func guarded(limit int64, steps ...release.Step) func(*commands.PlanRelease) {
	return func(c *commands.PlanRelease) {
		c.Steps, c.Guard = steps, release.Guard{LoadFailures: &limit, ReadySlower: new(int64(500))}
	}
}

const (
	minute = 60_000 // milliseconds
	hour   = 60 * minute
)

func healthy(n int, _ bool) bool { return n%100 == 0 }

func TestAFailingCandidateIsRolledBackByItself(t *testing.T) {
	t.Parallel()
	s := newTerm(t, 200)
	id := s.gray(guarded(50_000, release.Step{Weight: 50, Hold: hour, Sample: 10}, release.Step{Weight: 100}))
	s.step(commands.StartRelease{Release: id, Revision: 1})
	got, failed, others := s.load(id, func(n int, candidate bool) bool { return candidate && n%3 == 0 })
	s.clock.pass(time.Minute)
	if r := s.look(); r.State != release.IsRolledBack { // before the step was held
		t.Fatalf("it is %s at %d", r.State, r.Weight)
	}
	last := s.history(id)[0]
	f := last.Figures
	if last.Kind != "rolled_back" || last.By != "system:guard" || f == nil || f.Verdict != release.Failed || f.Because != "load_failures" ||
		f.Candidate.Manifests != got || f.Candidate.Loads != got || f.Candidate.LoadFailures != failed || f.Baseline.Loads != 200-got || f.Baseline.LoadFailures != others {
		t.Errorf("%d, %d, %d: %+v, %+v", got, failed, others, last, f)
	}
	if again, _, _ := s.load(id, healthy); again != 0 {
		t.Errorf("%d students still get it", again)
	}
	before := len(s.history(id))
	s.look()
	if after := s.history(id); len(after) != before {
		t.Errorf("it is judged again: %+v", after)
	}
}

// Two nodes look at the same time, one of them started half way: each step is taken once.
func TestAHealthyCandidateGoesThroughItsSteps(t *testing.T) {
	t.Parallel()
	s := newTerm(t, 300)
	id := s.gray(guarded(150_000, release.Step{Weight: 30, Hold: hour, Sample: 20}, release.Step{Weight: 60, Hold: hour}, release.Step{Weight: 100, Hold: hour}))
	s.step(commands.StartRelease{Release: id, Revision: 1})
	nodes := []*node{s.node}
	for i, want := range []struct {
		state  release.State
		weight int
	}{{release.IsRunning, 60}, {release.IsRunning, 100}, {release.IsCompleted, 100}} {
		before := s.state(id)
		s.load(id, healthy)
		s.clock.pass(50 * time.Minute)
		if r := s.lookWith(nodes...); r.Weight != before.Weight || r.State != release.IsRunning {
			t.Fatalf("after 50 minutes of step %d: %s at %d", i, r.State, r.Weight)
		}
		s.clock.pass(15 * time.Minute)
		if i == 1 {
			nodes = append(nodes, startNode(t, s.Pool, s.clock))
		}
		if r := s.lookWith(nodes...); r.State != want.state || r.Weight != want.weight {
			t.Fatalf("after step %d: %s at %d", i, r.State, r.Weight)
		}
	}
	kinds := map[string]int{}
	for _, step := range s.history(id) {
		kinds[step.Kind]++
		if step.By == "system:guard" && (step.Figures == nil || step.Figures.Verdict != release.Successful || step.Figures.Candidate.Loads < 20) {
			t.Errorf("%+v rests on %+v", step, step.Figures)
		}
	}
	if kinds["advanced"] != 2 || kinds["completed"] != 1 || len(kinds) != 4 {
		t.Errorf("%v", kinds)
	}
	if got, _, _ := s.load(id, healthy); got != 300 {
		t.Errorf("%d of 300 get what everybody should", got)
	}
}

func TestTooFewAreNeverAPass(t *testing.T) {
	t.Parallel()
	s := newTerm(t, 12)
	id := s.gray(guarded(50_000, release.Step{Weight: 50, Hold: minute}, release.Step{Weight: 100}))
	s.step(commands.StartRelease{Release: id, Revision: 1})
	if r := s.look(); r.Weight != 50 {
		t.Error("it goes on without anybody")
	}
	for range 3 {
		s.load(id, func(int, bool) bool { return false })
		s.clock.pass(24 * time.Hour)
		if r := s.look(); r.State != release.IsRunning || r.Weight != 50 {
			t.Errorf("%s at %d", r.State, r.Weight)
		}
	}
}

// The sample is asked for even where no limit is; a hold alone goes by the clock; a step without either is left to people; a blackout and
// a pause are kept.
func TestWhatMovesByItself(t *testing.T) {
	t.Parallel()
	s := newTerm(t, 30)
	id := s.gray(func(c *commands.PlanRelease) {
		c.Steps = []release.Step{{Weight: 40, Sample: 5}, {Weight: 60, Hold: 4 * hour}, {Weight: 80}, {Weight: 100}}
		c.Blackouts = []release.Blackout{{From: "12:00", To: "18:00", Zone: "UTC"}}
	})
	s.step(commands.StartRelease{Release: id, Revision: 1})
	if r := s.look(); r.Weight != 40 {
		t.Errorf("nobody was served, it is at %d", r.Weight)
	}
	s.load(id, healthy)
	if r := s.look(); r.Weight != 60 {
		t.Errorf("sampled, it is at %d", r.Weight)
	}
	s.clock.pass(5 * time.Hour) // 13:00
	if r := s.look(); r.Weight != 60 {
		t.Errorf("in a blackout it goes to %d", r.Weight)
	}
	s.clock.pass(6 * time.Hour) // 19:00
	s.step(commands.PauseRelease{Release: id, Revision: 3, Reason: "look"})
	if r := s.look(); r.Weight != 60 {
		t.Errorf("paused, it goes to %d", r.Weight)
	}
	s.step(commands.ResumeRelease{Release: id, Revision: 4})
	if r := s.look(); r.Weight != 60 {
		t.Error("a hold begins anew")
	}
	s.clock.pass(15 * time.Hour) // 10:00
	if r := s.look(); r.Weight != 80 {
		t.Errorf("held, it is at %d", r.Weight)
	}
	s.clock.pass(24 * time.Hour)
	if r := s.look(); r.Weight != 80 || r.State != release.IsRunning {
		t.Errorf("a step for people is taken: %d", r.Weight)
	}
}

// A lesson that goes live for the first time has nothing to be compared with; what happens in another environment is not looked at.
func TestALessonThatIsNewIsJudgedByItself(t *testing.T) {
	t.Parallel()
	s := newTerm(t, 100)
	s.lesson = uuid.New()
	s.do(author, commands.CreateLesson{ID: s.lesson, Plan: s.plan()})
	s.do(releaser, commands.PublishLesson{Lesson: s.lesson, Revision: commands.Anything})
	elsewhere := s.students
	for n := range elsewhere {
		other := as(fmt.Sprint("student-", n), access.Student)
		other.Scope.Environment = "prod"
		elsewhere[n] = s.client(other)
	}
	s.releaseTo("prod", s.lesson)
	s.load(uuid.Nil, func(int, bool) bool { return true })
	for n := range s.students {
		s.students[n] = s.student(fmt.Sprint("student-", n))
	}
	id := s.gray(guarded(100_000, release.Step{Weight: 100, Hold: minute}))
	s.step(commands.StartRelease{Release: id, Revision: 1})
	s.load(id, func(int, bool) bool { return false })
	s.clock.pass(time.Hour)
	if r := s.look(); r.State != release.IsCompleted {
		t.Errorf("it is %s", r.State)
	}
}

// Whoever ends a release may die between its two streams.
func TestWhatACrashLeavesIsSettled(t *testing.T) {
	t.Parallel()
	s := newTerm(t, 0)
	id := s.gray()
	s.step(commands.StartRelease{Release: id, Revision: 1})
	s.append(id, release.RolledBack{Reason: "and then the power went"})
	head, err := s.Store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AwaitProcess(t.Context(), "settle_release", head); err != nil {
		t.Fatal(err)
	}
	s.caughtUp()
	s.do(releaser, commands.ReleaseLesson{Environment: environment.Name(env), Lesson: s.lesson}) // the lesson is free again
	if r := s.state(id); r.State != release.IsRolledBack || r.Revision != 3 {
		t.Errorf("%+v", r)
	}
}

func TestAReleaseStartsAtItsInstant(t *testing.T) {
	t.Parallel()
	s := newTerm(t, 0)
	plan := func(in time.Duration) release.ID {
		id := s.gray(func(c *commands.PlanRelease) {
			c.Start = s.clock.time().Add(in).UnixMicro()
			c.Blackouts = []release.Blackout{{From: "12:00", To: "18:00", Zone: "UTC"}}
		})
		s.caughtUp()
		return id
	}
	clerk := schedule.Schedule{Commands: s.Commands, Releases: s.Releases, Logger: slog.New(slog.DiscardHandler)}
	look := func(id release.ID) release.Release {
		t.Helper()
		s.caughtUp()
		if err := clerk.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.caughtUp()
		return s.state(id)
	}
	first, second := plan(time.Hour), plan(2*time.Hour)
	if r := look(first); r.State != release.IsPlanned {
		t.Errorf("before its time it is %s", r.State)
	}
	s.clock.pass(time.Hour)
	if r := look(first); r.State != release.IsRunning || r.Since != s.clock.time().UnixMicro() || s.late(first) != 0 {
		t.Errorf("%s since %d, late by %d", r.State, r.Since, s.late(first))
	}
	s.clock.pass(90 * time.Minute) // 10:30
	if r := look(second); r.State != release.IsPlanned {
		t.Errorf("another has its lesson, it is %s", r.State)
	}
	s.do(releaser, commands.RollBackRelease{Release: first, Revision: 2, Reason: "make room"})
	s.clock.pass(2 * time.Hour)
	if r := look(second); r.State != release.IsPlanned {
		t.Errorf("in a blackout it is %s", r.State)
	}
	s.clock.pass(6 * time.Hour) // 18:30, planned for 10:00
	if r := look(second); r.State != release.IsRunning || s.late(second) != (8*time.Hour+30*time.Minute).Microseconds() {
		t.Errorf("%s, late by %d", r.State, s.late(second))
	}
	if last := s.history(second)[0]; last.Kind != "started" || last.Reason != "late by 8h30m0s" || last.By != "system:schedule" {
		t.Errorf("%+v", last)
	}
}

// late is by how much a release says it started late.
func (s *term) late(id release.ID) (late int64) {
	s.t.Helper()
	if err := s.Pool.QueryRow(s.t.Context(), `select coalesce((data->>'late')::bigint, 0) from events where stream_id = $1 and type = 'release.started'`, id).Scan(&late); err != nil {
		s.t.Fatal(err)
	}
	return late
}
