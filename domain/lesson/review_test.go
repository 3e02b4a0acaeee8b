package lesson_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/workflow"
)

var twice = workflow.Applying{Choice: 1, Org: "acme", Needed: true, Workflow: workflow.Workflow{Name: "twice", Version: 1, Steps: []workflow.Step{
	{ID: "first", Permission: access.ReviewLessons, Approvals: 1}, {ID: "second", Role: access.Admin, Approvals: 1},
}}}

func reviewer(id string, roles ...access.Role) access.Actor {
	return access.Actor{ID: id, Roles: roles}
}

func wants(t testing.TB, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("got %v, want the fault %s", err, code)
	}
}

func TestALessonIsAgreedToAsItStands(t *testing.T) {
	t.Parallel()
	l := given(lesson.Created{Org: "acme", Plan: plan(item("a", one, 1))})
	wants(t, l.Agreed(true), "lesson.not_approved")
	if err := l.Agreed(false); err != nil {
		t.Errorf("never submitted, where nobody demands a review: %v", err)
	}
	_, err := l.Approve(l.Plan.Hash(), reviewer("wang", access.Reviewer), "")
	wants(t, err, "lesson.state")
	l = then(t, l)(l.Submit(lesson.Submission{Workflow: twice, Authors: []string{"li"}}))
	_, err = l.Submit(lesson.Submission{Workflow: twice})
	wants(t, err, "lesson.state")
	_, err = l.Approve("other", reviewer("wang", access.Reviewer), "")
	wants(t, err, "lesson.content_changed")
	_, err = l.Approve(l.Standing.Hash, reviewer("li", access.Reviewer), "")
	wants(t, err, "review.own_work")
	_, err = l.Return(l.Standing.Hash, "wang", "")
	wants(t, err, "reason.missing")
	half := then(t, l)(l.Approve(l.Standing.Hash, reviewer("wang", access.Reviewer), ""))
	wants(t, half.Agreed(false), "lesson.not_approved")
	_, err = half.Approve(l.Standing.Hash, reviewer("wang", access.Admin), "")
	wants(t, err, "review.same_person")
	done := then(t, half)(half.Approve(l.Standing.Hash, reviewer("root", access.Admin), ""))
	if err := done.Agreed(true); err != nil {
		t.Error(err)
	}
	for name, e := range map[string]event.Event{
		"edited":    lesson.Edited{Plan: plan(item("a", two, 1))},
		"returned":  lesson.Returned{},
		"recalled":  lesson.Recalled{},
		"published": lesson.Published{Version: 1, Plan: l.Plan},
	} {
		wants(t, done.Apply(e).Agreed(true), "lesson.not_approved")
		if err := done.Apply(e).Agreed(false); (err == nil) != (name == "published") {
			t.Errorf("%s, where nobody demands a review: %v", name, err)
		}
		if len(done.Apply(e).Standing.Approvals) > 0 {
			t.Errorf("%s, it keeps its approvals", name)
		}
	}
	for _, state := range []lesson.Lesson{l, half, done} {
		recalled := then(t, state)(state.Recall("not yet"))
		_, err = recalled.Recall("")
		wants(t, err, "lesson.state")
		again := then(t, recalled)(recalled.Submit(lesson.Submission{Workflow: twice, Authors: []string{"li"}}))
		wants(t, again.Agreed(false), "lesson.not_approved")
	}
	_, err = l.Recall(strings.Repeat("x", 2001))
	wants(t, err, "note.invalid")
	_, err = given(lesson.Created{Org: "acme", Plan: plan()}).Recall("")
	wants(t, err, "lesson.state")
	_, err = then(t, l)(l.Retire("over")).Recall("")
	wants(t, err, "lesson.retired")
	assigned := then(t, l)(l.Assign("second", []access.Actor{reviewer("root", access.Admin)}, 5))
	if ended, err := assigned.Unassign("second", nil); err != nil || len(ended) != 1 {
		t.Errorf("got %v, %v", ended, err)
	}
	if claimed := then(t, l)(l.Claim(reviewer("wang", access.Reviewer))); len(claimed.Standing.Assigned) != 1 {
		t.Errorf("got %+v", claimed.Standing)
	}
}

func TestWhateverIsAskedALessonIsAgreedToByTwo(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(lesson.Events, lesson.ReviewEvents)
	rapid.Check(t, func(t *rapid.T) {
		var l, again lesson.Lesson
		does := func(events []event.Event, _ error) {
			for _, e := range events {
				name, version, data, err := codec.Encode(e)
				if err != nil {
					t.Fatal(err)
				}
				read, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				l, again = l.Apply(e), again.Apply(read)
			}
		}
		who := func(t *rapid.T) access.Actor {
			return reviewer(rapid.SampledFrom([]string{"li", "wang", "zhao"}).Draw(t, "who"), rapid.SampledFrom([]access.Role{access.Reviewer, access.Admin}).Draw(t, "role"))
		}
		draw := func(t *rapid.T) lesson.Plan { return plan(item("a", one, rapid.IntRange(0, 1).Draw(t, "version"))) }
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) { does(l.Create("acme", draw(t), nil)) },
			"edit":   func(t *rapid.T) { does(l.Edit(l.Plan, draw(t), nil)) },
			"submit": func(*rapid.T) { does(l.Submit(lesson.Submission{Workflow: twice, Authors: []string{"li"}})) },
			"approve": func(t *rapid.T) {
				does(l.Approve(rapid.SampledFrom([]content.Hash{l.Standing.Hash, "other"}).Draw(t, "seen"), who(t), ""))
			},
			"recall": func(*rapid.T) { does(l.Recall("")) },
			"return": func(t *rapid.T) { does(l.Return(l.Standing.Hash, who(t).ID, "no")) },
			"assign": func(t *rapid.T) { does(l.Assign("", []access.Actor{who(t)}, 0)) },
			"claim":  func(t *rapid.T) { does(l.Claim(who(t))) },
			"free":   func(*rapid.T) { does(l.Unassign("", nil)) },
			"": func(t *rapid.T) {
				if !reflect.DeepEqual(l, again) {
					t.Fatalf("what was written down leads to %+v, not %+v", again, l)
				}
				var by []string
				for _, a := range l.Standing.Approvals {
					by = append(by, a.By)
				}
				if l.Agreed(true) == nil && (len(by) != 2 || by[0] == by[1] || slices.Contains(by, "li") || l.Standing.Hash != l.Plan.Hash()) {
					t.Fatalf("agreed to by %v", by)
				}
			},
		})
	})
}
