package lesson_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
)

// edit is what a plan becomes, in the shape that the aggregate keeps.
func edit(t testing.TB, p lesson.Plan, change func(*lesson.Plan)) lesson.Plan {
	t.Helper()
	changed := tidy(t, p)
	changed.Items = slices.Clone(changed.Items)
	changed.Stages = slices.Clone(changed.Stages)
	for i := range changed.Stages {
		changed.Stages[i].Cues = slices.Clone(changed.Stages[i].Cues)
		changed.Stages[i].Slots = slices.Clone(changed.Stages[i].Slots)
	}
	change(&changed)
	return changed
}

func TestTwoEditorsOfDifferentPlacesBothKeepTheirWork(t *testing.T) {
	t.Parallel()
	base := tidy(t, arranged())
	l := given(lesson.Created{Org: "acme", Plan: base})
	does := func(seen, edited lesson.Plan) {
		t.Helper()
		events, err := l.Edit(seen, edited, plugins(t))
		if err != nil {
			t.Fatalf("%v %+v", err, fault.Of(err).Problems)
		}
		for _, e := range events {
			l = l.Apply(e)
		}
	}
	does(base, edit(t, base, func(p *lesson.Plan) { p.Title = "Better sums"; p.Stages[0].Cues[1].At.To = 1_900 }))
	does(base, edit(t, base, func(p *lesson.Plan) {
		p.Items[1].Max = 3
		p.Stages[0].Cues = append(p.Stages[0].Cues, period("s3", 5_000, 6_000, says("Bye")))
		p.Stages[2], p.Stages[3] = p.Stages[3], p.Stages[2]
	}))
	p := l.Plan
	if p.Title != "Better sums" || p.Stages[0].Cues[1].At.To != 1_900 || p.Items[1].Max != 3 || len(p.Stages[0].Cues) != 5 || p.Stages[2].ID != "slides" {
		t.Errorf("came to %+v", p)
	}
	if events, err := l.Edit(l.Plan, l.Plan, plugins(t)); err != nil || events != nil {
		t.Errorf("an edit that changes nothing is %v, %v", events, err)
	}
	_, err := l.Edit(base, edit(t, base, func(p *lesson.Plan) { p.Title = "Worse sums" }), plugins(t))
	f := fault.Of(err)
	if f == nil || f.Code != "lesson.merge_conflict" || f.Problems[0].Pointer != "/title" || f.Details["revision"] != 3 {
		t.Fatalf("got %v", err)
	}
	if c := f.Details["conflicts"].([]content.Conflict)[0]; c.Ours != "Better sums" || c.Theirs != "Worse sums" || c.Base != "Sums" {
		t.Errorf("shows %+v", c)
	}
	// Each fits alone; together a question would have two places.
	l = given(lesson.Created{Org: "acme", Plan: base})
	does(base, edit(t, base, func(p *lesson.Plan) {
		p.Stages[1].Slots = nil
		p.Stages[0].Cues = append(p.Stages[0].Cues, moment("x", 1, ask("q2")))
	}))
	_, err = l.Edit(base, edit(t, base, func(p *lesson.Plan) {
		p.Stages[1].Slots = nil
		p.Stages[0].Cues = append(p.Stages[0].Cues, moment("y", 2, ask("q2")))
	}), plugins(t))
	if f := fault.Of(err); f == nil || f.Code != "lesson.merge_conflict" || f.Problems[0].Code != "placed_twice" {
		t.Errorf("got %v", err)
	}
}

var master = uuid.MustParse("00000000-0000-4000-8000-0000000000aa")

func copied(t testing.TB, p lesson.Plan) lesson.Lesson {
	return given(lesson.Created{Org: "acme", Plan: tidy(t, p), Copy: &lesson.Copy{Master: master, Version: 1, Term: "spring"}})
}

func TestACopyPullsWhatItsMasterChanged(t *testing.T) {
	t.Parallel()
	base := tidy(t, arranged())
	l := copied(t, base)
	l = l.Apply(lesson.Edited{Plan: edit(t, base, func(p *lesson.Plan) { p.Title = "Spring sums"; p.Items[0].Max = 5 })})
	newer := edit(t, base, func(p *lesson.Plan) { p.Title = "Sums II"; p.Items[0].Max = 7; p.Stages[3].Title = "Slides" })

	_, err := l.Pull(base, newer, 2, nil, plugins(t))
	f := fault.Of(err)
	if f == nil || f.Code != "lesson.merge_conflict" || len(f.Problems) != 2 {
		t.Fatalf("got %v", err)
	}
	pointers := []string{f.Problems[0].Pointer, f.Problems[1].Pointer}
	if slices.Sort(pointers); !slices.Equal(pointers, []string{"/items/0/max", "/title"}) {
		t.Fatalf("conflicts at %v", pointers)
	}
	if _, err := l.Pull(base, newer, 2, lesson.Choices{"/title": lesson.Ours}, plugins(t)); len(fault.Of(err).Problems) != 1 {
		t.Errorf("got %v", err)
	}
	for _, wrong := range []lesson.Choices{{"/items/9/max": lesson.Ours}, {"/title": "mine"}} {
		if _, err := l.Pull(base, newer, 2, wrong, plugins(t)); !fault.Is(err, "lesson.choice_unknown") {
			t.Errorf("%v: got %v", wrong, err)
		}
	}
	events, err := l.Pull(base, newer, 2, lesson.Choices{"/title": lesson.Ours, "/items/0/max": lesson.Theirs}, plugins(t))
	if err != nil {
		t.Fatal(err)
	}
	l = l.Apply(events[0])
	if l.Plan.Title != "Spring sums" || l.Plan.Items[0].Max != 7 || l.Plan.Stages[3].Title != "Slides" || l.Master.Version != 2 {
		t.Errorf("came to %+v, %+v", l.Plan, l.Master)
	}
	if events, err := l.Pull(base, newer, 2, nil, plugins(t)); events != nil || err != nil {
		t.Errorf("pulled again: %v, %v", events, err)
	}
	if _, err := l.Pull(base, newer, 1, nil, plugins(t)); !fault.Is(err, "lesson.pulled") {
		t.Errorf("got %v", err)
	}
	if _, err := given(lesson.Created{Plan: base}).Pull(base, newer, 2, nil, plugins(t)); !fault.Is(err, "lesson.no_copy") {
		t.Errorf("got %v", err)
	}
	// A change of the master that the copy has already moves what the next pull starts from.
	same, err := l.Pull(newer, newer, 3, nil, plugins(t))
	if err != nil || len(same) != 1 || same[0].(lesson.Edited).Pulled != 3 {
		t.Errorf("got %v, %v", same, err)
	}
}

func TestChoicesAlsoConcernWhatWentAndWhatMoved(t *testing.T) {
	t.Parallel()
	base := tidy(t, arranged())
	pull := func(ours, theirs func(*lesson.Plan), side lesson.Side) lesson.Plan {
		t.Helper()
		l := copied(t, edit(t, base, ours))
		newer := edit(t, base, theirs)
		_, err := l.Pull(base, newer, 2, nil, plugins(t))
		f := fault.Of(err)
		if f == nil || f.Code != "lesson.merge_conflict" || len(f.Problems) == 0 {
			t.Fatalf("got %v", err)
		}
		choices := lesson.Choices{}
		for _, p := range f.Problems {
			choices[p.Pointer] = side
		}
		events, err := l.Pull(base, newer, 2, choices, plugins(t))
		if err != nil {
			t.Fatalf("%v %+v", err, fault.Of(err).Problems)
		}
		return events[0].(lesson.Edited).Plan
	}
	removeCue := func(p *lesson.Plan) { p.Stages[0].Cues = slices.Delete(p.Stages[0].Cues, 2, 3) }
	changeCue := func(p *lesson.Plan) { p.Stages[0].Cues[2].At.To = 4_500 }
	for _, c := range []struct {
		ours, theirs func(*lesson.Plan)
		side         lesson.Side
		stays        bool
	}{
		{removeCue, changeCue, lesson.Ours, false}, {removeCue, changeCue, lesson.Theirs, true},
		{changeCue, removeCue, lesson.Ours, true}, {changeCue, removeCue, lesson.Theirs, false},
	} {
		got := pull(c.ours, c.theirs, c.side)
		stays := slices.ContainsFunc(got.Stages[0].Cues, func(c lesson.Cue) bool { return c.ID == "s2" && c.At.To == 4_500 })
		if stays != c.stays || len(got.Stages[0].Cues) != map[bool]int{true: 4, false: 3}[c.stays] {
			t.Errorf("%s: %+v", c.side, got.Stages[0].Cues)
		}
	}
	order := func(p lesson.Plan) (ids []string) {
		for _, s := range p.Stages {
			ids = append(ids, s.ID)
		}
		return ids
	}
	reverse := func(p *lesson.Plan) { slices.Reverse(p.Stages) }
	swap := func(p *lesson.Plan) { p.Stages[0], p.Stages[1] = p.Stages[1], p.Stages[0] }
	if got := order(pull(reverse, swap, lesson.Theirs)); strings.Join(got, " ") != "practice intro read slides" {
		t.Errorf("in their order: %v", got)
	}
	if got := order(pull(reverse, swap, lesson.Ours)); strings.Join(got, " ") != "slides read practice intro" {
		t.Errorf("in our order: %v", got)
	}
}

// A plan with titles, marks and cues drawn anew.
func redrawn(t *rapid.T, base lesson.Plan) lesson.Plan {
	p := base
	p.Title = rapid.SampledFrom([]string{"Sums", "Products", "Roots"}).Draw(t, "title")
	p.Items, p.Stages = slices.Clone(p.Items), slices.Clone(p.Stages)
	for i := range p.Items {
		p.Items[i].Version = rapid.IntRange(0, 2).Draw(t, "version")
	}
	cues := p.Stages[0].Cues[:1:1]
	for n := range 4 {
		if rapid.Bool().Draw(t, "subtitle") {
			from := int64(rapid.IntRange(0, 3).Draw(t, "from"))
			cues = append(cues, period(fmt.Sprint("s", n), from, from+10, saysIn(fmt.Sprint("en-", n), "x")))
		}
	}
	p.Stages[0].Cues = cues
	return p
}

func TestMergingPlans(t *testing.T) {
	t.Parallel()
	base, rules := tidy(t, arranged()), plugins(t)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) lesson.Plan {
			p, err := redrawn(t, base).Tidy(rules)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return p
		}
		a, b := draw("ours"), draw("theirs")
		at := func(draft, seen, edited lesson.Plan) lesson.Plan {
			l := given(lesson.Created{Org: "acme", Plan: draft})
			events, err := l.Edit(seen, edited, rules)
			if err != nil {
				t.Fatalf("%v", err)
			}
			for _, e := range events {
				l = l.Apply(e)
			}
			return l.Plan
		}
		for _, same := range []struct{ got, want lesson.Plan }{
			{at(base, base, b), b}, {at(a, base, base), a}, {at(a, base, a), a}, {at(a, a, b), b},
		} {
			if same.got.Hash() != same.want.Hash() {
				t.Fatalf("got %+v, want %+v", same.got, same.want)
			}
		}
		// With a side taken everywhere, pulling always comes to something, and to theirs where ours changed nothing.
		l := given(lesson.Created{Org: "acme", Plan: a, Copy: &lesson.Copy{Master: master, Version: 1}})
		side := rapid.SampledFrom([]lesson.Side{lesson.Ours, lesson.Theirs}).Draw(t, "side")
		events, err := pulled(l, base, b, side, rules)
		if err != nil {
			t.Fatalf("%v %+v", err, fault.Of(err).Problems)
		}
		got := events[0].(lesson.Edited).Plan
		if a.Hash() == base.Hash() && got.Hash() != b.Hash() {
			t.Fatalf("got %+v, want %+v", got, b)
		}
		if _, err := got.Tidy(rules); err != nil {
			t.Fatal(err)
		}
		wanted := map[lesson.Side]lesson.Plan{lesson.Ours: a, lesson.Theirs: b}[side]
		if a.Title != base.Title && b.Title != base.Title && got.Title != wanted.Title {
			t.Fatalf("took %q of %q and %q", got.Title, a.Title, b.Title)
		}
	})
}

// pulled pulls, and takes one side wherever there is a conflict.
func pulled(l lesson.Lesson, base, newer lesson.Plan, side lesson.Side, rules *cue.Registry) ([]event.Event, error) {
	events, err := l.Pull(base, newer, 2, nil, rules)
	f := fault.Of(err)
	if f == nil || f.Code != "lesson.merge_conflict" || f.Details["conflicts"] == nil {
		return events, err
	}
	choices := lesson.Choices{}
	for _, c := range f.Details["conflicts"].([]content.Conflict) {
		choices[c.Pointer] = side
	}
	return l.Pull(base, newer, 2, choices, rules)
}

func TestALessonIsNoCopyOfItself(t *testing.T) {
	t.Parallel()
	p := tidy(t, arranged())
	if _, err := (lesson.Lesson{}).Copy(master, "acme", lesson.Copy{Master: master, Version: 1}, p, plugins(t)); !fault.Is(err, "lesson.cycle") {
		t.Errorf("got %v", err)
	}
	if _, err := (lesson.Lesson{}).Copy(one, "acme", lesson.Copy{Master: master, Version: 1, Term: strings.Repeat("x", 101)}, p, plugins(t)); !fault.Is(err, "lesson.invalid") {
		t.Errorf("got %v", err)
	}
	events, err := (lesson.Lesson{}).Copy(one, "acme", lesson.Copy{Master: master, Version: 3, Term: "spring"}, p, plugins(t))
	if err != nil || !reflect.DeepEqual(events, []event.Event{lesson.Created{Org: "acme", Plan: p, Copy: &lesson.Copy{Master: master, Version: 3, Term: "spring"}}}) {
		t.Errorf("got %+v, %v", events, err)
	}
}
