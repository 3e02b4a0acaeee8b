package lesson_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/timeline"
)

var change = uuid.MustParse("00000000-0000-4000-8000-0000000000cc")

// published is a lesson whose draft names no versions, with its first version out.
func published(t testing.TB, p lesson.Plan) lesson.Lesson {
	t.Helper()
	l := given(lesson.Created{Org: "acme", Plan: tidy(t, p)})
	return then(t, l)(l.Publish(newest(p, 3)))
}

func newest(p lesson.Plan, version int) map[uuid.UUID]int {
	versions := map[uuid.UUID]int{}
	for _, q := range p.Questions() {
		versions[q] = version
	}
	return versions
}

// then folds what was decided.
func then(t testing.TB, l lesson.Lesson) func([]event.Event, error) lesson.Lesson {
	return func(events []event.Event, err error) lesson.Lesson {
		t.Helper()
		if err != nil {
			t.Fatalf("%v %+v", err, fault.Of(err).Problems)
		}
		for _, e := range events {
			l = l.Apply(e)
		}
		return l
	}
}

func TestALockedLessonChangesByApprovedRequestsAlone(t *testing.T) {
	t.Parallel()
	rules := plugins(t)
	l := published(t, arranged())
	l = then(t, l)(l.Lock("prod", 0, "Monday"))
	if !reflect.DeepEqual(l.Locks, []lesson.Lock{{Environment: "prod", Version: 1}}) {
		t.Fatalf("locks %+v", l.Locks)
	}
	if events, err := l.Lock("prod", 1, ""); events != nil || err != nil {
		t.Errorf("locked twice: %v, %v", events, err)
	}
	better := edit(t, l.Plan, func(p *lesson.Plan) { p.Title = "Better sums" })
	for name, decide := range map[string]func() ([]event.Event, error){
		"edit":    func() ([]event.Event, error) { return l.Edit(l.Plan, better, rules) },
		"publish": func() ([]event.Event, error) { return l.Publish(newest(l.Plan, 9)) },
		"retire":  func() ([]event.Event, error) { return l.Retire("old") },
		"pull":    func() ([]event.Event, error) { return l.Pull(l.Plan, better, 2, nil, rules) },
		"recut": func() ([]event.Event, error) {
			events, _, err := l.Recut("intro", newCut(10_000), timeline.Cut{{To: 10_000}}, rules)
			return events, err
		},
	} {
		if events, err := decide(); !fault.Is(err, "lesson.locked") || events != nil {
			t.Errorf("%s: got %v, %v", name, events, err)
		}
	}
	ask := lesson.Change{ID: change, From: l.Revision, Plan: better, By: "wang", Reason: "a typo"}
	seen := l.Plan
	l = then(t, l)(l.RequestChange(seen, ask, rules))
	if _, err := l.ApproveChange(seen, lesson.ChangeApproved{Change: change, By: "wang"}, newest(l.Plan, 9), rules); !fault.Is(err, "lesson.own_change") {
		t.Errorf("got %v", err)
	}
	told := 41
	events, err := l.ApproveChange(seen, lesson.ChangeApproved{Change: change, By: "zhao", Downloaded: &told}, newest(l.Plan, 9), rules)
	if err != nil || len(events) != 3 {
		t.Fatalf("got %v, %v", events, err)
	}
	p := events[2].(lesson.Published)
	if p.Version != 2 || p.Plan.Title != "Better sums" || p.Plan.Items[0].Version != 3 || p.Plan.Draws[0].Pool[0].Version != 3 {
		t.Errorf("published %+v: questions that nobody touched keep their versions", p)
	}
	l = then(t, l)(events, nil)
	if l.Locks[0].Version != 2 || len(l.Changes) != 0 || l.Plan.Items[0].Version != 0 || l.Plan.Title != "Better sums" {
		t.Errorf("came to %+v", l)
	}
	l = then(t, l)(l.RequestChange(l.Plan, lesson.Change{ID: change, From: l.Revision, Plan: seen, By: "wang", Reason: "back"}, rules))
	declined := then(t, l)(l.DeclineChange(lesson.ChangeDeclined{Change: change, By: "zhao", Reason: "no"}))
	if len(declined.Changes) != 0 || len(l.Changes) != 1 {
		t.Errorf("declined: %+v, before: %+v", declined.Changes, l.Changes)
	}
	l = then(t, l)(l.Unlock("prod", "class is over"))
	if len(l.Locks) != 0 || len(l.Changes) != 0 {
		t.Errorf("unlocked it has %+v %+v", l.Locks, l.Changes)
	}
	then(t, l)(l.Edit(l.Plan, seen, rules))
}

func TestRefusalsAboutLocks(t *testing.T) {
	t.Parallel()
	rules := plugins(t)
	l := published(t, arranged())
	locked := then(t, l)(l.Lock("prod", 0, ""))
	ahead := then(t, l)(l.Edit(l.Plan, edit(t, l.Plan, func(p *lesson.Plan) { p.Title = "x" }), rules))
	better := edit(t, l.Plan, func(p *lesson.Plan) { p.Title = "Better sums" })
	full := locked
	full.Changes = make([]lesson.Change, lesson.MaxChanges)
	request := func(l lesson.Lesson, p lesson.Plan, reason string) ([]event.Event, error) {
		return l.RequestChange(l.Plan, lesson.Change{ID: change, From: l.Revision, Plan: p, By: "wang", Reason: reason}, rules)
	}
	draft := given(lesson.Created{Org: "acme", Plan: tidy(t, arranged())})
	for _, c := range []struct {
		code   string
		decide func() ([]event.Event, error)
	}{
		{"lesson.not_found", func() ([]event.Event, error) { return lesson.Lesson{}.Lock("prod", 0, "") }},
		{"environment.name", func() ([]event.Event, error) { return l.Lock("Prod", 0, "") }},
		{"lesson.not_published", func() ([]event.Event, error) { return draft.Lock("prod", 0, "") }},
		{"lesson.not_newest", func() ([]event.Event, error) { return l.Lock("prod", 2, "") }},
		{"lesson.unpublished_changes", func() ([]event.Event, error) { return ahead.Lock("prod", 0, "") }},
		{"lesson.not_locked", func() ([]event.Event, error) { return locked.Unlock("test", "why") }},
		{"reason.missing", func() ([]event.Event, error) { return locked.Unlock("prod", "") }},
		{"reason.missing", func() ([]event.Event, error) { return request(locked, better, "") }},
		{"lesson.not_locked", func() ([]event.Event, error) { return request(l, better, "why") }},
		{"lesson.unchanged", func() ([]event.Event, error) { return request(locked, locked.Plan, "why") }},
		{"lesson.invalid", func() ([]event.Event, error) { return request(locked, lesson.Plan{}, "why") }},
		{"lesson.too_many_changes", func() ([]event.Event, error) { return request(full, better, "why") }},
		{"lesson.change_unknown", func() ([]event.Event, error) {
			return locked.ApproveChange(l.Plan, lesson.ChangeApproved{Change: change, By: "zhao"}, nil, rules)
		}},
		{"lesson.change_unknown", func() ([]event.Event, error) {
			return locked.DeclineChange(lesson.ChangeDeclined{Change: change, Reason: "no"})
		}},
		{"lesson.questions", func() ([]event.Event, error) {
			asked := then(t, locked)(request(locked, better, "why"))
			return asked.ApproveChange(locked.Plan, lesson.ChangeApproved{Change: change, By: "zhao"}, nil, rules)
		}},
	} {
		if events, err := c.decide(); !fault.Is(err, c.code) || events != nil {
			t.Errorf("%s: got %v, %v", c.code, events, err)
		}
	}
}

// Of two requests for the same place, the second conflicts with what the first made of it.
func TestRequestsThatDisagreeAreAConflict(t *testing.T) {
	t.Parallel()
	rules := plugins(t)
	l := published(t, arranged())
	l = then(t, l)(l.Lock("prod", 0, ""))
	seen, other := l.Plan, uuid.MustParse("00000000-0000-4000-8000-0000000000dd")
	for id, title := range map[uuid.UUID]string{change: "Sums I", other: "Sums A"} {
		p := edit(t, seen, func(p *lesson.Plan) { p.Title = title })
		l = then(t, l)(l.RequestChange(seen, lesson.Change{ID: id, From: 3, Plan: p, By: "wang", Reason: "why"}, rules))
	}
	l = then(t, l)(l.ApproveChange(seen, lesson.ChangeApproved{Change: change, By: "zhao"}, newest(seen, 3), rules))
	if _, err := l.ApproveChange(seen, lesson.ChangeApproved{Change: other, By: "zhao"}, newest(seen, 3), rules); !fault.Is(err, "lesson.merge_conflict") {
		t.Errorf("got %v", err)
	}
	if !slices.ContainsFunc(l.Changes, func(c lesson.Change) bool { return c.ID == other }) {
		t.Error("the other request is closed")
	}
}
