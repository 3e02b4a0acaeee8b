package attempt_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/regrade"
	"qbank/domain/scoring"
)

func started() attempt.Started {
	return attempt.Started{Environment: "dev", Org: "school", Student: "wang", Number: 1, Reveal: lesson.AfterFinish, At: 1, Items: []attempt.Item{
		{Slot: "q1", Max: 2 * scoring.OneMark}, {Slot: "q2", Max: 3 * scoring.OneMark}, {Slot: "essay", Max: 5 * scoring.OneMark},
	}}
}

func answered(key string, slot lesson.Slot, response string, fraction scoring.Fraction) attempt.Answered {
	var max scoring.Mark
	for _, item := range started().Items {
		if item.Slot == slot {
			max = item.Max
		}
	}
	return attempt.Answered{Key: key, Slot: slot, Response: json.RawMessage(response), Status: scoring.Scored, Fraction: fraction, Mark: fraction.Of(max), At: 5}
}

// written is an answer in the student's own words, which waits for a person.
func written(key, digest string) attempt.Answered {
	return attempt.Answered{Key: key, Slot: "essay", Sealed: []byte("sealed " + digest), Digest: []byte(digest), Status: scoring.Pending, At: 6}
}

func graded(key string, mark scoring.Mark) attempt.Graded {
	return attempt.Graded{Slot: "essay", Key: key, Mark: mark, By: "li"}
}

func given(events ...event.Event) attempt.Attempt {
	var a attempt.Attempt
	for _, e := range events {
		a = a.Apply(e)
	}
	return a
}

func submission(a attempt.Answered) attempt.Submission {
	return attempt.Submission{Answered: a, Payload: attempt.Payload(a.Slot, a.Response)}
}

// submit is what a command does with an answer.
func submit(a attempt.Attempt, answer attempt.Answered) ([]event.Event, attempt.Receipt, error) {
	s := submission(answer)
	if receipt, replayed, err := a.Replay(s); replayed || err != nil {
		return nil, receipt, err
	}
	recorded, err := a.Answer(s)
	if err != nil {
		return nil, attempt.Receipt{}, err
	}
	return []event.Event{recorded}, recorded.Receipt(a.Revision + 1), nil
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	right := answered("k", "q1", `{"choice":"a"}`, scoring.Full)
	elsewhere := right
	elsewhere.Slot = "q2"
	for name, c := range map[string]struct {
		given   []event.Event
		when    func(attempt.Attempt) ([]event.Event, error)
		then    []event.Event
		refused string
	}{
		"the first event pins everything": {
			nil, func(a attempt.Attempt) ([]event.Event, error) { return a.Start(started()) }, []event.Event{started()}, "",
		},
		"an attempt starts once": {
			[]event.Event{started()}, func(a attempt.Attempt) ([]event.Event, error) { return a.Start(started()) }, nil, "attempt.exists",
		},
		"an answer is recorded":                       {[]event.Event{started()}, answering(right), []event.Event{right}, ""},
		"the same answer changes nothing":             {[]event.Event{started(), right}, answering(right), nil, ""},
		"not even after the end":                      {[]event.Event{started(), right, attempt.Finished{}}, answering(right), nil, ""},
		"its key is not for another response":         {[]event.Event{started(), right}, answering(answered("k", "q1", `{"choice":"b"}`, 0)), nil, "answer.key_reused"},
		"nor for another place":                       {[]event.Event{started(), right}, answering(elsewhere), nil, "answer.key_reused"},
		"nor for sealed words":                        {[]event.Event{started(), right}, answering(written("k", "d")), nil, "answer.key_reused"},
		"sealed words are recognised by their digest": {[]event.Event{started(), written("w", "d")}, answering(written("w", "d")), nil, ""},
		"other sealed words are others":               {[]event.Event{started(), written("w", "d")}, answering(written("w", "e")), nil, "answer.key_reused"},
		"nothing new after the end":                   {[]event.Event{started(), attempt.Finished{}}, answering(right), nil, "attempt.finished"},
		"finishing adds up what counts": {
			[]event.Event{started(), answered("1", "q1", `1`, scoring.Full), answered("2", "q1", `2`, 0), answered("3", "q2", `1`, scoring.Full/3), written("4", "d")},
			finishing, []event.Event{attempt.Finished{Total: 1*scoring.OneMark - 1, Max: 10 * scoring.OneMark, Pending: 1, At: 9}}, "",
		},
		"a mark by hand counts":   {[]event.Event{started(), written("4", "d"), graded("4", 4)}, finishing, []event.Event{attempt.Finished{Total: 4, Max: 10 * scoring.OneMark, At: 9}}, ""},
		"finishing twice is once": {[]event.Event{started(), attempt.Finished{}}, finishing, nil, ""},
		"a mark by hand":          {[]event.Event{started(), written("4", "d"), attempt.Finished{}}, grading("essay", "4", 3), []event.Event{graded("4", 3)}, ""},
		"the same mark again":     {[]event.Event{started(), written("4", "d"), graded("4", 3)}, grading("essay", "4", 3), nil, ""},
		"another mark later":      {[]event.Event{started(), written("4", "d"), graded("4", 3)}, grading("essay", "4", 2), []event.Event{graded("4", 2)}, ""},
		"the same words again":    {[]event.Event{started(), written("4", "d"), noted("s1", "d")}, noting(noted("s2", "d")), nil, ""},
		"other words":             {[]event.Event{started(), written("4", "d"), noted("s1", "d")}, noting(noted("s1", "e")), []event.Event{noted("s1", "e")}, ""},
		"no words any more":       {[]event.Event{started(), written("4", "d"), noted("s1", "d")}, noting(graded("4", 3)), []event.Event{graded("4", 3)}, ""},
		"nothing to mark":         {[]event.Event{started()}, grading("essay", "4", 3), nil, "grade.no_answer"},
		"nothing at this place":   {[]event.Event{started()}, grading("q9", "4", 3), nil, "attempt.no_such_slot"},
		"the student wrote again": {[]event.Event{started(), written("4", "d"), written("5", "e")}, grading("essay", "4", 3), nil, "grade.answer_changed"},
		"a rule scores this":      {[]event.Event{started(), right}, grading("q1", "k", 1), nil, "grade.not_by_hand"},
		"more than there is":      {[]event.Event{started(), written("4", "d")}, grading("essay", "4", 5*scoring.OneMark+1), nil, "grade.range"},
		"less than nothing":       {[]event.Event{started(), written("4", "d")}, grading("essay", "4", -1), nil, "grade.range"},
		"a regrade stands":        {[]event.Event{started(), written("4", "d"), attempt.GradeRevised{Slot: "essay", Key: "4"}}, grading("essay", "4", 3), nil, "grade.regraded"},
		"another version of what is not answered": {[]event.Event{started(), right}, repinning("q2", 2), []event.Event{attempt.Repinned{Items: []attempt.Item{
			{Slot: "q2", Version: 2, Max: 3 * scoring.OneMark}}, At: 9}}, ""},
		"it is so already":         {[]event.Event{started()}, repinning("q2", 0), nil, ""},
		"what is answered stays":   {[]event.Event{started(), right}, repinning("q1", 2), nil, "attempt.answered"},
		"what an exam keeps stays": {[]event.Event{kept()}, repinning("q1", 2), nil, "attempt.keeps_versions"},
		"no other question comes": {[]event.Event{started()}, func(a attempt.Attempt) ([]event.Event, error) {
			return a.Repin([]attempt.Item{{Slot: "q1", Question: uuid.New(), Version: 2}}, 9)
		}, nil, "attempt.other_question"},
		"no other place comes":        {[]event.Event{started()}, repinning("q9", 2), nil, "attempt.no_such_slot"},
		"nothing comes after the end": {[]event.Event{started(), attempt.Finished{}}, repinning("q1", 2), nil, "attempt.finished"},
		"what is withdrawn is not counted": {[]event.Event{started(), right}, func(a attempt.Attempt) ([]event.Event, error) {
			return a.Finish(9, func(uuid.UUID, int) bool { return true })
		}, []event.Event{attempt.Finished{Total: 2 * scoring.OneMark, Max: 2 * scoring.OneMark, At: 9, Withdrawn: []lesson.Slot{"q2", "essay"}}}, ""},
		"a mark is for one answer": {[]event.Event{started(), written("4", "d"), graded("4", 3), written("5", "e")}, finishing, []event.Event{attempt.Finished{Max: 10 * scoring.OneMark, Pending: 1, At: 9}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events, err := c.when(given(c.given...))
			if c.refused != "" {
				if !fault.Is(err, c.refused) {
					t.Fatalf("%v, want %s", err, c.refused)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(events, c.then) {
				t.Fatalf("%+v, %v, want %+v", events, err, c.then)
			}
		})
	}
}

func answering(answer attempt.Answered) func(attempt.Attempt) ([]event.Event, error) {
	return func(a attempt.Attempt) ([]event.Event, error) {
		events, _, err := submit(a, answer)
		return events, err
	}
}

func repinning(slot lesson.Slot, version int) func(attempt.Attempt) ([]event.Event, error) {
	return func(a attempt.Attempt) ([]event.Event, error) {
		return a.Repin([]attempt.Item{{Slot: slot, Version: version}}, 9)
	}
}

func kept() attempt.Started {
	s := started()
	s.Items[0].Keep = true
	return s
}

func finishing(a attempt.Attempt) ([]event.Event, error) { return a.Finish(9, nil) }

// noted is a mark with which something was said.
func noted(sealed, digest string) attempt.Graded {
	g := graded("4", 3)
	g.Sealed, g.Digest = []byte(sealed), []byte(digest)
	return g
}

func noting(g attempt.Graded) func(attempt.Attempt) ([]event.Event, error) {
	return func(a attempt.Attempt) ([]event.Event, error) { return a.Grade(g) }
}

func grading(slot lesson.Slot, key string, mark scoring.Mark) func(attempt.Attempt) ([]event.Event, error) {
	return func(a attempt.Attempt) ([]event.Event, error) {
		return a.Grade(attempt.Graded{Slot: slot, Key: key, Mark: mark, By: "li"})
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for key, code := range map[string]string{
		"": "answer.key_missing", "a b": "answer.key_invalid", "键": "answer.key_invalid", "\x7f": "answer.key_invalid", "k\n": "answer.key_invalid",
		string(make([]byte, 65)): "answer.key_invalid", "k": "", "~!-_": "", uuid.NewString(): "",
	} {
		if err := attempt.CheckKey(key); (code == "" && err != nil) || (code != "" && !fault.Is(err, code)) {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func TestIDsDifferWhereAttemptsDo(t *testing.T) {
	t.Parallel()
	l := uuid.New()
	first := attempt.IDOf("dev", l, "wang", 1)
	ids := map[attempt.ID]bool{}
	for _, id := range []attempt.ID{
		first, attempt.IDOf("dev", l, "wang", 2), attempt.IDOf("dev", l, "li", 1), attempt.IDOf("prod", l, "wang", 1),
		attempt.IDOf("dev", uuid.New(), "wang", 1), attempt.IDOf("dev", l, "wang\x001", 1), attempt.IDOf("dev", l, "wang", 11),
	} {
		ids[id] = true
	}
	if len(ids) != 7 || attempt.IDOf("dev", l, "wang", 1) != first {
		t.Errorf("%d of 7 ids", len(ids))
	}
}

// machine runs drawn commands against an attempt and remembers, in its own words, what must be so.
type machine struct {
	state    attempt.Attempt
	log      []event.Event
	answers  map[string]attempt.Answered // by key
	receipts map[string]attempt.Receipt
	last     map[lesson.Slot]string // key of what counts
	marks    map[lesson.Slot]scoring.Mark
	revised  map[lesson.Slot]bool
	finished bool
	versions map[lesson.Slot]int
}

func (m *machine) store(events []event.Event) {
	for _, e := range events {
		m.log = append(m.log, e)
		m.state = m.state.Apply(e)
	}
}

func (m *machine) answer(t *rapid.T) {
	slot := rapid.SampledFrom([]lesson.Slot{"q1", "q2", "essay"}).Draw(t, "slot")
	key := fmt.Sprint("k", rapid.IntRange(0, 12).Draw(t, "key"))
	what := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "what")
	a := answered(key, slot, `"`+what+`"`, scoring.Fraction(rapid.IntRange(0, 3).Draw(t, "fraction"))*scoring.Full/3)
	if slot == "essay" {
		a = written(key, what)
	}
	a.At = int64(len(m.log)) // a replay comes later
	before, known := m.answers[key]
	events, receipt, err := submit(m.state, a)
	same := known && before.Slot == a.Slot && string(before.Response) == string(a.Response) && string(before.Digest) == string(a.Digest)
	switch {
	case known && !same:
		if !fault.Is(err, "answer.key_reused") {
			t.Fatalf("the key of %+v for %+v: %v", before, a, err)
		}
	case known:
		if err != nil || len(events) > 0 || receipt != m.receipts[key] {
			t.Fatalf("again: %+v, %v, %v; the first time %+v", receipt, events, err, m.receipts[key])
		}
	case m.finished:
		if !fault.Is(err, "attempt.finished") {
			t.Fatalf("after the end: %v", err)
		}
	default:
		if err != nil || len(events) != 1 {
			t.Fatalf("%v, %v", events, err)
		}
		m.answers[key], m.receipts[key], m.last[slot], m.marks[slot] = a, receipt, key, a.Mark
		m.revised[slot] = false
		m.store(events)
	}
}

func (m *machine) grade(t *rapid.T) {
	key := fmt.Sprint("k", rapid.IntRange(0, 12).Draw(t, "key"))
	if rapid.Bool().Draw(t, "the one that counts") && m.last["essay"] != "" {
		key = m.last["essay"]
	}
	mark := scoring.Mark(rapid.IntRange(-1, 6).Draw(t, "mark")) * scoring.OneMark
	events, err := m.state.Grade(attempt.Graded{Slot: "essay", Key: key, Mark: mark, By: "li"})
	if allowed := m.last["essay"] == key && !m.revised["essay"] && mark >= 0 && mark <= 5*scoring.OneMark; allowed != (err == nil) {
		t.Fatalf("%d for %s, %s counts: %v", mark, key, m.last["essay"], err)
	}
	if err == nil {
		m.marks["essay"] = mark
	}
	m.store(events)
}

// settle holds what counts at a place against a drawn correction, or against none.
func (m *machine) settle(t *rapid.T) {
	item := m.state.Items[rapid.IntRange(0, 2).Draw(t, "item")]
	standing, answered := m.state.Standing(item.Slot)
	var revised *attempt.GradeRevised
	if answered && rapid.Bool().Draw(t, "stands") {
		c := regrade.Correction{Regrade: uuid.UUID{byte(rapid.IntRange(1, 2).Draw(t, "regrade"))}, Round: rapid.IntRange(1, 2).Draw(t, "round"), To: 2,
			Policy: rapid.SampledFrom(regrade.Policies).Draw(t, "policy")}
		anew := &scoring.Result{Status: scoring.Scored, Fraction: scoring.Fraction(rapid.IntRange(0, 3).Draw(t, "anew")) * scoring.Full / 3}
		revised = attempt.Revise(item, standing, c, anew)
	}
	same := standing.Revised != nil && revised != nil && standing.Revised.Regrade == revised.Regrade && standing.Revised.Round == revised.Round
	m.store(m.state.Settle(item, revised))
	if again := m.state.Settle(item, revised); len(again) > 0 {
		t.Fatalf("settled twice: %+v", again)
	}
	now, _ := m.state.Standing(item.Slot)
	switch {
	case !answered || same:
	case revised == nil:
		m.marks[item.Slot] = standing.Given().Mark
		m.revised[item.Slot] = false
		if now.Revised != nil || now.Given().Mark != standing.Given().Mark {
			t.Fatalf("given back: %+v, was %+v", now, standing)
		}
	default:
		m.marks[item.Slot] = revised.Mark
		m.revised[item.Slot] = true
		if revised.Was != standing.Given().Mark || now.Given().Mark != revised.Was {
			t.Fatalf("the mark before is lost: %+v", now)
		}
	}
}

func (m *machine) repin(t *rapid.T) {
	slot := rapid.SampledFrom([]lesson.Slot{"q1", "q2", "essay"}).Draw(t, "slot")
	version := rapid.IntRange(0, 3).Draw(t, "version")
	before := slices.Clone(m.state.Items)
	shown := m.state.Items
	events, err := m.state.Repin([]attempt.Item{{Slot: slot, Version: version}}, int64(len(m.log)))
	same := m.versions[slot] == version
	if allowed := !m.finished && (same || m.last[slot] == ""); allowed != (err == nil) || err == nil && same != (len(events) == 0) {
		t.Fatalf("%s to %d, answered %q: %v, %v", slot, version, m.last[slot], events, err)
	}
	if err == nil {
		m.versions[slot] = version
	}
	m.store(events)
	if !reflect.DeepEqual(shown, before) {
		t.Fatal("a list that somebody reads was changed")
	}
}

func (m *machine) finish(t *rapid.T) {
	events, err := m.state.Finish(int64(len(m.log)), nil)
	if err != nil || len(events) > 1 || m.finished && len(events) > 0 {
		t.Fatalf("%v, %v", events, err)
	}
	m.finished = true
	m.store(events)
}

// holds is what must be so after every command.
func (m *machine) holds(t *rapid.T) {
	if m.state.Revision != len(m.log) || (m.state.Done != nil) != m.finished || m.state.Revealed() != m.finished {
		t.Fatalf("revision %d after %d events, done %v, revealed %v", m.state.Revision, len(m.log), m.state.Done, m.state.Revealed())
	}
	for _, item := range m.state.Items {
		if item.Version != m.versions[item.Slot] {
			t.Fatalf("%s has version %d, want %d", item.Slot, item.Version, m.versions[item.Slot])
		}
		standing, there := m.state.Standing(item.Slot)
		if standing.Key != m.last[item.Slot] || there != (m.last[item.Slot] != "") || standing.Mark() != m.marks[item.Slot] {
			t.Fatalf("%s: %+v counts, want %s of %d", item.Slot, standing, m.last[item.Slot], m.marks[item.Slot])
		}
		if there && standing.Sequence != m.receipts[standing.Key].Sequence {
			t.Fatalf("%s stands at %d, its receipt says %d", standing.Key, standing.Sequence, m.receipts[standing.Key].Sequence)
		}
	}
	again := given(m.log...)
	if !reflect.DeepEqual(again, m.state) {
		t.Fatalf("folded again: %+v, want %+v", again, m.state)
	}
	for _, key := range slices.Sorted(maps.Keys(m.answers)) { // what was acknowledged stays acknowledged, also by whoever folds anew
		receipt, replayed, err := again.Replay(submission(m.answers[key]))
		if err != nil || !replayed || receipt != m.receipts[key] {
			t.Fatalf("%s: %+v, %v, %v, want %+v", key, receipt, replayed, err, m.receipts[key])
		}
	}
}

func TestAnyCommandsKeepTheLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{answers: map[string]attempt.Answered{}, receipts: map[string]attempt.Receipt{}, last: map[lesson.Slot]string{}, marks: map[lesson.Slot]scoring.Mark{}, revised: map[lesson.Slot]bool{}, versions: map[lesson.Slot]int{}}
		events, err := m.state.Start(started())
		if err != nil {
			t.Fatal(err)
		}
		m.store(events)
		t.Repeat(map[string]func(*rapid.T){"answer": m.answer, "answer more": m.answer, "grade": m.grade, "settle": m.settle, "repin": m.repin, "finish": m.finish, "": m.holds})
	})
}
