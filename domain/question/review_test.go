package question_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/question"
	"qbank/domain/workflow"
)

// strict has two steps, a spot check of half of all and a fast lane.
var strict = workflow.Workflow{Name: "strict", Version: 1, Steps: []workflow.Step{
	{ID: "first", Role: access.Reviewer, Approvals: 1},
	{ID: "second", Permission: access.ReviewQuestions, Approvals: 2},
	{ID: "spot", Role: access.Admin, Approvals: 1, Share: workflow.Whole / 2},
}, Errata: &workflow.Errata{Steps: []string{"first"}, MaxChanges: 1, Keeps: []string{"/key"}}}

func under(w workflow.Workflow, kind question.Kind, authors ...string) step {
	return func(q question.Question) ([]event.Event, error) {
		return q.Submit(rules{q.Draft.Type}, question.Submission{Workflow: workflow.Applying{Workflow: w, Org: "acme", Choice: 1}, Kind: kind, Authors: authors})
	}
}

func approvedBy(id string, roles ...access.Role) step {
	return func(q question.Question) ([]event.Event, error) {
		return q.Approve(q.Draft.Hash, access.Actor{ID: id, Roles: roles}, "")
	}
}

func TestWhatTheLogHadBeforeReviewsMeansWhatItMeant(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(question.Events)
	var q question.Question
	for _, e := range []struct{ name, data string }{
		{"question.created", `{"code":"Q1","org":"acme","type":"single-choice@1.0.0","content":{"stem":"2+2?"},"hash":"h","metadata":{}}`},
		{"question.submitted", `{"type":"single-choice@1.0.0","content":{"stem":"2+2?"},"hash":"h","workflow":"single-review@1"}`},
		{"question.approved", `{"hash":"h","by":"li"}`},
	} {
		read, err := codec.Decode(e.name, 1, json.RawMessage(e.data))
		if err != nil {
			t.Fatal(err)
		}
		if q = q.Apply(read); e.name == "question.submitted" {
			if _, err := q.Approve("h", access.Actor{ID: "li", Roles: []access.Role{access.Reviewer}}, ""); err != nil {
				t.Errorf("own work was not refused then: %v", err)
			}
		}
	}
	if q.State != workflow.Approved || q.Approved != "h" || q.Standing.Review.Workflow != "single-review@1" {
		t.Errorf("got %s %q under %q", q.State, q.Approved, q.Standing.Review.Workflow)
	}
}

func TestEveryStepMustAgree(t *testing.T) {
	t.Parallel()
	whole := strict
	whole.Steps = slices.Clone(strict.Steps)
	whole.Steps[2].Share = 0
	part := then(created(stem("2+2?")), under(whole, "", "li"), approvedBy("wang", access.Reviewer), approvedBy("zhao", access.Reviewer), approvedBy("chen", access.Reviewer))
	if q := given(t, part); q.State != workflow.InReview || q.Approved != "" {
		t.Errorf("before the last step the question is %s", q.State)
	}
	_, err := published(question.Revision)(given(t, part))
	refused(t, err, "question.not_approved")
	if q := given(t, part, approvedBy("root", access.Admin), published(question.Revision)); q.Latest != 1 {
		t.Errorf("got %+v", q)
	}
	back := given(t, part, returned)
	if len(back.Standing.Approvals) > 0 || back.State != workflow.Draft {
		t.Errorf("sent back, it has %v", back.Standing.Approvals)
	}
	_, err = approvedBy("root", access.Admin)(given(t, part, returned, under(whole, "", "li")))
	refused(t, err, "review.role") // from the first step again
}

func TestASmallCorrectionTakesTheFastLane(t *testing.T) {
	t.Parallel()
	first := then(live, edited(stem("2+2 =?")), under(strict, question.Erratum, "li"))
	fast := given(t, first, approvedBy("wang", access.Reviewer))
	if fast.State != workflow.Approved {
		t.Fatalf("after one approval the question is %s", fast.State)
	}
	_, err := published(question.Revision)(fast)
	refused(t, err, "question.lane")
	if events, err := published(question.Erratum)(fast); err != nil || events[0].(question.Published).Kind != question.Erratum {
		t.Errorf("got %v, %v", events, err)
	}
	lenient := strict
	lenient.Errata = &workflow.Errata{Steps: []string{"first"}, MaxChanges: 1}
	key := doc{"stem": "2+2?", "hint": "", "key": "b"}
	for name, slow := range map[string][]step{
		"the key":              then(live, edited(key), under(lenient, question.Erratum, "li")),
		"too many changes":     then(live, edited(doc{"stem": "2+3?", "hint": "count"}), under(strict, question.Erratum, "li")),
		"no erratum":           then(live, edited(stem("2+2 =?")), under(strict, question.Revision, "li")),
		"another type version": then(live, moved(choice2), edited(stem("2+2 =?")), under(strict, question.Erratum, "li")),
		"nothing to correct":   then(created(stem("2+2?")), under(strict, question.Erratum, "li")),
	} {
		if q := given(t, slow, approvedBy("wang", access.Reviewer)); q.State != workflow.InReview {
			t.Errorf("%s: after one approval the question is %s", name, q.State)
		}
	}
	open := lenient
	open.Errata = &workflow.Errata{Steps: []string{"first"}, MaxChanges: 1, Secrets: true}
	if q := given(t, live, edited(key), under(open, question.Erratum, "li"), approvedBy("wang", access.Reviewer)); q.State != workflow.Approved {
		t.Errorf("where the workflow takes keys, after one approval the question is %s", q.State)
	}
	_, err = under(strict, "other", "li")(given(t, live, edited(stem("2+2 =?"))))
	refused(t, err, "question.kind")
}

func TestAWorkflowTakesActionsAway(t *testing.T) {
	t.Parallel()
	frozen := strict
	frozen.Bans = workflow.Bans{workflow.InReview: {workflow.Edit}}
	_, err := edited(stem("2+3?"))(given(t, created(stem("2+2?")), under(frozen, "", "li")))
	refused(t, err, "question.state")
	given(t, created(stem("2+2?")), under(frozen, "", "li"), returned, edited(stem("2+3?")))
}

func TestAssignmentsEndWithTheReview(t *testing.T) {
	t.Parallel()
	assigned := step(func(q question.Question) ([]event.Event, error) {
		return q.Assign("", []access.Actor{{ID: "wang", Roles: []access.Role{access.Reviewer}}}, 9)
	})
	q := given(t, created(stem("2+2?")), under(strict, "", "li"), assigned)
	if len(q.Standing.Assigned) != 1 || q.Standing.Assigned[0] != (workflow.Assignment{Step: "first", Person: "wang", Due: 9}) {
		t.Errorf("got %+v", q.Standing.Assigned)
	}
	if events, err := q.Unassign("", nil); err != nil || len(apply(q, events).Standing.Assigned) > 0 {
		t.Errorf("got %v, %v", events, err)
	}
	for _, ends := range []step{returned, edited(stem("2+3?")), retired, withdrawn} {
		if after := given(t, created(stem("2+2?")), under(strict, "", "li"), assigned, ends); len(after.Standing.Assigned) > 0 {
			t.Errorf("a question that is %s is assigned to %v", after.State, after.Standing.Assigned)
		}
	}
	_, err := assigned(given(t, created(stem("2+2?"))))
	refused(t, err, "question.state")
	_, err = given(t, live).Claim(wang)
	refused(t, err, "question.state")
}

// Whoever asks for whatever in whatever order: nothing is published without the approvals that its pinned review wants, by distinct persons, of
// exactly that content, and none by who wrote it.
func TestNothingIsPublishedWithoutItsReview(t *testing.T) {
	t.Parallel()
	people := []access.Actor{
		{ID: "li", Roles: []access.Role{access.Reviewer}}, {ID: "wang", Roles: []access.Role{access.Reviewer}}, {ID: "zhao", Roles: []access.Role{access.Reviewer, access.Admin}},
		{ID: "chen", Roles: []access.Role{access.Admin}}, {ID: "sun", Roles: []access.Role{access.Author}},
	}
	lenient := strict
	lenient.Name, lenient.SamePerson, lenient.OwnWork = "lenient", true, true
	flows := []workflow.Workflow{strict, workflow.FourEyes, workflow.Solo, lenient}
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{}
		var approvals []question.Approved // since the submission, in order
		var asked question.Submitted
		of := uuid.NewSHA1(uuid.NameSpaceOID, []byte(rapid.StringN(1, 4, -1).Draw(t, "id")))
		var authors []string
		someone := func(t *rapid.T) access.Actor { return rapid.SampledFrom(people).Draw(t, "who") }
		ask := func(events []event.Event, err error) {
			before := len(m.history)
			m.does(t, events, err)
			for _, e := range m.history[before:] {
				switch e := e.(type) {
				case question.Submitted:
					asked, approvals = e, nil
				case question.Approved:
					approvals = append(approvals, e)
				case question.Published:
					checkPublished(t, e, asked, approvals)
					authors = nil
				case question.Edited, question.Returned:
					approvals = nil
				}
			}
		}
		wrote := func(by access.Actor) {
			if authors = append(authors, by.ID); len(authors) > 1 {
				slices.Sort(authors)
				authors = slices.Compact(authors)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"": m.Check,
			"write": func(t *rapid.T) {
				before, d := len(m.history), documents(t)
				if m.q.Exists() {
					ask(edited(d)(m.q))
				} else {
					ask(created(d)(m.q))
				}
				if len(m.history) > before {
					wrote(someone(t))
				}
			},
			"submit": func(t *rapid.T) {
				w, by := rapid.SampledFrom(flows).Draw(t, "workflow"), someone(t)
				kind := rapid.SampledFrom([]question.Kind{"", question.Erratum}).Draw(t, "kind")
				all := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(authors), by.ID))))
				ask(m.q.Submit(rules{m.q.Draft.Type}, question.Submission{Of: of, Workflow: workflow.Applying{Workflow: w, Org: "acme", Choice: 2}, Kind: kind, Authors: all}))
			},
			"approve": func(t *rapid.T) {
				seen := rapid.SampledFrom([]content.Hash{m.q.Draft.Hash, m.q.Draft.Hash, "other"}).Draw(t, "seen")
				ask(m.q.Approve(seen, someone(t), ""))
			},
			"approve by all": func(*rapid.T) {
				for range 2 {
					for _, by := range people {
						ask(m.q.Approve(m.q.Draft.Hash, by, ""))
					}
				}
			},
			"assign":   func(t *rapid.T) { ask(m.q.Assign("", []access.Actor{someone(t)}, 0)) },
			"claim":    func(t *rapid.T) { ask(m.q.Claim(someone(t))) },
			"unassign": func(*rapid.T) { ask(m.q.Unassign("", nil)) },
			"return":   func(*rapid.T) { ask(returned(m.q)) },
			"retire":   func(*rapid.T) { ask(retired(m.q)) },
			"bring it back": func(*rapid.T) {
				ask(reinstated(m.q))
			},
			"publish": func(t *rapid.T) {
				ask(m.q.Publish(rapid.SampledFrom([]question.Kind{question.Erratum, question.Revision}).Draw(t, "kind"), rules{m.q.Draft.Type}))
			},
		})
	})
}

func checkPublished(t *rapid.T, p question.Published, asked question.Submitted, approvals []question.Approved) {
	review := workflow.Read(asked.Review, asked.Workflow)
	if p.Hash != asked.Hash || p.Workflow != review.Workflow {
		t.Fatalf("%s was submitted, %s published", asked.Hash, p.Hash)
	}
	if review.Lane == workflow.ErrataLane && p.Kind != question.Erratum {
		t.Fatalf("the fast lane led to a %s", p.Kind)
	}
	given, persons := map[string][]string{}, []string{}
	for _, a := range approvals {
		if a.Hash != p.Hash {
			t.Fatalf("%s approved %s, %s was published", a.By, a.Hash, p.Hash)
		}
		if !review.OwnWork && slices.Contains(asked.Authors, a.By) {
			t.Fatalf("%s approved their own work", a.By)
		}
		if slices.Contains(given[a.Step], a.By) || !review.SamePerson && slices.Contains(persons, a.By) {
			t.Fatalf("%s approved twice", a.By)
		}
		given[a.Step], persons = append(given[a.Step], a.By), append(persons, a.By)
	}
	if len(review.Steps) == 0 {
		t.Fatal("published without any review")
	}
	for _, s := range review.Steps {
		if len(given[s.ID]) != s.Approvals {
			t.Fatalf("step %s has the approvals %v, wants %d", s.ID, given[s.ID], s.Approvals)
		}
	}
}
