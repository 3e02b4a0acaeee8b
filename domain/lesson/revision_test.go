package lesson_test

import (
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
)

func TestARevisionIsAcceptedOrDeclined(t *testing.T) {
	t.Parallel()
	l := given(lesson.Created{Org: "acme", Plan: plan(item("a", one, 1), item("b", one, 0), item("c", one, 5), item("d", two, 1))})
	events, err := l.Accept(one, 3, 5, nil)
	if err != nil || len(events) != 1 {
		t.Fatalf("got %+v, %v", events, err)
	}
	edited := l.Apply(events[0])
	for i, want := range []int{3, 3, 5, 1} {
		if got := edited.Plan.Items[i].Version; got != want {
			t.Errorf("place %d has version %d, want %d", i, got, want)
		}
	}
	if l.Plan.Items[0].Version != 1 {
		t.Error("the draft before was changed, too")
	}
	if again, err := edited.Accept(one, 3, 5, nil); err != nil || again != nil {
		t.Errorf("accepted twice: %+v, %v", again, err)
	}
	refused := func(events []event.Event, err error) func(string) {
		return func(code string) {
			t.Helper()
			if !fault.Is(err, code) || events != nil {
				t.Errorf("got %+v, %v, want %s", events, err, code)
			}
		}
	}
	refused(l.Accept(one, 6, 5, nil))("offer.version")
	refused(l.Accept(one, 0, 5, nil))("offer.version")
	refused(given(lesson.Created{Plan: plan(item("d", two, 1))}).Accept(one, 3, 5, nil))("offer.none")
	refused(lesson.Lesson{}.Accept(one, 3, 5, nil))("lesson.not_found")
	refused(l.Decline(one, 3, 5, ""))("reason.missing")
	refused(l.Decline(one, 6, 5, "why"))("offer.version")
	refused(edited.Decline(one, 3, 5, "why"))("offer.none")
	refused(lesson.Lesson{}.Decline(one, 3, 5, "why"))("lesson.not_found")
	declined, err := l.Decline(one, 3, 5, "why")
	if err != nil || len(declined) != 1 {
		t.Fatalf("got %+v, %v", declined, err)
	}
	if again, err := l.Apply(declined[0]).Decline(one, 3, 5, "why"); err != nil || again != nil {
		t.Errorf("declined twice: %+v, %v", again, err)
	}
	if next, err := l.Apply(declined[0]).Decline(one, 4, 5, "why"); err != nil || len(next) != 1 {
		t.Errorf("the next: %+v, %v", next, err)
	}
}

// Whatever places and pools a draft has, accepting makes none older, touches no other question, and leaves nothing older to accept.
func TestAcceptingLeavesNothingOlder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		questions, versions := rapid.SampledFrom([]lesson.Item{item("", one, 0), item("", two, 0)}), rapid.IntRange(0, 5)
		p := plan()
		for i := range rapid.IntRange(0, 6).Draw(t, "places") {
			it := questions.Draw(t, "question")
			it.Slot, it.Version = lesson.Slot(rune('a'+i)), versions.Draw(t, "version")
			p.Items = append(p.Items, it)
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "draws") {
			p.Draws = append(p.Draws, lesson.Draw{ID: string(rune('p' + i)), Count: 1, Max: 1, Pool: []lesson.Pooled{
				{Question: one, Version: versions.Draw(t, "version")}, {Question: two, Version: versions.Draw(t, "version")}}})
		}
		l := given(lesson.Created{Org: "acme", Plan: p})
		version := rapid.IntRange(1, 5).Draw(t, "accepted")
		events, err := l.Accept(one, version, 5, nil)
		if fault.Is(err, "offer.none") {
			for _, q := range p.Questions() {
				if q == one {
					t.Fatal(err)
				}
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			l = l.Apply(e)
		}
		check := func(was, is int, same bool) {
			want := was
			if same {
				want = max(was, version)
			}
			if is != want {
				t.Fatalf("version %d became %d, want %d", was, is, want)
			}
		}
		for i, it := range l.Plan.Items {
			check(p.Items[i].Version, it.Version, it.Question == one)
		}
		for i, d := range l.Plan.Draws {
			for n, q := range d.Pool {
				check(p.Draws[i].Pool[n].Version, q.Version, q.Question == one)
			}
		}
		if _, err := l.Decline(one, version, 5, "why"); !fault.Is(err, "offer.none") {
			t.Fatalf("something older is left: %v", err)
		}
	})
}
