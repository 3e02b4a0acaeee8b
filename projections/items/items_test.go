package items

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
	"qbank/domain/itemstats"
	"qbank/domain/lesson"
	"qbank/domain/regrade"
	"qbank/domain/scoring"
	"qbank/projections/projtest"
)

var (
	algebra  = projtest.StreamID("algebra")
	question = projtest.StreamID("question")
	acme     = access.Scope{Org: "acme", Environment: "prod"}
)

// started pins as many questions as there are versions: the first is question, at slot "s0".
func started(student string, number int, versions ...int) attempt.Started {
	s := attempt.Started{Environment: "prod", Org: "acme/math", Student: student, Lesson: algebra, Version: 1, Number: number}
	for i, v := range versions {
		q := question
		if i > 0 {
			q = projtest.StreamID(fmt.Sprint("question ", i))
		}
		s.Items = append(s.Items, attempt.Item{Slot: slot(i), Question: q, Version: v, Max: scoring.OneMark})
	}
	return s
}

func slot(i int) lesson.Slot { return lesson.Slot(fmt.Sprint("s", i)) }

// chose answers with an option; A is right.
func chose(i int, option string) attempt.Answered {
	a := attempt.Answered{Key: "k", Slot: slot(i), Status: scoring.Scored, Parts: []scoring.Part{{Item: option}}}
	if option == "A" {
		a.Fraction, a.Mark, a.Parts[0].Right = scoring.Full, scoring.OneMark, true
	}
	return a
}

func wrote(i int) attempt.Answered {
	return attempt.Answered{Key: "k", Slot: slot(i), Status: scoring.Pending}
}

func graded(i int, mark scoring.Mark) attempt.Graded {
	return attempt.Graded{Slot: slot(i), Key: "k", Mark: mark, By: "teacher"}
}

// of is a student's attempt in a stream of its own.
func of(s attempt.Started, events ...event.Event) projtest.Facts {
	return projtest.In(fmt.Sprint(s.Environment, s.Org, s.Lesson, s.Version, s.Student, s.Number), append([]event.Event{s}, events...)...)
}

func analyse(t *testing.T, log *projtest.Log, scope access.Scope, policy Policy) Analysis {
	t.Helper()
	a, err := NewReader(log.Pool).Lesson(t.Context(), scope, algebra, 1, policy)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFinishedAttemptsAreAnalysed(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, attempt.Events, New(),
		of(started("ann", 1, 1, 1, 1), chose(0, "A"), chose(1, "B"), chose(1, "A"), chose(2, "C"), attempt.Finished{}),
		of(started("ben", 1, 1, 1, 1), chose(1, "B"), attempt.Finished{}),
		of(started("cat", 1, 1, 1, 1), chose(0, "A"), chose(1, "A")))
	a := analyse(t, log, acme, First)
	if a.Attempts != 2 || len(a.Forms) != 1 || a.AllForms != 1 || len(a.Items) != 3 {
		t.Fatalf("%+v", a)
	}
	first, second, third := a.Items[0], a.Items[1], a.Items[2]
	if first.Slot != "s0" || first.Question != question || first.Version != 1 || first.Max != scoring.OneMark {
		t.Errorf("the first place is %+v", first.Place)
	}
	if *first.Facility.Value != 0.5 || first.Omitted != 1 || third.NotReached != 1 || third.Marked != 1 {
		t.Errorf("what is left out before another answer is omitted, at the end not reached: %+v, %+v", first, third)
	}
	if *second.Tries != 1.5 || len(second.Options) != 2 || second.Options[0].Chosen != 1 || second.Options[1].Item != "B" || second.Options[1].Right {
		t.Errorf("the last answer counts: %+v", second)
	}
	if f := a.Forms[0]; f.N != 2 || *f.Mean.Value != 1 || len(f.Parts) != 3 || len(f.Places) != 3 || f.Attempts != 2 {
		t.Errorf("the test: %+v", f)
	}
	versions, err := NewReader(log.Pool).Versions(t.Context(), acme, algebra)
	if err != nil || !slices.Equal(versions, []LessonVersion{{1, 2}}) {
		t.Errorf("versions: %v, %v", versions, err)
	}
}

func TestAMarkByHandEntersWhenItIsGiven(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, attempt.Events, New(),
		of(started("ann", 1, 1, 1), chose(0, "A"), wrote(1), attempt.Finished{Pending: 1}),
		of(started("ben", 1, 1, 1), chose(0, "B"), wrote(1), graded(1, scoring.OneMark/2), attempt.Finished{}))
	a := analyse(t, log, acme, First)
	if f := a.Forms[0]; f.N != 1 || f.Waiting != 1 || a.Items[1].Pending != 1 || a.Items[1].Marked != 1 || *a.Items[0].Facility.Value != 0.5 {
		t.Fatalf("one attempt waits: %+v", a)
	}
	stream := of(started("ann", 1))
	stream.Events = []event.Event{graded(1, scoring.OneMark)}
	log.Append(stream)
	log.Run(New())
	if a = analyse(t, log, acme, First); a.Forms[0].N != 2 || a.Forms[0].Waiting != 0 || *a.Items[1].Facility.Value != 0.75 {
		t.Fatalf("after the mark: %+v", a)
	}
	stream.Events = []event.Event{graded(1, 0)}
	log.Append(stream)
	log.Run(New())
	if a = analyse(t, log, acme, First); *a.Items[1].Facility.Value != 0.25 || a.Items[1].Marked != 2 {
		t.Fatalf("after another mark: %+v", a)
	}
	log.RebuildEquals(t, New())
}

func TestAPolicyPicksOneAttemptOfEachStudent(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, attempt.Events, New(),
		of(started("ann", 1, 1), chose(0, "B"), attempt.Finished{}),
		of(started("ann", 2, 1), chose(0, "A"), attempt.Finished{}),
		of(started("ann", 3, 1), chose(0, "C"), attempt.Finished{}),
		of(started("ann", 4, 1), chose(0, "D")),
		of(started("ben", 1, 1), chose(0, "A"), attempt.Finished{}))
	for policy, want := range map[Policy][]string{First: {"A", "B"}, Last: {"A", "C"}, Best: {"A"}, All: {"A", "B", "C"}} {
		a := analyse(t, log, acme, policy)
		var got []string
		for _, o := range a.Items[0].Options {
			got = append(got, o.Item)
		}
		if !slices.Equal(got, want) || policy != All && a.Attempts != 2 {
			t.Errorf("%s: options %v of %d attempts, want %v", policy, got, a.Attempts, want)
		}
	}
	if _, err := NewReader(log.Pool).Lesson(t.Context(), acme, algebra, 1, "median"); !fault.Is(err, "items.policy") {
		t.Errorf("an unknown policy: %v", err)
	}
}

func TestFiguresStayInTheirScope(t *testing.T) {
	t.Parallel()
	at := func(environment, org, student string) projtest.Facts {
		s := started(student, 1, 1)
		s.Environment, s.Org = environment, org
		return of(s, chose(0, "A"), attempt.Finished{})
	}
	log := projtest.Given(t, attempt.Events, New(),
		at("prod", "acme", "a"), at("prod", "acme/math", "b"), at("prod", "acme/math/senior", "c"), at("prod", "acme2", "d"),
		at("prod", "acme_math", "e"), at("prod", "ac", "f"), at("test", "acme/math", "g"))
	for org, want := range map[string]int64{"acme": 3, "acme/math": 2, "acme/math/senior": 1, "acme/mat": 0, "": 0, "%": 0, "acme_": 0, "ac": 1} {
		scope := access.Scope{Org: org, Environment: "prod"}
		if a := analyse(t, log, scope, First); a.Attempts != want {
			t.Errorf("%q sees %d attempts, want %d", org, a.Attempts, want)
		}
		var versions, marked int64
		list, err := NewReader(log.Pool).Versions(t.Context(), scope, algebra)
		for _, v := range list {
			versions += v.Attempts
		}
		figures, err2 := NewReader(log.Pool).Question(t.Context(), scope, question, All)
		for _, f := range figures {
			marked += f.Marked
		}
		if err != nil || err2 != nil || versions != want || marked != want {
			t.Errorf("%q sees versions with %d attempts and a question with %d, want %d (%v, %v)", org, versions, marked, want, err, err2)
		}
	}
	if a := analyse(t, log, access.Scope{Org: "acme", Environment: "test"}, First); a.Attempts != 1 {
		t.Errorf("the other environment sees %d attempts", a.Attempts)
	}
}

func TestVersionsOfAQuestionAreToldApart(t *testing.T) {
	t.Parallel()
	other := started("cat", 1, 2)
	other.Lesson = projtest.StreamID("geometry")
	log := projtest.Given(t, attempt.Events, New(),
		of(started("ann", 1, 1, 1), chose(0, "A"), chose(1, "A"), attempt.Finished{}),
		of(started("ben", 1, 2, 1), chose(0, "B"), chose(1, "A"), attempt.Finished{}),
		of(other, chose(0, "A"), attempt.Finished{}))
	a := analyse(t, log, acme, First)
	if len(a.Items) != 3 || len(a.Forms) != 2 || a.Items[0].Slot != "s0" || a.Items[1].Slot != "s0" || a.Items[2].Marked != 2 {
		t.Fatalf("%+v", a)
	}
	list, err := NewReader(log.Pool).Question(t.Context(), acme, question, First)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	if v2 := list[0]; v2.Version != 2 || v2.Lessons != 2 || v2.Marked != 2 || *v2.Facility.Value != 0.5 || list[1].Marked != 1 {
		t.Errorf("%+v", list)
	}
}

// TestTheTablesAreTheAttempts plays random attempts, interleaved and with everything that can happen late, and compares with tallies
// made at once from all that happened.
func TestTheTablesAreTheAttempts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 1))
			log := projtest.NewLog(t, attempt.Events)
			streams := randomAttempts(random)
			log.Append(interleave(random, streams)...)
			log.Run(New())
			for _, policy := range []Policy{First, Last, Best, All} {
				for version := 1; version <= 2; version++ {
					got, err := NewReader(log.Pool).Lesson(t.Context(), acme, algebra, version, policy)
					if err != nil {
						t.Fatal(err)
					}
					compare(t, got, streams)
				}
			}
			log.RebuildEquals(t, New())
		})
	}
}

func randomAttempts(random *rand.Rand) (streams [][]event.Event) {
	for student := range 12 {
		version := 1 + random.IntN(2)
		for number := 1; number <= 1+random.IntN(3); number++ {
			s := started(fmt.Sprint("student ", student), number, 1+random.IntN(2), 1, 1, 1, 1)
			s.Version, s.Org = version, []string{"acme", "acme/math"}[student%2]
			events := []event.Event{s}
			written := map[int]bool{}
			for range random.IntN(12) {
				i := random.IntN(5)
				if i == 3 { // a survey
					events = append(events, attempt.Answered{Key: "k", Slot: slot(i), Status: scoring.Unscored, Parts: []scoring.Part{{Item: "yes"}}})
					continue
				}
				if written[i] = random.IntN(6) == 0; written[i] {
					events = append(events, wrote(i))
				} else {
					events = append(events, chose(i, []string{"A", "A", "B", "C"}[random.IntN(4)]))
				}
			}
			if random.IntN(5) > 0 {
				events = append(events, attempt.Finished{})
			}
			for i := range 5 {
				for written[i] && random.IntN(3) > 0 {
					events = append(events, graded(i, scoring.Mark(random.IntN(3))*scoring.OneMark/2))
				}
			}
			events = append(events, revisions(random, events)...)
			if random.IntN(6) == 0 {
				events = append(events, chose(random.IntN(5), "A")) // late
			}
			streams = append(streams, events)
		}
	}
	return streams
}

// revisions holds the answers of an attempt against drawn corrections, and gives some marks back.
func revisions(random *rand.Rand, history []event.Event) (events []event.Event) {
	var a attempt.Attempt
	for _, e := range history {
		a = a.Apply(e)
	}
	for range random.IntN(4) {
		item := a.Items[random.IntN(5)]
		standing, answered := a.Standing(item.Slot)
		if !answered {
			continue
		}
		var revised *attempt.GradeRevised
		if standing.Revised == nil || random.IntN(2) == 0 {
			c := regrade.Correction{Regrade: uuid.New(), To: 2, Policy: regrade.Policies[random.IntN(len(regrade.Policies))]}
			revised = attempt.Revise(item, standing, c, &scoring.Result{Status: scoring.Scored, Fraction: scoring.Full / 2, Parts: []scoring.Part{{Item: "B", Right: true}}})
		}
		for _, e := range a.Settle(item, revised) {
			a, events = a.Apply(e), append(events, e)
		}
	}
	return events
}

// interleave cuts streams into pieces and mixes them.
func interleave(random *rand.Rand, streams [][]event.Event) (facts []projtest.Facts) {
	left := make([]projtest.Facts, len(streams))
	for i, events := range streams {
		left[i] = projtest.In(fmt.Sprint("attempt ", i), events...)
	}
	for len(left) > 0 {
		i := random.IntN(len(left))
		n := min(len(left[i].Events), 1+random.IntN(4))
		piece := left[i]
		piece.Events = piece.Events[:n]
		facts = append(facts, piece)
		if left[i].Events = left[i].Events[n:]; len(left[i].Events) == 0 {
			left = slices.Delete(left, i, i+1)
		}
	}
	return facts
}

// whole is an attempt as it stands after all that happened.
type whole struct {
	attempt.Started
	vector   itemstats.Vector
	finished bool
}

func replay(events []event.Event) whole {
	given := map[lesson.Slot]itemstats.Response{} // what a place had before it was revised, whatever the event that gives it back says
	w := whole{Started: events[0].(attempt.Started)}
	w.vector = make(itemstats.Vector, len(w.Items))
	at := func(slot lesson.Slot) *itemstats.Response { return &w.vector[slot[1]-'0'] }
	for _, e := range events[1:] {
		switch e := e.(type) {
		case attempt.Answered:
			r := at(e.Slot)
			*r = itemstats.Response{State: itemstats.Marked, Mark: e.Mark, Tries: r.Tries + 1}
			switch e.Status {
			case scoring.Pending:
				r.State = itemstats.Pending
			case scoring.Unscored:
				r.State = itemstats.Unscored
			}
			for _, p := range e.Parts {
				r.Chosen = append(r.Chosen, itemstats.Option{Item: p.Item, Right: p.Right})
			}
			given[e.Slot] = *r
		case attempt.Graded:
			at(e.Slot).State, at(e.Slot).Mark = itemstats.Marked, e.Mark
			given[e.Slot] = *at(e.Slot)
		case attempt.GradeRevised:
			r := at(e.Slot)
			*r = itemstats.Response{State: itemstats.Marked, Mark: e.Mark, Tries: r.Tries}
			if e.Policy == regrade.Drop {
				r.State = itemstats.Unscored
			}
			for _, p := range e.Parts {
				r.Chosen = append(r.Chosen, itemstats.Option{Item: p.Item, Given: p.Given, Right: p.Right})
			}
		case attempt.GradeRestored:
			*at(e.Slot) = given[e.Slot]
		case attempt.Finished:
			w.finished = true
		}
	}
	w.vector.Settle()
	return w
}

// compare draws the figures of an analysis again, straight from the attempts.
func compare(t *testing.T, got Analysis, streams [][]event.Event) {
	t.Helper()
	of := map[string][]whole{}
	for _, events := range streams {
		if w := replay(events); w.finished && w.Version == got.Version {
			of[w.Student] = append(of[w.Student], w)
		}
	}
	var attempts int64
	forms := map[int]*itemstats.Tally{} // by the version of the first question
	for _, list := range of {
		for _, w := range pick(list, got.Policy) {
			v := w.Items[0].Version
			if forms[v] == nil {
				forms[v] = itemstats.New(len(w.Items))
			}
			forms[v].Add(w.vector)
			attempts++
		}
	}
	if got.Attempts != attempts || len(got.Forms) != len(forms) || attempts == 0 {
		t.Fatalf("%s of version %d: %d attempts at %d forms, want %d at %d", got.Policy, got.Version, got.Attempts, len(got.Forms), attempts, len(forms))
	}
	for _, f := range got.Forms {
		if want := forms[f.Places[0].Version].Figures(); !reflect.DeepEqual(f.TestFigures, want) {
			t.Errorf("%s: the figures of the test are %+v, want %+v", got.Policy, f.TestFigures, want)
		}
	}
	for _, item := range got.Items {
		tally, i := &itemstats.ItemTally{}, int(item.Slot[1]-'0')
		for v, form := range forms {
			if i > 0 || v == item.Version {
				tally.Merge(form.Item(i))
			}
		}
		if want := tally.Figures(item.Max); !reflect.DeepEqual(item.ItemFigures, want) {
			t.Errorf("%s: the figures of %s are %+v, want %+v", got.Policy, item.Slot, item.ItemFigures, want)
		}
	}
}

// pick selects of a student's finished attempts, which are in order.
func pick(list []whole, policy Policy) []whole {
	switch policy {
	case First:
		return list[:1]
	case Last:
		return list[len(list)-1:]
	case Best:
		best := list[0]
		for _, w := range list {
			most, _ := best.vector.Total()
			if total, _ := w.vector.Total(); total > most {
				best = w
			}
		}
		return []whole{best}
	}
	return list
}
