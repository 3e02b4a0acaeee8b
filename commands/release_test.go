package commands_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/domain/targeting"
	"qbank/eventstore"
)

// releaser is an admin of an environment.
func releaser(env string) access.Actor {
	return access.Actor{ID: "u-releaser", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "acme", Environment: env}}
}

// publishedLesson is a published lesson of one question.
func (h house) publishedLesson() uuid.UUID {
	h.Helper()
	l := h.do(commands.CreateLesson{Plan: plan(h.published("2+2?"))}).ID
	h.do(commands.PublishLesson{Lesson: l, Revision: 1})
	return l
}

func (h house) releaseAs(actor access.Actor, c commands.Command, options ...commands.Option) commands.Done {
	h.Helper()
	done, err := h.Commands.Do(h.Context(), actor, c, options...)
	if err != nil {
		h.Fatalf("%T: %v", c, err)
	}
	return done
}

func (h house) releaseState(t rapid.TB, id release.ID) (r release.Release) {
	t.Helper()
	fold(h, t, id, func(e event.Event) { r = r.Apply(e) })
	return r
}

func (h house) live(t rapid.TB, name environment.Name) (e environment.Environment) {
	t.Helper()
	fold(h, t, name.Stream(), func(ev event.Event) { e = e.Apply(ev) })
	return e
}

func fold(h house, t rapid.TB, stream uuid.UUID, apply func(event.Event)) {
	recorded, err := h.Store.ReadStream(context.Background(), stream, eventstore.Range{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recorded {
		e, err := h.Commands.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			t.Fatal(err)
		}
		apply(e)
	}
}

func TestEveryStepOfARelease(t *testing.T) {
	t.Parallel()
	h := open(t)
	actor, l := releaser("prod"), h.publishedLesson()
	class := roster.ClassID("acme", "7b")
	h.Commands.Audiences = roll{class}
	planned := commands.PlanRelease{Title: "Gray", Lessons: []commands.PlannedLesson{{Lesson: l}}, Steps: []release.Step{{Weight: 10}, {Weight: 100}},
		Rules: []targeting.Clause{{Students: []string{"ann"}}, {Classes: []string{class.String()}, Out: true}}}
	id := uuid.Nil
	for _, c := range []struct {
		command func(revision int) commands.Command
		state   release.State
		weight  int
	}{
		{func(int) commands.Command { return planned }, release.IsPlanned, 0},
		{func(n int) commands.Command { return commands.StartRelease{Release: id, Revision: n} }, release.IsRunning, 10},
		{func(n int) commands.Command { return commands.PauseRelease{Release: id, Revision: n, Reason: "look"} }, release.IsPaused, 10},
		{func(n int) commands.Command { return commands.ResumeRelease{Release: id, Revision: n} }, release.IsRunning, 10},
		{func(n int) commands.Command { return commands.FreezeRelease{Release: id, Revision: n, Reason: "still"} }, release.IsFrozen, 10},
		{func(n int) commands.Command { return commands.ThawRelease{Release: id, Revision: n} }, release.IsRunning, 10},
		{func(n int) commands.Command {
			return commands.WidenRelease{Release: id, Revision: n, Weight: 40, Reason: "more"}
		}, release.IsRunning, 40},
		{func(n int) commands.Command { return commands.AdvanceRelease{Release: id, Revision: n} }, release.IsRunning, 100},
		{func(n int) commands.Command { return commands.CompleteRelease{Release: id, Revision: n} }, release.IsCompleted, 100},
	} {
		revision := 0
		if id != uuid.Nil {
			revision = h.releaseState(t, id).Revision
		}
		command := c.command(revision)
		denied := actor
		denied.Roles = []access.Role{access.Author}
		if f := h.refused(denied, command, "access.denied"); f.Details["permission"] != string(access.Release) {
			t.Errorf("%T: %v", command, f)
		}
		if id != uuid.Nil {
			elsewhere, abroad := releaser("dev"), actor
			abroad.Scope.Org = "other"
			before := h.head()
			h.refused(elsewhere, command, "release.not_found")
			h.refused(abroad, command, "release.not_found")
			h.refused(actor, c.command(revision-1), "revision.stale")
			if h.head() != before {
				t.Errorf("%T: refusals left events", command)
			}
		}
		key := uuid.New()
		done := h.releaseAs(actor, command, commands.As(key))
		if again := h.releaseAs(actor, command, commands.As(key)); again.ID != done.ID || again.Revision != done.Revision || again.Position > done.Position {
			t.Errorf("%T: first did %+v, then %+v", command, done, again)
		}
		id = done.ID
		if r := h.releaseState(t, id); r.State != c.state || r.Weight != c.weight || r.Revision != done.Revision || done.Position > h.head() || done.Position == 0 {
			t.Errorf("%T: did %+v, it is %s at %d, revision %d", command, done, r.State, r.Weight, r.Revision)
		}
	}
	r := h.releaseState(t, id)
	if r.Rules[0].Students[0] != roster.PersonOf("ann").String() || r.Org != "acme" || r.Environment != "prod" || r.Lessons[0].Questions[0].Version != 1 {
		t.Errorf("planned %+v", r.Plan)
	}
	if e := h.live(t, "prod"); e.Live[l].Release != id || len(e.Candidates) != 0 {
		t.Errorf("live is %+v", e)
	}
	if e := h.live(t, "dev"); e.Revision != 0 {
		t.Errorf("another environment has %+v", e)
	}
}

func TestALessonIsHadByOneRelease(t *testing.T) {
	t.Parallel()
	h := open(t)
	actor, one, other := releaser("prod"), h.publishedLesson(), h.publishedLesson()
	plan := func(lessons ...uuid.UUID) uuid.UUID {
		c := commands.PlanRelease{Title: "Gray"}
		for _, l := range lessons {
			c.Lessons = append(c.Lessons, commands.PlannedLesson{Lesson: l})
		}
		return h.releaseAs(actor, c).ID
	}
	first, second := plan(one), plan(other, one)
	h.releaseAs(actor, commands.StartRelease{Release: first, Revision: 1})
	f := h.refused(actor, commands.StartRelease{Release: second, Revision: 1}, "release.overlap")
	if f.Details["release"] != first.String() || len(f.Problems) != 1 || f.Problems[0].Pointer != "/lessons/1" {
		t.Errorf("got %+v", f)
	}
	if e := h.live(t, "prod"); len(e.Candidates) != 1 || h.releaseState(t, second).State != release.IsPlanned {
		t.Error("a release that was refused has some of its lessons")
	}
	whole := commands.ReleaseLesson{Environment: "prod", Lesson: one}
	if f := h.refused(actor, whole, "release.under_way"); f.Details["release"] != first.String() {
		t.Errorf("got %+v", f)
	}
	h.releaseAs(actor, commands.ReleaseLesson{Environment: "dev", Lesson: one})
	h.releaseAs(actor, commands.RollBackRelease{Release: first, Revision: 2, Reason: "broken"})
	h.releaseAs(actor, whole)
	h.releaseAs(actor, commands.StartRelease{Release: second, Revision: 1})
	h.refused(actor, commands.WithdrawLesson{Environment: "prod", Lesson: one}, "release.under_way")
}

func TestWhatCannotBePlanned(t *testing.T) {
	t.Parallel()
	h := open(t)
	actor, l := releaser("prod"), h.publishedLesson()
	h.refused(admin, commands.PlanRelease{Title: "x", Lessons: []commands.PlannedLesson{{Lesson: l}}}, "access.no_environment")
	h.refused(releaser("Prod"), commands.PlanRelease{Title: "x", Lessons: []commands.PlannedLesson{{Lesson: l}}}, "environment.name")
	for code, c := range map[string]commands.PlanRelease{
		"lesson.not_found":     {Lessons: []commands.PlannedLesson{{Lesson: l}, {Lesson: uuid.New()}}},
		"lesson.not_published": {Lessons: []commands.PlannedLesson{{Lesson: l}, {Lesson: l, Version: 7}}},
	} {
		c.Title = "x"
		if f := h.refused(actor, c, code); len(f.Problems) != 1 || f.Problems[0].Pointer != "/lessons/1" {
			t.Errorf("got %+v", f)
		}
	}
	for pointer, c := range map[string]commands.PlanRelease{
		"/lessons":           {Lessons: make([]commands.PlannedLesson, release.MaxLessons+1)},
		"/rules/0/classes/0": {Rules: []targeting.Clause{{Classes: []string{"7b"}}}},
		"/rules/0/when":      {Rules: []targeting.Clause{{When: "1"}}},
		"/rules":             {Rules: make([]targeting.Clause, targeting.MaxClauses+1)},
		"/start":             {Start: 1},
		"/blackouts/0/zone":  {Blackouts: []release.Blackout{{From: "01:00", To: "02:00", Zone: "Local"}}},
		"/blackouts":         {Blackouts: make([]release.Blackout, 1000)},
	} {
		c.Title = "x"
		if c.Lessons == nil {
			c.Lessons = []commands.PlannedLesson{{Lesson: l}}
		}
		if f := h.refused(actor, c, "release.invalid"); len(f.Problems) != 1 || f.Problems[0].Pointer != pointer {
			t.Errorf("%s: got %+v", pointer, f.Problems)
		}
	}
	start := time.Now().Add(time.Hour).UnixMicro()
	later := h.releaseAs(actor, commands.PlanRelease{Title: "x", Lessons: []commands.PlannedLesson{{Lesson: l}}, Start: start,
		Blackouts: []release.Blackout{{From: "00:00", To: "00:01", Zone: "Asia/Shanghai"}}}).ID
	h.refused(actor, commands.StartRelease{Release: later, Revision: 1}, "release.not_due")
	if e := h.live(t, "prod"); e.Revision != 0 {
		t.Error("a release that may not start has its lesson")
	}
	h.releaseAs(actor, commands.CancelRelease{Release: later, Revision: 1, Reason: "not needed"})
}

// fragile is a log that breaks at the n-th append from now: before it is stored, or after it, before anybody hears of it.
type fragile struct {
	commands.Log
	left  int
	after bool
}

var errBroken = errors.New("the power fails")

func (f *fragile) Append(ctx context.Context, appends ...eventstore.Append) ([]eventstore.Outcome, error) {
	if f.left--; f.left != 0 {
		return f.Log.Append(ctx, appends...)
	}
	if f.after {
		if _, err := f.Log.Append(ctx, appends...); err != nil {
			return nil, err
		}
	}
	return nil, errBroken
}

// Two streams, one truth: whatever is interrupted wherever, the same command again finishes it, and then the environment has the lessons of exactly
// those releases that are under way.
func TestACrashBetweenTheStreamsIsFinishedByTheSameCommand(t *testing.T) {
	t.Parallel()
	h := open(t)
	lessons := []uuid.UUID{h.publishedLesson(), h.publishedLesson()}
	cases := 0
	rapid.Check(t, func(t *rapid.T) {
		if cases++; cases > 25 {
			return
		}
		env := environment.Name(fmt.Sprint("env-", cases))
		actor := releaser(string(env))
		h.do(commands.CreateEnvironment{Environment: environment.Declared{Name: env, Title: "x"}})
		broken := &fragile{Log: h.Store}
		bus := &commands.Bus{Log: broken, Codec: h.Commands.Codec, Types: h.Commands.Types, Logger: h.Logger}
		if err := bus.Start(); err != nil {
			t.Fatal(err)
		}
		var releases []release.ID
		do := func(c commands.Command) error {
			broken.left, broken.after = rapid.IntRange(0, 2).Draw(t, "breaks at"), rapid.Bool().Draw(t, "after")
			_, err := bus.Do(context.Background(), actor, c)
			if errors.Is(err, errBroken) {
				_, err = bus.Do(context.Background(), actor, c)
			}
			if err != nil && fault.Of(err) == nil {
				t.Fatalf("%T: %v", c, err)
			}
			return err
		}
		any := func() release.ID { return rapid.SampledFrom(releases).Draw(t, "release") }
		known := func(step func(release.ID) commands.Command) func(*rapid.T) {
			return func(t *rapid.T) {
				if len(releases) > 0 {
					_ = do(step(any())) // a refusal is an answer
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"plan": func(t *rapid.T) {
				c := commands.PlanRelease{Title: "x"}
				for _, l := range rapid.SliceOfNDistinct(rapid.SampledFrom(lessons), 1, 2, rapid.ID).Draw(t, "lessons") {
					c.Lessons = append(c.Lessons, commands.PlannedLesson{Lesson: l})
				}
				done, err := h.Commands.Do(context.Background(), actor, c)
				if err != nil {
					t.Fatal(err)
				}
				releases = append(releases, done.ID)
			},
			"start": known(func(id release.ID) commands.Command {
				return commands.StartRelease{Release: id, Revision: commands.Anything}
			}),
			"complete": known(func(id release.ID) commands.Command {
				return commands.CompleteRelease{Release: id, Revision: commands.Anything}
			}),
			"roll back": known(func(id release.ID) commands.Command {
				return commands.RollBackRelease{Release: id, Revision: commands.Anything, Reason: "x"}
			}),
			"cancel": known(func(id release.ID) commands.Command {
				return commands.CancelRelease{Release: id, Revision: commands.Anything, Reason: "x"}
			}),
			"whole": func(t *rapid.T) {
				_ = do(commands.ReleaseLesson{Environment: env, Lesson: rapid.SampledFrom(lessons).Draw(t, "lesson")})
			},
			"": func(t *rapid.T) {
				e := h.live(t, env)
				has := map[uuid.UUID]uuid.UUID{}
				for _, id := range releases {
					r := h.releaseState(t, id)
					for _, l := range r.Lessons {
						if r.State.UnderWay() {
							if has[l.Lesson] != uuid.Nil {
								t.Fatalf("%s and %s have the same lesson", has[l.Lesson], id)
							}
							has[l.Lesson] = id
						}
						if e.Live[l.Lesson].Release == id && r.State != release.IsCompleted {
							t.Fatalf("%s is the baseline and %s", id, r.State)
						}
					}
				}
				for l, id := range e.Candidates {
					if has[l] != id {
						t.Fatalf("%s has a lesson and is %s", id, h.releaseState(t, id).State)
					}
				}
				if len(has) != len(e.Candidates) {
					t.Fatalf("under way are %v, the environment has %v", has, e.Candidates)
				}
			},
		})
	})
}
