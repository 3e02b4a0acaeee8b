package reviews_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/projections/reviews"
)

var events = slices.Concat(question.Events, lesson.Events, lesson.ReviewEvents)

// lax finds nothing wrong.
type lax struct{}

func (lax) Ref() qtype.Ref            { return qtype.Ref{ID: "essay", Version: "1.0.0"} }
func (lax) Check(any) []fault.Problem { return nil }
func (lax) Rescores(any, any) bool    { return false }

var strict = workflow.Workflow{Name: "strict", Version: 1, Steps: []workflow.Step{
	{ID: "first", Role: access.Reviewer, Approvals: 1},
	{ID: "second", Permission: access.ReviewQuestions, Approvals: 2, AssignedOnly: true},
	{ID: "spot", Role: access.Admin, Approvals: 1, Share: workflow.Whole / 2},
}}

var people = []access.Actor{
	{ID: "li", Roles: []access.Role{access.Reviewer}}, {ID: "wang", Roles: []access.Role{access.Reviewer}},
	{ID: "zhao", Roles: []access.Role{access.Reviewer, access.Admin}}, {ID: "chen", Roles: []access.Role{access.Admin}},
	{ID: "sun", Roles: []access.Role{access.Author}}, {ID: "zhou", Roles: []access.Role{access.Reviewer}},
}

// item is a question whose history the domain writes.
type item struct {
	question.Question
	name  string
	facts []projtest.Facts
}

func (i *item) does(by string, list []event.Event, err error) bool {
	for _, e := range list {
		i.Question = i.Apply(e)
		i.facts = append(i.facts, projtest.In(i.name, e).By(by))
	}
	return err == nil && len(list) > 0
}

func (i *item) draft(text string) question.Draft {
	return question.Draft{Type: lax{}.Ref(), Content: map[string]any{"stem": text}}
}

func create(name, org, subject string) *item {
	i := &item{name: name}
	events, err := i.Create(question.NewCode(int64(len(name))), org, i.draft("one"), question.Metadata{Title: name, Subject: subject}, nil)
	i.does("li", events, err)
	return i
}

func (i *item) submit(w workflow.Workflow, authors ...string) *item {
	events, err := i.Submit(lax{}, question.Submission{Of: projtest.StreamID(i.name), Workflow: workflow.Applying{Workflow: w, Org: i.Org, Choice: 1}, Authors: authors})
	i.does(authors[0], events, err)
	return i
}

func facts(items ...*item) (all []projtest.Facts) {
	for _, i := range items {
		all = append(all, i.facts...)
	}
	return all
}

func names(t *testing.T, r *reviews.Reader, org string, f reviews.Filter) string {
	t.Helper()
	var out []string
	page := read.Page{First: 2}
	for {
		list, err := r.Queue(t.Context(), org, f, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list.Rows {
			out = append(out, i.Title)
		}
		if !list.More {
			return strings.Join(out, " ")
		}
		page.After = list.Cursors[len(list.Cursors)-1]
	}
}

func TestTheQueueShowsWhatWaits(t *testing.T) {
	t.Parallel()
	a, b, c, d := create("a", "acme/math", "math"), create("b", "acme", "art"), create("c", "other", "math"), create("d", "acme", "math")
	a.submit(strict, "li")
	b.submit(workflow.FourEyes, "li")
	c.submit(workflow.FourEyes, "li")
	given, err := a.Assign("", []access.Actor{{ID: "wang", Roles: []access.Role{access.Reviewer}}}, 1000)
	a.does("root", given, err)
	plan := lesson.Plan{Title: "lesson"}
	l := projtest.In("l", lesson.Created{Org: "acme", Plan: plan}, lesson.Submitted{Hash: plan.Hash(), Workflow: "single-review@2", Authors: []string{"li"}}).By("li")
	log := projtest.Given(t, events, reviews.New(), append(facts(a, b, c, d), l)...)
	r := reviews.NewReader(log.Pool)
	for _, q := range []struct {
		org    string
		filter reviews.Filter
		want   string
	}{
		{"acme", reviews.Filter{}, "a b lesson"}, {"acme/math", reviews.Filter{}, "a"}, {"other", reviews.Filter{}, "c"}, {"acm", reviews.Filter{}, ""},
		{"acme", reviews.Filter{Kind: workflow.Lessons}, "lesson"}, {"acme", reviews.Filter{Subject: "art"}, "b"}, {"acme", reviews.Filter{Step: "first"}, "a"},
		{"acme", reviews.Filter{Workflow: "single-review@2"}, "b lesson"}, {"acme", reviews.Filter{Type: "essay"}, "a b"},
		{"acme", reviews.Filter{AssignedTo: "wang"}, "a"}, {"acme", reviews.Filter{AssignedTo: "li"}, ""}, {"acme", reviews.Filter{Unassigned: true}, "b lesson"},
		{"acme", reviews.Filter{DueBefore: 1001}, "a"}, {"acme", reviews.Filter{DueBefore: 1000}, ""},
		{"acme", reviews.Filter{For: &people[0]}, ""}, {"acme", reviews.Filter{For: &people[1]}, "a b"}, {"acme", reviews.Filter{For: &people[3]}, "b"},
	} {
		if q.filter.For != nil && q.want != "" {
			q.want += " lesson"
		}
		if got := names(t, r, q.org, q.filter); got != q.want {
			t.Errorf("%s %+v: got %q, want %q", q.org, q.filter, got, q.want)
		}
	}
	if _, err := r.Queue(t.Context(), "acme", reviews.Filter{Subject: "\x00"}, read.Page{}); !fault.Is(err, "filter.text") {
		t.Errorf("got %v", err)
	}
	counts, err := r.Counts(t.Context(), "acme", reviews.Filter{}, 2000)
	if err != nil || len(counts) != 3 || counts[2].Workflow != "strict@1" || counts[2].Overdue != 1 || counts[2].Unassigned != 0 || counts[1].Unassigned != 1 {
		t.Errorf("got %+v, %v", counts, err)
	}

	agreed, err := a.Approve(a.Draft.Hash, people[1], "fine")
	before := len(a.facts)
	a.does("wang", agreed, err)
	log.Append(a.facts[before:]...)
	log.Run(reviews.New())
	id := projtest.StreamID("a")
	found, err := r.Get(t.Context(), "acme", []uuid.UUID{id, projtest.StreamID("c")})
	if i := found[id]; err != nil || len(found) != 1 || i.Step != "second" || i.Given != 0 || i.Needed != 2 || i.Since <= i.SubmittedAt || len(i.Standing.Approvals) != 1 || i.SubmittedBy != "li" {
		t.Errorf("got %+v, %v", found, err)
	}
	past, err := r.History(t.Context(), "acme", id, read.Page{})
	var told []string
	for _, h := range past.Rows {
		told = append(told, fmt.Sprint(h.Action, " ", h.Step, " ", h.Persons, " ", h.By, " ", h.Note))
	}
	if want := []string{"approved first [] wang fine", "assigned first [wang] root ", "submitted  [] li "}; err != nil || !slices.Equal(told, want) {
		t.Errorf("got %q, %v", told, err)
	}
	if past, err := r.History(t.Context(), "other", id, read.Page{}); err != nil || len(past.Rows) > 0 {
		t.Errorf("another organisation reads %+v, %v", past, err)
	}
}

// random lets people do whatever they may to some questions.
func random(seed uint64) []*item {
	r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // the same at every run
	list := make([]*item, 12)
	for n := range list {
		i := create(fmt.Sprint("q", n), "acme", "math")
		for range 12 {
			by := people[r.IntN(len(people))]
			switch r.IntN(7) {
			case 0, 1:
				if i.State == workflow.Draft && i.Draft.Hash != i.Published {
					i.submit([]workflow.Workflow{strict, workflow.FourEyes, workflow.Solo}[r.IntN(3)], "li")
				}
			case 2, 3:
				events, err := i.Approve(i.Draft.Hash, by, "")
				i.does(by.ID, events, err)
			case 4:
				events, err := i.Assign("", []access.Actor{by}, int64(r.IntN(3)))
				i.does("root", events, err)
			case 5:
				if r.IntN(3) == 0 {
					events, err := i.Edit(i.Draft, i.draft(fmt.Sprint(r.IntN(99))), nil)
					i.does("li", events, err)
				}
			case 6:
				events, err := i.Publish(question.Revision, lax{})
				i.does("root", events, err)
			}
		}
		list[n] = i
	}
	return list
}

func TestTheQueueForAPersonIsWhatTheyMayApprove(t *testing.T) {
	t.Parallel()
	list := random(7)
	r := reviews.NewReader(projtest.Given(t, events, reviews.New(), facts(list...)...).Pool)
	waiting := 0
	for _, who := range people {
		got := strings.Fields(names(t, r, "acme", reviews.Filter{For: &who}))
		var want []string
		for _, i := range list {
			if _, err := i.Approve(i.Draft.Hash, who, ""); err == nil && who.Can(access.ReviewQuestions) {
				want = append(want, i.name)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if waiting += len(want); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", who.ID, got, want)
		}
	}
	if waiting == 0 {
		t.Error("nobody may approve anything: the test is of no use")
	}
	for _, i := range list {
		found, err := r.Get(t.Context(), "acme", []uuid.UUID{projtest.StreamID(i.name)})
		if got := found[projtest.StreamID(i.name)]; err != nil || got.State != i.State || got.Revision != i.Revision || fmt.Sprint(got.Standing.Approvals) != fmt.Sprint(i.Standing.Approvals) {
			t.Errorf("%s: got %+v, %v", i.name, got, err)
		}
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	plan := lesson.Plan{Title: "lesson"}
	all := append(facts(random(3)...), projtest.In("orphan", question.Approved{By: "li"}),
		projtest.In("l", lesson.Created{Org: "acme", Plan: plan}, lesson.Submitted{Hash: plan.Hash(), Workflow: "single-review@2"}, lesson.Edited{Plan: plan}),
		projtest.In("l", lesson.Approved{Hash: plan.Hash(), By: "li", Step: "review"}), projtest.In("l", lesson.Edited{Plan: lesson.Plan{Title: "other"}}))
	log := projtest.Given(t, events, reviews.New(), all...)
	log.RebuildEquals(t, reviews.New())
	found, err := reviews.NewReader(log.Pool).Get(t.Context(), "acme", []uuid.UUID{projtest.StreamID("l")})
	if l := found[projtest.StreamID("l")]; err != nil || l.State != workflow.Draft || l.Title != "other" || l.Standing.Hash != "" {
		t.Errorf("got %+v, %v", l, err)
	}
}
