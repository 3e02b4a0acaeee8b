package delivery_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/question"
	"qbank/domain/regrade"
	"qbank/domain/scoring"
	"qbank/domain/targeting"
	"qbank/projections/items"
	"qbank/projections/read"
	"qbank/projections/regrades"
	"qbank/projections/releases"
)

// approver decides about regrades that others ask for.
var approver = as("approver", access.Admin)

// sit answers the whole lesson: the two choices as given, the essay not at all.
func (s *scene) sit(who, first, second string) (client, uuid.UUID) {
	s.t.Helper()
	c := s.student(who)
	id := c.start(s.lesson).ID
	c.answer(id, "1", "q1", pick(first)).is(200)
	c.answer(id, "2", "q2", pick(second)).is(200)
	c.finish(id).is(200)
	return c, id
}

// proposal waits until a regrade of the first question is proposed and weighed.
func (s *scene) proposal(environment string) (found regrades.Regrade) {
	s.t.Helper()
	s.eventually(func() bool {
		list, err := s.Regrades.List(context.Background(), access.Scope{Org: school, Environment: environment}, regrades.Filter{Question: s.first}, read.Page{})
		if err != nil || len(list.Rows) == 0 || list.Rows[0].Figures == nil {
			return false
		}
		found = list.Rows[0]
		return true
	})
	return found
}

// settled waits until the process is through with what a command decided.
func (s *scene) settled(done commands.Done) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.AwaitProcess(ctx, "regrade", done.Position); err != nil {
		s.t.Fatal(err)
	}
	for _, model := range []string{"gradebook", "items"} {
		head, err := s.Store.Head(ctx)
		if err == nil {
			err = s.Engine.Wait(ctx, model, head)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *scene) count(event string) (n int) {
	s.t.Helper()
	if err := s.Pool.QueryRow(context.Background(), `select count(*) from events where type = $1`, event).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// total is what the gradebook has of an attempt.
func (s *scene) total(id uuid.UUID) (total, most float64) {
	s.t.Helper()
	a, _, err := s.Gradebook.Attempt(context.Background(), access.Scope{Org: school, Environment: env}, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return float64(a.Total) / float64(scoring.OneMark), float64(a.Max) / float64(scoring.OneMark)
}

// facility is how the first question was answered, by the item figures.
func (s *scene) facility() float64 {
	s.t.Helper()
	a, err := s.Items.Lesson(context.Background(), access.Scope{Org: school, Environment: env}, s.lesson, 1, items.First)
	if err != nil || len(a.Items) == 0 {
		s.t.Fatalf("%+v, %v", a, err)
	}
	return *a.Items[0].Facility.Value
}

// marked is a student's result.
func marked(c client, id uuid.UUID) delivery.Result {
	c.t.Helper()
	return decode[delivery.Result](c.result(id).is(200))
}

// The whole way: answers by a wrong key, the erratum, who would gain and lose, a decision of two people, marks and figures that follow, and all of it given back.
func TestAWrongKeyIsPutRight(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.releaseTo("prod", s.lesson)
	ann, annID := s.sit("ann", "b", "c") // right by the wrong key
	bo, boID := s.sit("bo", "a", "c")    // right by the right one
	_, cyID := s.sit("cy", "d", "c")     // wrong by both
	open := s.student("dee")
	openID := open.start(s.lesson).ID

	s.correct(s.first, choice("2+2?", "a"), question.Erratum)
	s.eventually(func() bool { // without another release, in every environment
		return s.version(s.student("eve")) == 2 && s.version(s.client(access.Actor{ID: "eve", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: school, Environment: "prod"}})) == 2
	})
	r := s.proposal(env)
	if f := r.Figures; r.From != 1 || r.To != 2 || f.Attempts != 3 || f.Exact != (regrade.Outcome{Gain: 1, Lose: 1}) ||
		f.Better != (regrade.Outcome{Gain: 1, Delta: 2 * scoring.OneMark}) || f.Full != (regrade.Outcome{Gain: 2, Delta: 4 * scoring.OneMark}) ||
		f.Drop != (regrade.Outcome{Lose: 1, Delta: -2 * scoring.OneMark}) || f.Unread != 0 {
		t.Fatalf("proposed %+v with %+v", r, f)
	}
	lines, err := s.Commands.RegradeLines(t.Context(), r.Proposed, []uuid.UUID{annID, boID, cyID})
	if err != nil || len(lines) != 3 || lines[0].Under(regrade.Exact).Mark != 0 || lines[1].Under(regrade.Exact).Mark != 2*scoring.OneMark || lines[0].Student != "ann" {
		t.Fatalf("%+v, %v", lines, err)
	}
	if _, err := s.Commands.Do(t.Context(), releaser, commands.ApproveRegrade{Regrade: r.ID, Revision: r.Revision}); err == nil {
		t.Fatal("a releaser approved it")
	}
	before := s.facility()
	s.do(releaser, commands.AskRegrade{Regrade: r.ID, Revision: r.Revision, Policy: regrade.Better, Reason: "the key was wrong"})
	approved := s.do(approver, commands.ApproveRegrade{Regrade: r.ID, Revision: r.Revision + 1})
	s.settled(approved)

	for name, c := range map[string]struct {
		client
		id    uuid.UUID
		total float64
	}{"ann keeps hers": {ann, annID, 4}, "bo gains": {bo, boID, 4}, "cy was wrong": {s.student("cy"), cyID, 2}} {
		got := marked(c.client, c.id)
		kept, _ := s.total(c.id)
		if *got.Total != c.total || kept != c.total {
			t.Errorf("%s: %v, in the gradebook %v", name, *got.Total, kept)
		}
		if !hasKey(got.Items[0].Solution, "a") {
			t.Errorf("%s: the solution is %s", name, got.Items[0].Solution)
		}
	}
	if c := marked(bo, boID).Items[0].Corrected; c == nil || c.Was != 0 || c.Dropped {
		t.Errorf("corrected %+v", c)
	}
	if marked(ann, annID).Items[0].Corrected != nil {
		t.Error("what stayed was corrected")
	}
	if n := s.count("attempt.grade_revised"); n != 1 {
		t.Errorf("%d marks were revised", n)
	}
	if after := s.facility(); after <= before {
		t.Errorf("facility %v, before %v", after, before)
	}

	// Who pinned the wrong version and answers later is held against the same.
	open.answer(openID, "late", "q1", pick("a")).is(200)
	open.finish(openID).is(200)
	if got := marked(open, openID); *got.Total != 2 || got.Items[0].Corrected == nil {
		t.Errorf("late: %+v", got)
	}

	// Again, it changes nothing.
	s.do(approver, commands.SettleGrades{Question: s.first, Standing: standing(t, s), Attempts: []uuid.UUID{annID, boID, cyID, openID}})
	if n := s.count("attempt.grade_revised"); n != 2 {
		t.Errorf("%d marks were revised", n)
	}

	// Revoked, the marks are what they were.
	s.settled(s.do(approver, commands.RevokeRegrade{Regrade: r.ID, Revision: commands.Anything, Reason: "the first key was right"}))
	if got := marked(bo, boID); *got.Total != 2 || got.Items[0].Corrected != nil || !hasKey(got.Items[0].Solution, "b") {
		t.Errorf("revoked: %+v", got)
	}
	if kept, _ := s.total(openID); kept != 0 || s.count("attempt.grade_restored") != 2 {
		t.Errorf("revoked: %v, %d restored", kept, s.count("attempt.grade_restored"))
	}

	// Taken out, it is not to be had either.
	s.do(releaser, commands.AskRegrade{Regrade: r.ID, Revision: commands.Anything, Policy: regrade.Drop, Reason: "nobody knows"})
	s.settled(s.do(approver, commands.ApproveRegrade{Regrade: r.ID, Revision: commands.Anything}))
	if got := marked(ann, annID); *got.Total != 2 || *got.Max != 8 || got.Items[0].Status != "unscored" || !got.Items[0].Corrected.Dropped {
		t.Errorf("dropped: %+v", got)
	}
	if total, most := s.total(annID); total != 2 || most != 8 {
		t.Errorf("dropped: %v of %v", total, most)
	}

	// Other environments and organisations know nothing of it.
	if list, err := s.Regrades.List(t.Context(), access.Scope{Org: "other", Environment: env}, regrades.Filter{}, read.Page{}); err != nil || len(list.Rows) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
	prod := s.proposal("prod")
	if prod.ID == r.ID || prod.Figures.Attempts != 0 || prod.State != regrade.Open {
		t.Errorf("prod has %+v", prod)
	}
	if _, err := s.Commands.Do(t.Context(), approver, commands.DeclineRegrade{Regrade: prod.ID, Revision: commands.Anything, Reason: "x"}); err == nil {
		t.Error("declined from another environment")
	}
}

func hasKey(solution []byte, key string) bool {
	var content struct{ Key string }
	return json.Unmarshal(solution, &content) == nil && content.Key == key
}

func standing(t *testing.T, s *scene) []regrade.Correction {
	t.Helper()
	list, err := s.Regrades.Standing(t.Context(), env)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// An erratum comes to both sides of a release under way, to those planned before it, and to nobody who has begun.
func TestAnErratumReachesReleasesUnderWay(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.revise() // version 2 is in the next version of the lesson
	other := s.release(uuid.Nil, s.plan(), env)
	begun := s.student("begun")
	pinned := begun.start(s.lesson)
	gray := s.gray(func(c *commands.PlanRelease) { c.Rules = []targeting.Clause{{Students: []string{"ann"}}} })
	s.step(commands.StartRelease{Release: gray, Revision: 1})
	later := s.do(releaser, commands.PlanRelease{Title: "Later", Lessons: []commands.PlannedLesson{{Lesson: other}}}).ID
	ann, bo := s.student("ann"), s.student("bo")
	if s.version(ann) != 2 || s.version(bo) != 1 {
		t.Fatalf("ann gets %d, bo %d", s.version(ann), s.version(bo))
	}

	s.correct(s.second, choice("2+3!", "c"), question.Erratum) // of what both have
	s.correct(s.first, choice("What is 2 + 2?", "b"), question.Erratum)
	second := func(c client) int { return decode[manifest](c.get(manifestPath(s.lesson)).is(200)).Items[1].Version }
	s.eventually(func() bool { return s.version(ann) == 3 && second(ann) == 2 && second(bo) == 2 })
	if got := s.version(bo); got != 1 { // its erratum is of the revision that bo does not have
		t.Errorf("bo gets version %d", got)
	}
	if again := begun.start(s.lesson); again.ID != pinned.ID || again.Items[1].Version != 1 {
		t.Errorf("an open attempt was moved: %+v", again.Items)
	}

	// What was planned before the erratum starts with it.
	s.do(releaser, commands.StartRelease{Release: later, Revision: 1})
	s.eventually(func() bool {
		m := decode[manifest](ann.get(manifestPath(other)).is(200))
		return m.Items[0].Version == 3 && m.Items[1].Version == 2
	})
	s.step(commands.WidenRelease{Release: gray, Revision: 2, Weight: 100, Reason: "all"})
	s.step(commands.CompleteRelease{Release: gray, Revision: 3})
	if s.version(bo) != 3 || second(bo) != 2 {
		t.Errorf("completed, bo gets %d and %d", s.version(bo), second(bo))
	}
	history, err := s.Releases.History(t.Context(), access.Scope{Org: school, Environment: env}, gray, read.Page{})
	if err != nil || !slices.ContainsFunc(history.Rows, func(l releases.Step) bool { return l.Kind == "patched" && strings.Contains(l.Reason, "q1: 2 → 3") }) {
		t.Errorf("%+v, %v", history.Rows, err)
	}
}
