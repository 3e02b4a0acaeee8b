package workflow_test

import (
	"math"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/workflow"
)

func person(id string, roles ...access.Role) access.Actor { return access.Actor{ID: id, Roles: roles} }

// submitted is the standing of something that li wrote.
func submitted(w workflow.Workflow, s workflow.Submission) workflow.Standing {
	return workflow.Standing{}.Submit(w.Pin(s), "h", []string{"li"})
}

func approve(t testing.TB, s workflow.Standing, by access.Actor) workflow.Standing {
	t.Helper()
	a, _, err := s.Approve(by)
	if err != nil {
		t.Fatal(err)
	}
	return s.Approved(a.Step, a.By)
}

func refused(t testing.TB, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("got %v, want the fault %s", err, code)
	}
}

func TestStepsFollowEachOtherAndPersonsDoNotRepeat(t *testing.T) {
	t.Parallel()
	w := parsed(t, twoEyed)
	w.Steps[1].AssignedOnly, w.Steps[2].Share = false, workflow.Whole
	s := submitted(w, workflow.Submission{})
	refused(t, s.MayApprove(person("li", access.Reviewer)), "review.own_work")
	refused(t, s.MayApprove(person("wang", access.Author)), "review.role")
	s = approve(t, s, person("wang", access.Reviewer))
	refused(t, s.MayApprove(person("wang", access.Reviewer)), "review.same_person")
	s = approve(t, s, person("zhao", access.Reviewer))
	if step, _ := s.Waiting(); step.ID != "second" || s.Given("second") != 1 {
		t.Errorf("after one of two approvals, %s waits", step.ID)
	}
	refused(t, s.MayApprove(person("zhao", access.Reviewer)), "review.same_person")
	s = approve(t, s, person("chen", access.Reviewer))
	refused(t, s.MayApprove(person("sun", access.Reviewer)), "review.role") // the spot check is an administrator's
	refused(t, s.MayApprove(person("chen", access.Admin)), "review.same_person")
	s = approve(t, s, person("root", access.Admin))
	refused(t, s.MayApprove(person("sun", access.Admin)), "review.not_waiting")
}

func TestAWorkflowMayAllowMore(t *testing.T) {
	t.Parallel()
	w := parsed(t, twoEyed)
	w.OwnWork, w.SamePerson, w.Steps[1].AssignedOnly, w.Steps[1].Approvals, w.Steps = true, true, false, 1, w.Steps[:2]
	s := approve(t, submitted(w, workflow.Submission{}), person("li", access.Reviewer))
	s = approve(t, s, person("li", access.Reviewer))
	if _, waits := s.Waiting(); waits {
		t.Errorf("got %+v", s)
	}
	w.Steps[1].Approvals = 2 // but two approvals of one step are two persons'
	s = approve(t, approve(t, submitted(w, workflow.Submission{}), person("li", access.Reviewer)), person("li", access.Reviewer))
	refused(t, s.MayApprove(person("li", access.Reviewer)), "review.same_person")
}

func TestReviewsAreAssignedAndClaimed(t *testing.T) {
	t.Parallel()
	w := parsed(t, twoEyed)
	s := submitted(w, workflow.Submission{})
	wang, zhao := person("wang", access.Reviewer), person("zhao", access.Reviewer)
	claimed, err := s.Claim(wang)
	if err != nil || len(claimed) != 1 || claimed[0] != (workflow.Assignment{Step: "first", Person: "wang"}) {
		t.Fatalf("got %v, %v", claimed, err)
	}
	s = s.With(claimed)
	if again, err := s.Claim(wang); err != nil || again != nil {
		t.Errorf("claiming twice came to %v, %v", again, err)
	}
	_, err = s.Claim(zhao)
	refused(t, err, "review.taken")
	ended, err := s.Unassign("", []string{"wang"})
	if err != nil || len(ended) != 1 {
		t.Fatalf("got %v, %v", ended, err)
	}
	if _, err := s.Without(ended).Claim(zhao); err != nil {
		t.Error(err)
	}
	s = approve(t, s, wang)
	_, err = s.Claim(zhao) // the second step is for those who are assigned
	refused(t, err, "review.not_assigned")
	refused(t, s.MayApprove(zhao), "review.not_assigned")
	for _, c := range []struct {
		code, at, problem string
		persons           []access.Actor
	}{
		{"review.own_work", "/persons/1", "barred", []access.Actor{zhao, person("li", access.Reviewer)}},
		{"review.same_person", "/persons/0", "barred", []access.Actor{wang}},
		{"review.persons", "/persons", "required", nil},
		{"review.persons", "/persons/0", "required", []access.Actor{{}}},
		{"review.assignee", "/persons/1", "unknown", []access.Actor{zhao, person("nobody")}},
		{"review.assignee", "/persons/0", "role", []access.Actor{person("qian", access.Analyst)}},
	} {
		_, err := s.Assign("", c.persons, 0)
		refused(t, err, c.code)
		if f := fault.Of(err); len(f.Problems) != 1 || f.Problems[0].Pointer != c.at || f.Problems[0].Code != c.problem || f.Message.ZH == "" {
			t.Errorf("%s: %+v", c.code, f.Problems)
		}
	}
	_, err = s.Assign("first", []access.Actor{zhao}, 0)
	refused(t, err, "review.step")
	_, err = s.Assign("second", make([]access.Actor, workflow.MaxAssigned+1), 0)
	refused(t, err, "review.persons")
	given, err := s.Assign("second", []access.Actor{zhao, zhao}, 7)
	if err != nil || len(given) != 1 {
		t.Fatalf("got %v, %v", given, err)
	}
	s = s.With(given)
	if err := s.MayApprove(zhao); err != nil {
		t.Error(err)
	}
	if again, err := s.Assign("second", []access.Actor{zhao}, 7); err != nil || len(again) > 0 {
		t.Errorf("assigning twice came to %v, %v", again, err)
	}
}

func TestASpotCheckTakesItsShareAndCannotBeFishedFor(t *testing.T) {
	t.Parallel()
	const n, share = 20_000, 200_000
	step := workflow.Step{ID: "spot", Share: share}
	drawn := 0
	for i := range n {
		of := uuid.NewSHA1(uuid.NameSpaceOID, []byte{byte(i), byte(i >> 8)})
		if workflow.Draws(of, "h", step) {
			drawn++
		}
	}
	mean, deviation := float64(n)*share/workflow.Whole, math.Sqrt(n*0.2*0.8)
	if math.Abs(float64(drawn)-mean) > 5*deviation {
		t.Errorf("%d of %d were drawn, want about %.0f", drawn, n, mean)
	}
	w := parsed(t, twoEyed)
	of := uuid.NewSHA1(uuid.NameSpaceOID, []byte("q"))
	var taken content.Hash
	for i := 0; taken == ""; i++ {
		if h := content.HashOf(float64(i)); workflow.Draws(of, h, w.Steps[2]) {
			taken = h
		}
	}
	s := workflow.Standing{}.Submit(w.Pin(workflow.Submission{Of: of, Hash: taken}), taken, nil)
	if len(s.Review.Steps) != 3 || len(s.Drawn) != 1 {
		t.Fatalf("got %+v", s.Review.Steps)
	}
	rapid.Check(t, func(t *rapid.T) { // sent back and changed, it is drawn whatever it says now
		other := content.HashOf(rapid.String().Draw(t, "content"))
		if again := w.Pin(workflow.Submission{Of: of, Hash: other, Drawn: s.Leave().Drawn}); len(again.Steps) != 3 {
			t.Fatalf("%s drew %d steps", other, len(again.Steps))
		}
	})
}

func TestTheFastLaneIsForSmallCorrections(t *testing.T) {
	t.Parallel()
	w := parsed(t, twoEyed)
	change := func(pointers ...string) (list []content.Change) {
		for _, p := range pointers {
			list = append(list, content.Change{Pointer: p, Op: "set"})
		}
		return list
	}
	for _, c := range []struct {
		name    string
		erratum bool
		changes []content.Change
		fast    bool
	}{
		{"a typing mistake", true, change("/stem/text"), true},
		{"two", true, change("/stem/text", "/hint"), true},
		{"too many", true, change("/stem/text", "/hint", "/title"), false},
		{"the key", true, change("/key"), false},
		{"a part of the key", true, change("/key/0"), false},
		{"all of it", true, change(""), false},
		{"a field whose name begins alike", true, change("/keyboard"), true},
		{"nothing", true, nil, false},
		{"a revision", false, change("/stem/text"), false},
	} {
		r := w.Pin(workflow.Submission{Erratum: c.erratum, Changes: c.changes})
		if fast := r.Lane == workflow.ErrataLane; fast != c.fast || fast && (len(r.Steps) != 1 || r.Steps[0].ID != "first") {
			t.Errorf("%s: got the lane %q with %d steps", c.name, r.Lane, len(r.Steps))
		}
	}
	if r := workflow.FourEyes.Pin(workflow.Submission{Erratum: true, Changes: change("/stem")}); r.Lane != "" {
		t.Error("a workflow without a fast lane has one")
	}
}
