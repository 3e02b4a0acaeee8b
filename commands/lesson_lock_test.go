package commands_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/golive"
	"qbank/domain/question"
	"qbank/domain/release"
)

// nextVersion publishes a lesson anew, under another title.
func (h house) nextVersion(l uuid.UUID, title string) {
	h.Helper()
	h.do(commands.EditLesson{Lesson: l, Revision: commands.Anything, Plan: titled(h.lesson(l).Plan, title)})
	h.do(commands.PublishLesson{Lesson: l, Revision: commands.Anything})
}

func TestWhileALessonIsLockedItsClassGetsTheLockedVersionAlone(t *testing.T) {
	t.Parallel()
	h := open(t)
	actor := releaser("prod")
	only := func(l uuid.UUID, version int) []commands.PlannedLesson {
		return []commands.PlannedLesson{{Lesson: l, Version: version}}
	}
	l := h.publishedLesson()
	h.do(commands.ReleaseLesson{Environment: "prod", Lesson: l, Version: 1})
	h.nextVersion(l, "Second")
	whole := []release.Step{{Weight: 100}}
	planned := h.releaseAs(actor, commands.PlanRelease{Title: "Planned before the lock", Lessons: only(l, 1), Steps: whole}).ID

	running := h.publishedLesson()
	h.do(commands.ReleaseLesson{Environment: "prod", Lesson: running, Version: 1})
	h.nextVersion(running, "Second")
	steps := []release.Step{{Weight: 10}, {Weight: 50}, {Weight: 100}}
	gray := h.releaseAs(actor, commands.PlanRelease{Title: "Under way", Lessons: only(running, 2), Steps: steps}).ID
	h.releaseAs(actor, commands.StartRelease{Release: gray, Revision: commands.Anything})
	h.nextVersion(running, "Third")

	another := h.publishedLesson()
	h.nextVersion(another, "Second")
	full := h.publishedLesson()
	h.nextVersion(full, "Second")
	all := h.releaseAs(actor, commands.PlanRelease{Title: "All in", Lessons: only(full, 2), Steps: whole}).ID
	h.releaseAs(actor, commands.StartRelease{Release: all, Revision: commands.Anything})
	h.nextVersion(full, "Third")

	for _, id := range []uuid.UUID{l, running, another, full} {
		h.do(commands.LockLesson{Lesson: id, Revision: commands.Anything, Environment: "prod"})
	}
	head := h.head()
	for name, c := range map[string]commands.Command{
		"release another version": commands.ReleaseLesson{Environment: "prod", Lesson: another, Version: 1},
		"withdraw":                commands.WithdrawLesson{Environment: "prod", Lesson: l, Reason: "no"},
		"plan another version":    commands.PlanRelease{Title: "x", Lessons: only(l, 1), Steps: whole},
		"start what was planned":  commands.StartRelease{Release: planned, Revision: commands.Anything},
		"advance":                 commands.AdvanceRelease{Release: gray, Revision: commands.Anything},
		"widen":                   commands.WidenRelease{Release: gray, Revision: commands.Anything, Weight: 60, Reason: "x"},
		"complete":                commands.CompleteRelease{Release: all, Revision: commands.Anything},
	} {
		if f := h.refused(actor, c, "lesson.locked"); f.Details["environment"] != "prod" {
			t.Errorf("%s: says %+v", name, f.Details)
		}
	}
	if h.head() != head {
		t.Error("a refusal wrote something")
	}
	// The way back is open, and so is the locked version; where nobody locked the lesson, everything is.
	h.releaseAs(actor, commands.RollBackRelease{Release: gray, Revision: commands.Anything, Reason: "wrong"})
	h.do(commands.ReleaseLesson{Environment: "prod", Lesson: running})
	h.releaseAs(actor, commands.PlanRelease{Title: "The locked one", Lessons: only(l, 2), Steps: whole})
	h.do(commands.ReleaseLesson{Environment: "prod", Lesson: l, Version: 2})
	h.refused(actor, commands.ReleaseLesson{Environment: "prod", Lesson: l, Version: 1}, "lesson.locked")
	h.do(commands.ReleaseLesson{Environment: "test", Lesson: l, Version: 1})
	h.do(commands.WithdrawLesson{Environment: "test", Lesson: l, Reason: "over"})
	h.do(commands.UnlockLesson{Lesson: l, Revision: commands.Anything, Environment: "prod", Reason: "over"})
	h.releaseAs(actor, commands.StartRelease{Release: planned, Revision: commands.Anything})
}

func TestPromotionKeepsLocks(t *testing.T) {
	t.Parallel()
	h := open(t)
	l := h.publishedLesson()
	h.do(commands.ReleaseLesson{Environment: "staging", Lesson: l, Version: 1})
	h.nextVersion(l, "Second")
	h.do(commands.LockLesson{Lesson: l, Revision: commands.Anything, Environment: "prod"})
	promote := func() commands.PromoteLessons {
		set, err := h.Commands.LiveSet(t.Context(), releaser("staging"), []uuid.UUID{l})
		if err != nil {
			t.Fatal(err)
		}
		return commands.PromoteLessons{From: "staging", Lessons: []uuid.UUID{l}, Hash: set.Hash(), Release: release.Plan{Title: "Up", Steps: []release.Step{{Weight: 100}}}}
	}
	h.refused(releaser("prod"), promote(), "lesson.locked")
	h.do(commands.ReleaseLesson{Environment: "staging", Lesson: l, Version: 2})
	h.releaseAs(releaser("prod"), promote())
	if live := h.live(t, "prod").Live[l]; live.Version != 2 {
		t.Errorf("live is %+v", live)
	}
}

func TestALockIsInTheWayOfAPlanThatPublishes(t *testing.T) {
	t.Parallel()
	h := open(t)
	actor := releaser("prod")
	l, _, ask := h.goingLive("prod")
	ask.As = question.Revision // which makes another version of the lesson
	h.do(commands.LockLesson{Lesson: l, Revision: commands.Anything, Environment: "prod"})
	p := h.goLivePlan(actor, ask)
	if !slices.ContainsFunc(p.Missing, func(g golive.Gap) bool { return g.Code == "lesson.locked" && g.Blocks && g.ID == l }) {
		t.Errorf("misses %+v", p.Missing)
	}
	head := h.head()
	h.refused(actor, commands.ExecuteGoLive{Ask: ask, Plan: p.Hash}, "golive.blocked")
	if h.head() != head {
		t.Error("a blocked plan did something")
	}
	ask.As = question.Erratum // which makes none
	if p := h.goLivePlan(actor, ask); p.Blocked() || len(p.Set) != 1 || p.Set[0].Version != 1 {
		t.Errorf("planned %+v, missing %+v", p.Set, p.Missing)
	}
}

func TestAnApprovedLateChangeIsLiveWhereTheLockedVersionWas(t *testing.T) {
	t.Parallel()
	h := open(t)
	l := h.publishedLesson()
	for _, name := range []environment.Name{"prod", "test"} {
		h.do(commands.ReleaseLesson{Environment: name, Lesson: l})
		h.do(commands.LockLesson{Lesson: l, Revision: commands.Anything, Environment: name})
	}
	lead := inLane("prod", access.Releaser, "u-lead")
	late := func(title string) commands.ApproveLessonChange {
		h.do(commands.RequestLessonChange{Lesson: l, Revision: commands.Anything, Plan: titled(h.lesson(l).Plan, title), Reason: "a typo"})
		return commands.ApproveLessonChange{Lesson: l, Revision: commands.Anything, Change: h.lesson(l).Changes[0].ID, Note: "go"}
	}
	var came commands.LateChange
	approve := late("Late")
	approve.See = func(c commands.LateChange) { came = c }
	key := commands.As(uuid.New())
	for range 2 { // sent again, it is done once
		done := h.releaseAs(lead, approve, key)
		if done.ID != l || done.Revision != h.lesson(l).Revision || h.lesson(l).Latest != 2 {
			t.Errorf("did %+v of %+v", done, h.lesson(l))
		}
		if live := h.live(t, "prod").Live[l]; live.Version != 2 || came.Live != 2 || !slices.Equal(came.Left, []environment.Name{"test"}) {
			t.Errorf("live is %+v, and it says %+v", live, came)
		}
	}
	if live := h.live(t, "test").Live[l]; live.Version != 1 {
		t.Errorf("in another environment, live is %+v", live)
	}
	// Nothing goes live where the class did not get the locked version.
	h.do(commands.UnlockLesson{Lesson: l, Revision: commands.Anything, Environment: "prod", Reason: "x"})
	h.do(commands.ReleaseLesson{Environment: "prod", Lesson: l, Version: 1})
	h.do(commands.LockLesson{Lesson: l, Revision: commands.Anything, Environment: "prod"})
	approve = late("Later")
	approve.See = func(c commands.LateChange) { came = c }
	h.releaseAs(lead, approve)
	if live := h.live(t, "prod").Live[l]; live.Version != 1 || came.Live != 1 || !slices.Equal(came.Left, []environment.Name{"test", "prod"}) {
		t.Errorf("live is %+v, and it says %+v", live, came)
	}
	h.do(commands.ReleaseLesson{Environment: "prod", Lesson: l}) // which is what is left to do
}

// Wherever the power fails, the same again finishes it, and everything has happened once.
func TestALateChangeThatBreaksOffIsFinishedByTheSame(t *testing.T) {
	t.Parallel()
	h := open(t)
	for left := 1; left <= 2; left++ {
		l := h.publishedLesson()
		h.do(commands.ReleaseLesson{Environment: "prod", Lesson: l})
		h.do(commands.LockLesson{Lesson: l, Revision: commands.Anything, Environment: "prod"})
		h.do(commands.RequestLessonChange{Lesson: l, Revision: commands.Anything, Plan: titled(h.lesson(l).Plan, "Late"), Reason: "a typo"})
		approve := commands.ApproveLessonChange{Lesson: l, Revision: commands.Anything, Change: h.lesson(l).Changes[0].ID}
		lead, key := inLane("prod", access.Releaser, "u-lead"), commands.As(uuid.New())
		bus := &commands.Bus{Log: &fragile{Log: h.Store, left: left}, Codec: h.Commands.Codec, Types: h.Commands.Types, Cues: h.Commands.Cues, Logger: h.Logger}
		if err := bus.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bus.Do(t.Context(), lead, approve, key); err == nil {
			t.Fatalf("append %d was not reached", left)
		}
		h.releaseAs(lead, approve, key)
		if live := h.live(t, "prod").Live[l]; live.Version != 2 || h.lesson(l).Latest != 2 {
			t.Errorf("append %d: live is %+v of %d", left, live, h.lesson(l).Latest)
		}
	}
}

func TestALessonDoesNotGoOutPastItsReviewer(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.Commands.Overrides = nil // read models do not run here
	actor := releaser("prod")
	l := h.do(commands.CreateLesson{Plan: plan(h.published("2+2?"))}).ID
	publish := commands.PublishLesson{Lesson: l, Revision: commands.Anything}
	held := func() {
		t.Helper()
		h.refused(admin, publish, "lesson.not_approved")
		p := h.goLivePlan(actor, golive.Ask{Lessons: []uuid.UUID{l}, Publish: true, Release: release.Plan{Title: "x"}})
		if !slices.ContainsFunc(p.Missing, func(g golive.Gap) bool { return g.Code == "lesson.not_approved" && g.Blocks }) {
			t.Errorf("misses %+v", p.Missing)
		}
	}
	h.do(commands.SubmitLesson{Lesson: l, Revision: commands.Anything})
	held()
	h.doAs(reviewer, commands.ReturnLesson{Lesson: l, Revision: commands.Anything, Hash: h.lesson(l).Standing.Hash, Reason: "wrong"})
	held()
	h.do(commands.SubmitLesson{Lesson: l, Revision: commands.Anything})
	h.do(commands.RecallLesson{Lesson: l, Revision: commands.Anything})
	held()
	h.do(commands.EditLesson{Lesson: l, Revision: commands.Anything, Plan: titled(h.lesson(l).Plan, "Better")})
	held()
	h.do(commands.SubmitLesson{Lesson: l, Revision: commands.Anything})
	h.do(commands.ApproveLesson{Lesson: l, Revision: commands.Anything, Hash: h.lesson(l).Standing.Hash})
	h.do(publish)
	h.nextVersion(l, "Never submitted")
	blank := h.do(commands.CreateLesson{Plan: titled(plan(h.published("2+3?")), " \u3000 ")}).ID
	if f := h.refused(admin, commands.PublishLesson{Lesson: blank, Revision: 1}, "lesson.incomplete"); f.Problems[0].Pointer != "/title" {
		t.Errorf("says %+v", f.Problems)
	}
}
