package gradebook

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/regrade"
	"qbank/domain/scoring"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

var (
	algebra = projtest.StreamID("algebra")
	classA  = uuid.MustParse("00000000-0000-0000-0000-00000000000a")
	classB  = uuid.MustParse("00000000-0000-0000-0000-00000000000b")
	acme    = access.Scope{Org: "acme", Environment: "prod"}
)

func slot(i int) lesson.Slot { return lesson.Slot(fmt.Sprint("s", i)) }

// started pins three questions of one mark; the student's attempts start one after the other.
func started(student string, number int, classes ...uuid.UUID) attempt.Started {
	s := attempt.Started{Environment: "prod", Org: "acme/math", Student: student, Lesson: algebra, Version: 1, Number: number, Classes: classes, At: int64(number)}
	for i := range 3 {
		s.Items = append(s.Items, attempt.Item{Slot: slot(i), Question: projtest.StreamID(fmt.Sprint("question ", i)), Version: 1 + i, Max: scoring.OneMark})
	}
	return s
}

func scored(i int, key string, fraction scoring.Fraction) attempt.Answered {
	return attempt.Answered{Key: key, Slot: slot(i), Status: scoring.Scored, Fraction: fraction, Mark: fraction.Of(scoring.OneMark), At: 100, ClientAt: 90}
}

func written(i int, key string) attempt.Answered {
	return attempt.Answered{Key: key, Slot: slot(i), Status: scoring.Pending, At: int64(200 + i)}
}

func graded(i int, key string, mark scoring.Mark) attempt.Graded {
	return attempt.Graded{Slot: slot(i), Key: key, Mark: mark, By: "wang", Sealed: []byte("look again")}
}

func stream(s attempt.Started) string {
	return fmt.Sprint(s.Environment, s.Org, s.Lesson, s.Student, s.Number)
}

func of(s attempt.Started, events ...event.Event) projtest.Facts {
	return projtest.In(stream(s), append([]event.Event{s}, events...)...)
}

func more(s attempt.Started, events ...event.Event) projtest.Facts {
	return projtest.In(stream(s), events...).At(500)
}

func read1(t *testing.T, log *projtest.Log, s attempt.Started) (Attempt, []Item) {
	t.Helper()
	a, items, err := NewReader(log.Pool).Attempt(t.Context(), acme, projtest.StreamID(stream(s)))
	if err != nil {
		t.Fatal(err)
	}
	return a, items
}

func TestAnAttemptWithItsAnswers(t *testing.T) {
	t.Parallel()
	ann := started("ann", 1, classA, classB)
	log := projtest.Given(t, attempt.Events, New(),
		of(ann, scored(0, "k1", 0), written(2, "k2"), scored(0, "k3", scoring.Full)))
	a, items := read1(t, log, ann)
	want := Attempt{ID: projtest.StreamID(stream(ann)), Org: "acme/math", Lesson: algebra, Version: 1, Student: "ann", Number: 1,
		Classes: []uuid.UUID{classA, classB}, StartedAt: 1, Items: 3, Answered: 2, Pending: 1, Total: scoring.OneMark, Max: 3 * scoring.OneMark}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("an open attempt is %+v,\nwant %+v", a, want)
	}
	if len(items) != 3 || items[0].Slot != "s0" || items[2].Version != 3 || items[2].Max != scoring.OneMark || items[1].Answer != nil {
		t.Fatalf("items: %+v", items)
	}
	if got, want := *items[0].Answer, (Answer{Key: "k3", Sequence: 4, Status: scoring.Scored, Fraction: scoring.Full, Mark: scoring.OneMark,
		Tries: 2, At: 100, ClientAt: 90}); got != want {
		t.Errorf("the last answer counts: %+v, want %+v", got, want)
	}

	log.Append(more(ann, attempt.Finished{At: 300}, graded(2, "k2", scoring.OneMark/2)))
	log.Run(New())
	a, items = read1(t, log, ann)
	if a.FinishedAt != 300 || a.Pending != 0 || a.Total != scoring.OneMark*3/2 {
		t.Errorf("finished and marked: %+v", a)
	}
	if g := items[2].Answer.Grade; g == nil || *g != (Grade{Mark: scoring.OneMark / 2, By: "wang", At: 500, Sealed: true}) || items[2].Answer.Counts() != scoring.OneMark/2 {
		t.Errorf("the mark by hand is %+v", items[2].Answer)
	}

	log.Append(more(ann, written(2, "k4"), scored(1, "k5", scoring.Full)))
	log.Run(New())
	a, items = read1(t, log, ann)
	if a.Answered != 3 || a.Pending != 1 || a.Total != 2*scoring.OneMark || items[2].Answer.Grade != nil || !items[2].Answer.Pending() {
		t.Errorf("a late answer sheds the mark of the one before: %+v, %+v", a, items[2].Answer)
	}
	log.RebuildEquals(t, New())
}

func TestListsAreFilteredAndPaged(t *testing.T) {
	t.Parallel()
	var facts []projtest.Facts
	for i := range 5 {
		facts = append(facts, of(started("ann", i+1, classA), attempt.Finished{At: 9}))
	}
	facts = append(facts, of(started("ben", 6, classB)), of(started("cat", 6)))
	log := projtest.Given(t, attempt.Events, New(), facts...)
	book := NewReader(log.Pool)
	yes, no := true, false
	for name, c := range map[string]struct {
		filter Filter
		want   int
	}{
		"lesson":         {Filter{Lesson: algebra}, 7},
		"student":        {Filter{Student: "ann"}, 5},
		"class":          {Filter{Lesson: algebra, Class: classB}, 1},
		"number":         {Filter{Lesson: algebra, Number: 6}, 2},
		"finished":       {Filter{Lesson: algebra, Finished: &yes}, 5},
		"open":           {Filter{Lesson: algebra, Finished: &no}, 2},
		"another lesson": {Filter{Lesson: classA}, 0},
		"version":        {Filter{Lesson: algebra, Version: 2}, 0},
	} {
		list, err := book.List(t.Context(), acme, c.filter, read.Page{})
		if err != nil || len(list.Rows) != c.want {
			t.Errorf("%s: %d rows, want %d (%v)", name, len(list.Rows), c.want, err)
		}
		if count, more, err := book.Count(t.Context(), acme, c.filter); err != nil || count != c.want || more {
			t.Errorf("%s: counted %d, want %d (%v)", name, count, c.want, err)
		}
	}
	var seen []string
	for page := (read.Page{First: 3}); ; {
		list, err := book.List(t.Context(), acme, Filter{Lesson: algebra}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list.Rows {
			seen = append(seen, fmt.Sprint(a.Student, a.Number))
		}
		if !list.More {
			break
		}
		page.After = list.Cursors[len(list.Cursors)-1]
	}
	if len(seen) != 7 || !slices.Equal(seen[2:], []string{"ann5", "ann4", "ann3", "ann2", "ann1"}) {
		t.Errorf("page by page: %v", seen)
	}
	if _, err := book.List(t.Context(), acme, Filter{Class: classA}, read.Page{}); !fault.Is(err, "gradebook.filter") {
		t.Errorf("a filter that leaves everything: %v", err)
	}
}

func TestNobodySeesBeyondTheScope(t *testing.T) {
	t.Parallel()
	at := func(environment, org string) projtest.Facts {
		s := started("ann", 1, classA)
		s.Environment, s.Org = environment, org
		return of(s, written(0, "k"), attempt.Finished{At: 9})
	}
	log := projtest.Given(t, attempt.Events, New(), at("prod", "acme"), at("prod", "acme/math"), at("prod", "acme2"), at("prod", "acme_math"), at("test", "acme"))
	book := NewReader(log.Pool)
	for _, c := range []struct {
		scope access.Scope
		want  int
	}{
		{acme, 2}, {access.Scope{Org: "acme/math", Environment: "prod"}, 1}, {access.Scope{Org: "acme", Environment: "test"}, 1},
		{access.Scope{Org: "acme_", Environment: "prod"}, 0}, {access.Scope{Org: "%", Environment: "prod"}, 0}, {access.Scope{Org: "acme"}, 0}, {access.Scope{}, 0},
	} {
		list, err := book.List(t.Context(), c.scope, Filter{Lesson: algebra}, read.Page{})
		if err != nil || len(list.Rows) != c.want {
			t.Errorf("%+v lists %d attempts, want %d (%v)", c.scope, len(list.Rows), c.want, err)
		}
		work, err := book.Waiting(t.Context(), c.scope, Work{}, read.Page{})
		if err != nil || len(work.Rows) != c.want {
			t.Errorf("%+v has %d answers to mark, want %d (%v)", c.scope, len(work.Rows), c.want, err)
		}
		classes, err := book.Classes(t.Context(), c.scope, algebra)
		if err != nil || (len(classes) > 0) != (c.want > 0) {
			t.Errorf("%+v: classes %v (%v)", c.scope, classes, err)
		}
		_, _, err = book.Attempt(t.Context(), c.scope, projtest.StreamID(stream(attempt.Started{Environment: "prod", Org: "acme2", Lesson: algebra, Student: "ann", Number: 1})))
		if !fault.Is(err, "attempt.not_found") {
			t.Errorf("%+v reads an attempt of another organisation: %v", c.scope, err)
		}
	}
}

func TestWhatStudentsWereGiven(t *testing.T) {
	t.Parallel()
	ann, ben := started("ann", 1, classA), started("ben", 1, classB)
	ben.Items = ben.Items[:1]
	book := NewReader(projtest.Given(t, attempt.Events, New(), of(ann), of(ben)).Pool)
	for _, c := range []struct {
		scope    access.Scope
		students []string
		classes  []uuid.UUID
		want     int
	}{
		{acme, []string{"ann"}, nil, len(ann.Items)}, {acme, []string{"ben", "nobody"}, nil, 1}, {acme, nil, []uuid.UUID{classB}, 1},
		{acme, []string{"ben"}, []uuid.UUID{classA}, len(ann.Items)}, {acme, nil, nil, 0}, {access.Scope{Org: "acme", Environment: "test"}, []string{"ann"}, []uuid.UUID{classA}, 0},
		{access.Scope{Org: "other", Environment: "prod"}, []string{"ann"}, []uuid.UUID{classA}, 0},
	} {
		given, err := book.Given(t.Context(), c.scope, c.students, c.classes)
		if err != nil || len(given) != c.want {
			t.Errorf("%+v: %v, %v", c, given, err)
		}
	}
}

func TestWhatWaitsForAMarkByHand(t *testing.T) {
	t.Parallel()
	ann, ben := started("ann", 1, classA), started("ben", 1, classB)
	log := projtest.Given(t, attempt.Events, New(),
		of(ann, written(2, "k1"), written(1, "k2"), scored(0, "k3", 0), attempt.Finished{At: 9}),
		of(ben, written(0, "k4"), written(1, "k5"), graded(1, "k5", 0)))
	book := NewReader(log.Pool)
	keys := func(work Work, page read.Page) (list []string) {
		t.Helper()
		rows, err := book.Waiting(t.Context(), acme, work, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range rows.Rows {
			list = append(list, w.Key)
			if w.Slot == "s2" && (w.Place != Place{Slot: "s2", Question: projtest.StreamID("question 2"), Version: 3, Max: scoring.OneMark} || w.Student != "ann" || w.Sequence != 2 || !w.Finished) {
				t.Errorf("%+v", w)
			}
		}
		if rows.More {
			page.After = rows.Cursors[len(rows.Cursors)-1]
			rest, err := book.Waiting(t.Context(), acme, work, page)
			if err != nil || len(rest.Rows) == 0 {
				t.Fatal(rest, err)
			}
			list = append(list, "then", rest.Rows[0].Key)
		}
		return list
	}
	for _, c := range []struct {
		work Work
		page read.Page
		want []string
	}{
		{Work{}, read.Page{}, []string{"k4", "k2", "k1"}},
		{Work{}, read.Page{First: 2}, []string{"k4", "k2", "then", "k1"}},
		{Work{Finished: true}, read.Page{}, []string{"k2", "k1"}},
		{Work{Class: classB, Lesson: algebra}, read.Page{}, []string{"k4"}},
		{Work{Student: "ann", Slot: "s1"}, read.Page{}, []string{"k2"}},
		{Work{Lesson: classA}, read.Page{}, nil},
	} {
		if got := keys(c.work, c.page); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.work, got, c.want)
		}
	}
	log.Append(more(ann, graded(2, "k1", scoring.OneMark)))
	log.Run(New())
	if got := keys(Work{Finished: true}, read.Page{}); !slices.Equal(got, []string{"k2"}) {
		t.Errorf("after a mark: %v", got)
	}
}

func TestClassesAreSummedUp(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, attempt.Events, New(),
		of(started("ann", 1, classA), scored(0, "k", 0), attempt.Finished{At: 9}),
		of(started("ann", 2, classA), scored(0, "k", scoring.Full), written(1, "w"), attempt.Finished{At: 9}),
		of(started("ann", 3, classA), scored(0, "k", 0)),
		of(started("ben", 1, classA, classB), scored(0, "k", scoring.Full/2)),
		of(started("cat", 1), attempt.Finished{At: 9}))
	got, err := NewReader(log.Pool).Classes(t.Context(), acme, algebra)
	want := []Class{
		{Class: classA, Students: 2, Finished: 1, Pending: 1, Total: scoring.OneMark, Max: 3 * scoring.OneMark},
		{Class: classB, Students: 1},
		{Students: 1, Finished: 1, Max: 3 * scoring.OneMark},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("classes are %+v,\nwant %+v (%v)", got, want, err)
	}
	if rate, ok := got[0].Rate(); !ok || rate != 1./3 {
		t.Errorf("the rate of class A is %v", rate)
	}
	if _, ok := got[1].Rate(); ok {
		t.Error("a class without a finished attempt has a rate")
	}
}

// TestTheBookIsTheAttempts plays random attempts, interleaved, and compares each with the aggregate folded from its events.
func TestTheBookIsTheAttempts(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	states := map[string]attempt.Attempt{}
	log := projtest.NewLog(t, attempt.Events)
	var names []attempt.Started
	for i := range 15 {
		s := started(fmt.Sprint("student ", i), 1)
		names, states[stream(s)] = append(names, s), attempt.Attempt{}.Apply(s)
		log.Append(of(s))
	}
	for range 250 {
		s := names[random.IntN(len(names))]
		e := randomEvent(random, states[stream(s)])
		states[stream(s)] = states[stream(s)].Apply(e)
		log.Append(more(s, e))
	}
	log.Run(New())
	for _, s := range names {
		state := states[stream(s)]
		a, items := read1(t, log, s)
		var total, dropped scoring.Mark
		answered, pending := 0, 0
		for i, item := range items {
			standing, there := state.Standing(slot(i))
			if there != (item.Answer != nil) {
				t.Fatalf("%s at %s: %+v, want %+v", s.Student, slot(i), item.Answer, standing)
			}
			if !there {
				continue
			}
			answered++
			total += standing.Mark()
			dropped += standing.Dropped()
			if standing.Pending() {
				pending++
			}
			if n := item.Answer; (n.Revised != nil) != (standing.Revised != nil) || n.Counts() != standing.Mark() || n.Sequence != standing.Sequence || n.Tries != standing.Tries || n.Key != standing.Key || n.Pending() != standing.Pending() {
				t.Errorf("%s at %s: %+v, want %+v", s.Student, slot(i), n, standing)
			}
		}
		if a.Total != total || a.Answered != answered || a.Pending != pending || a.Max != most(s)-dropped || (a.FinishedAt > 0) != (state.Done != nil) {
			t.Errorf("%s: %+v, want %d marks, %d answered, %d pending", s.Student, a, total, answered, pending)
		}
	}
	log.RebuildEquals(t, New())
}

// randomEvent is a next event: an answer, even a late one, a mark by hand where there is something to mark, or the finish.
func randomEvent(random *rand.Rand, a attempt.Attempt) event.Event {
	i := random.IntN(3)
	key := fmt.Sprint("k", a.Revision)
	switch standing, answered := a.Standing(slot(i)); {
	case answered && random.IntN(4) == 0:
		return settled(random, a, a.Items[i], standing)
	case answered && standing.Revised == nil && standing.Status == scoring.Pending && random.IntN(2) == 0:
		return graded(i, standing.Key, scoring.Mark(random.IntN(3))*scoring.OneMark/2)
	case a.Done == nil && random.IntN(8) == 0:
		return attempt.Finished{At: 9}
	case random.IntN(3) == 0:
		return written(i, key)
	}
	return scored(i, key, scoring.Full/scoring.Fraction(1+random.IntN(3)))
}

// settled holds an answer against a drawn correction, or gives its mark back.
func settled(random *rand.Rand, a attempt.Attempt, item attempt.Item, standing attempt.Standing) event.Event {
	c := regrade.Correction{Regrade: uuid.New(), Round: 1, To: 2, Policy: regrade.Policies[random.IntN(len(regrade.Policies))]}
	var revised *attempt.GradeRevised
	if standing.Revised == nil || random.IntN(2) == 0 {
		revised = attempt.Revise(item, standing, c, &scoring.Result{Status: scoring.Scored, Fraction: scoring.Full / 2})
	}
	if events := a.Settle(item, revised); len(events) > 0 {
		return events[0]
	}
	return scored(1, fmt.Sprint("k", a.Revision), 0)
}

func most(s attempt.Started) (sum scoring.Mark) {
	for _, item := range s.Items {
		sum += item.Max
	}
	return sum
}
