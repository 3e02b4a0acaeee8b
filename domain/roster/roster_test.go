package roster_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/roster"
)

// now is the deciding node's clock.
const now = 1_700_000_000_000_000

var always = roster.Window{}

func student(n int) uuid.UUID { return roster.PersonID("acme", string(rune('a'+n))) }

func asOf(at int64) roster.AsOf { return roster.AsOf{At: at} }

func given(events ...event.Event) (c roster.Class) {
	for _, e := range events {
		c = c.Apply(e)
	}
	return c
}

var created = roster.ClassCreated{Org: "acme", Code: "7b", Title: "Seven B", AsOf: asOf(now)}

func TestAClassIsKeptAsItIsWanted(t *testing.T) {
	t.Parallel()
	math := roster.NodeID("acme", roster.Course, "math")
	staffed := roster.ClassStaffed{Role: roster.Teacher, People: []uuid.UUID{student(1)}, AsOf: asOf(now)}
	c := given(created, roster.ClassPlaced{Course: math, AsOf: asOf(now)}, staffed)
	for name, try := range map[string]struct {
		class roster.Class
		facts roster.ClassFacts
		asOf  roster.AsOf
		want  []event.Event
	}{
		"new":            {roster.Class{}, roster.ClassFacts{Title: "Seven B"}, roster.AsOf{}, []event.Event{created}},
		"as it is":       {c, roster.ClassFacts{Title: "Seven B", Course: math, Teachers: []uuid.UUID{student(1), student(1)}}, roster.AsOf{}, nil},
		"left open":      {c, roster.ClassFacts{Title: "Seven B"}, roster.AsOf{}, nil},
		"said again":     {c, roster.ClassFacts{Title: "Seven B"}, asOf(now), nil},
		"confirmed":      {c, roster.ClassFacts{Title: "Seven B"}, asOf(now + 1), []event.Event{roster.ClassRenamed{Title: "Seven B", AsOf: asOf(now + 1)}}},
		"nobody teaches": {c, roster.ClassFacts{Title: "Seven B", Teachers: []uuid.UUID{}}, roster.AsOf{}, []event.Event{roster.ClassStaffed{Role: roster.Teacher, People: []uuid.UUID{}, AsOf: roster.AsOf{At: now, Sequence: 1}}}},
		"renamed here":   {c, roster.ClassFacts{Title: "Eight B"}, roster.AsOf{}, []event.Event{roster.ClassRenamed{Title: "Eight B", AsOf: roster.AsOf{At: now, Sequence: 1}}}},
	} {
		got, err := try.class.Keep("acme", "7b", try.facts, try.asOf, now)
		if err != nil || !reflect.DeepEqual(got, try.want) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, try.want)
		}
	}
	if got := c.Apply(roster.ClassRenamed{Title: "Eight B"}).Title; got != "Eight B" {
		t.Errorf("the class is called %q", got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := given(created)
	crowd := make([]uuid.UUID, roster.MaxMembers)
	for i := range crowd {
		crowd[i] = uuid.New()
	}
	full := given(created, roster.MembersJoined{Students: crowd})
	refused := func(events []event.Event, err error) func(string) {
		return func(code string) {
			t.Helper()
			if !fault.Is(err, code) || events != nil {
				t.Errorf("got %d events, %v, want %s", len(events), err, code)
			}
		}
	}
	titled := func(title string) roster.ClassFacts { return roster.ClassFacts{Title: title} }
	refused(c.Keep("acme", "", titled("Seven B"), roster.AsOf{}, now))("class.invalid")
	refused(c.Keep("acme", strings.Repeat("7", 101), titled("Seven B"), roster.AsOf{}, now))("class.invalid")
	refused(c.Keep("acme", "7\x00b", titled("Seven B"), roster.AsOf{}, now))("class.invalid")
	refused(c.Keep("acme", "7b", titled(""), roster.AsOf{}, now))("class.invalid")
	refused(c.Keep("acme", "7b", titled(strings.Repeat("长", 301)), roster.AsOf{}, now))("class.invalid")
	refused(c.Keep("acme", "7b", roster.ClassFacts{Title: "x", Tutors: crowd[:roster.MaxStaff+1]}, roster.AsOf{}, now))("class.staff")
	refused(c.Keep("acme", "7b", titled("Old"), asOf(now-1), now))("roster.stale")
	refused(c.Keep("acme", "7b", titled("Another"), asOf(now), now))("roster.stale") // of one instant, what was said first stays
	refused(c.Keep("acme", "7b", titled("Future"), asOf(now+2*60*60*1e6), now))("roster.as_of")
	refused(c.Keep("acme", "7b", titled("Past"), asOf(-1), now))("roster.as_of")
	refused(roster.Class{}.Join([]uuid.UUID{student(1)}, always, roster.AsOf{}, now))("class.not_found")
	refused(roster.Class{}.Leave(nil, roster.AsOf{}, now))("class.not_found")
	refused(c.Join([]uuid.UUID{student(1)}, roster.Window{From: 9, Until: 9}, roster.AsOf{}, now))("class.window")
	refused(full.Join([]uuid.UUID{student(1)}, always, roster.AsOf{}, now))("class.full")
	if events, err := full.Join(crowd[:5], always, roster.AsOf{}, now); err != nil || events != nil {
		t.Errorf("who is in a full class already came to %v, %v", events, err)
	}
	facts := roster.NodeFacts{Title: "Maths", Parent: uuid.New()}
	refused(roster.Node{}.Keep("acme", "school", "m", facts, roster.AsOf{}, now))("roster.invalid")
	refused(roster.Node{}.Keep("acme", roster.Line, "m", facts, roster.AsOf{}, now))("roster.invalid")
	refused(roster.Node{}.Keep("acme", roster.Course, "m", roster.NodeFacts{Title: "Maths"}, roster.AsOf{}, now))("roster.invalid")
	facts.Lesson = uuid.New()
	refused(roster.Node{}.Keep("acme", roster.Course, "m", facts, roster.AsOf{}, now))("roster.invalid")
	facts.Window = roster.Window{From: 5, Until: 4}
	refused(roster.Node{}.Keep("acme", roster.Lesson, "m", facts, roster.AsOf{}, now))("roster.invalid")
	refused(roster.Student{}.Describe(roster.StudentDescribed{}, roster.StudentFacts{Grade: strings.Repeat("7", 101)}, now))("student.invalid")
}

func TestAWindowThatIsOverOpensAgain(t *testing.T) {
	t.Parallel()
	who := []uuid.UUID{student(1)}
	for until, want := range map[int64]int{0: 0, now + 1: 0, now: 1, 5: 1} {
		c := given(created, roster.MembersJoined{Students: who, Window: roster.Window{From: 1, Until: until}, AsOf: asOf(now)})
		if events, err := c.Join(who, always, roster.AsOf{}, now); err != nil || len(events) != want {
			t.Errorf("until %d: %v, %v", until, events, err)
		}
	}
}

// store appends what was decided to two copies: one applies the events, the other what the codec makes of them.
func store[S interface{ Apply(event.Event) S }](t *rapid.T, state, again *S, events []event.Event) {
	codec := event.NewCodec(roster.Events)
	for _, e := range events {
		name, version, data, err := codec.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		read, err := codec.Decode(name, version, data)
		if err != nil {
			t.Fatal(err)
		}
		*state, *again = (*state).Apply(e), (*again).Apply(read)
	}
}

// in is who is in a class, with the windows.
func in(c roster.Class) map[uuid.UUID]roster.Window {
	members := map[uuid.UUID]roster.Window{}
	for s, m := range c.Members {
		if m.In {
			members[s] = m.Window
		}
	}
	return members
}

func TestMembershipOfHereAndNowIsASet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, again := given(created), given(created)
		want := map[uuid.UUID]bool{}
		some := func(t *rapid.T) []uuid.UUID {
			return rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 5), student), 0, 6).Draw(t, "students")
		}
		does := func(t *rapid.T, decide func() ([]event.Event, error)) {
			events, err := decide()
			if err != nil {
				t.Fatal(err)
			}
			store(t, &c, &again, events)
			if events, err := decide(); err != nil || events != nil {
				t.Fatalf("doing it twice came to %v, %v", events, err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"join": func(t *rapid.T) {
				who := some(t)
				does(t, func() ([]event.Event, error) { return c.Join(who, always, roster.AsOf{}, now) })
				for _, s := range who {
					want[s] = true
				}
			},
			"leave": func(t *rapid.T) {
				who := some(t)
				does(t, func() ([]event.Event, error) { return c.Leave(who, roster.AsOf{}, now) })
				for _, s := range who {
					delete(want, s)
				}
			},
			"": func(t *rapid.T) {
				if !slices.Equal(sorted(in(c)), sorted(want)) || c.Size != len(want) || !reflect.DeepEqual(c, again) {
					t.Fatalf("members are %v (%d), want %v", in(c), c.Size, want)
				}
			},
		})
	})
}

func sorted[V any](m map[uuid.UUID]V) []string {
	var ids []string
	for id := range m {
		ids = append(ids, id.String())
	}
	slices.Sort(ids)
	return ids
}

// told is one statement of another system about a student in one of two classes.
type told struct {
	at      int64 // its place in that system's history, each once
	student int
	class   int
	in      bool
	window  roster.Window
}

// Whatever the order in which statements arrive, and however often: who is in is what was said last, by the clock of who said it.
func TestStatementsConvergeInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var history []told
		last := map[[2]int]told{}
		for at := range rapid.IntRange(1, 25).Draw(t, "statements") {
			who := rapid.IntRange(0, 2).Draw(t, "student")
			say := func(class int, in bool) {
				s := told{at: int64(at + 1), student: who, class: class, in: in}
				if in {
					s.window.From = rapid.SampledFrom([]int64{0, 5}).Draw(t, "from")
				}
				history = append(history, s)
				last[[2]int{class, who}] = s
			}
			switch class := rapid.IntRange(0, 1).Draw(t, "class"); rapid.SampledFrom([]string{"join", "leave", "transfer"}).Draw(t, "what") {
			case "join":
				say(class, true)
			case "leave":
				say(class, false)
			case "transfer": // one instant, two classes
				say(class, true)
				say(1-class, false)
			}
		}
		repeated := rapid.SliceOfN(rapid.SampledFrom(history), 0, 10).Draw(t, "repeated")
		arriving := rapid.Permutation(append(slices.Clone(history), repeated...)).Draw(t, "arriving")
		classes, again := [2]roster.Class{given(created), given(created)}, [2]roster.Class{given(created), given(created)}
		hear := func(s told) int {
			decide := classes[s.class].Leave
			if s.in {
				decide = func(who []uuid.UUID, of roster.AsOf, now int64) ([]event.Event, error) {
					return classes[s.class].Join(who, s.window, of, now)
				}
			}
			events, err := decide([]uuid.UUID{student(s.student)}, asOf(s.at), now)
			if err != nil && !fault.Is(err, "roster.stale") {
				t.Fatal(err)
			}
			store(t, &classes[s.class], &again[s.class], events)
			return len(events)
		}
		for _, s := range arriving {
			hear(s)
		}
		for _, s := range arriving {
			if n := hear(s); n > 0 {
				t.Fatalf("%+v, said again, came to %d events", s, n)
			}
		}
		for class := range classes {
			want := map[uuid.UUID]roster.Window{}
			for key, s := range last {
				if key[0] == class && s.in {
					want[student(key[1])] = s.window
				}
			}
			if got := in(classes[class]); !maps.Equal(got, want) || !reflect.DeepEqual(classes[class], again[class]) {
				t.Fatalf("class %d has %v, want %v", class, got, want)
			}
		}
	})
}

// described says of a student the grade i, as of the instant i; in even ones it is sealed.
func described(i int) roster.StudentDescribed {
	d := roster.StudentDescribed{Org: "acme", Student: student(1), AsOf: asOf(int64(i))}
	if i%2 == 0 {
		d.Sealed, d.Digest = fmt.Appendf(nil, "sealed %d", i), fmt.Appendf(nil, "digest %d", i)
	} else {
		d.Grade = fmt.Sprint(i)
	}
	return d
}

// A feed that says again what it said before facts were sealed says nothing new.
func TestWhatIsKnownOfAStudentIsNotSaidAgain(t *testing.T) {
	t.Parallel()
	facts := roster.StudentFacts{Grade: "7"}
	sealed := func(digest string) roster.StudentDescribed {
		return roster.StudentDescribed{Org: "acme", Student: student(1), Sealed: []byte("drawn anew: " + digest), Digest: []byte(digest)}
	}
	for name, c := range map[string]struct {
		before, said roster.StudentDescribed
		facts        roster.StudentFacts
		events       int
	}{
		"in the clear, now sealed": {roster.StudentDescribed{StudentFacts: facts}, sealed("seven"), facts, 0},
		"sealed twice":             {sealed("seven"), sealed("seven"), facts, 0},
		"another fact":             {sealed("seven"), sealed("eight"), roster.StudentFacts{Grade: "8"}, 1},
		"nothing any more":         {sealed("seven"), roster.StudentDescribed{}, roster.StudentFacts{}, 1},
		"nothing, as before":       {roster.StudentDescribed{}, roster.StudentDescribed{}, roster.StudentFacts{}, 0},
	} {
		if events, err := (roster.Student{}).Apply(c.before).Describe(c.said, c.facts, now); err != nil || len(events) != c.events {
			t.Errorf("%s: %v, %v", name, events, err)
		}
	}
}

func TestNodesAndStudentsAreKeptAsTheyWereSaidLast(t *testing.T) {
	t.Parallel()
	line := roster.NodeID("acme", roster.Line, "k12")
	rapid.Check(t, func(t *rapid.T) {
		var n, nAgain roster.Node
		var s, sAgain roster.Student
		facts := func(i int) roster.NodeFacts {
			return roster.NodeFacts{Title: fmt.Sprint("term ", i), Parent: line, Window: roster.Window{From: int64(i)}}
		}
		arriving := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 20).Draw(t, "arriving")
		stale := func(events []event.Event, err error) []event.Event {
			if err != nil && !fault.Is(err, "roster.stale") {
				t.Fatal(err)
			}
			return events
		}
		for range 2 {
			for _, i := range arriving {
				store(t, &n, &nAgain, stale(n.Keep("acme", roster.Term, "t1", facts(i), asOf(int64(i)), now)))
				store(t, &s, &sAgain, stale(s.Describe(described(i), roster.StudentFacts{Grade: fmt.Sprint(i)}, now)))
			}
		}
		last := slices.Max(arriving)
		if n.NodeFacts != facts(last) || s.Digest != string(described(last).Digest) || n != nAgain || s != sAgain || n.Revision > len(arriving) {
			t.Fatalf("%+v, %+v after %v", n, s, arriving)
		}
		if events, err := n.Keep("acme", roster.Term, "t1", facts(last), roster.AsOf{}, now); err != nil || events != nil {
			t.Fatalf("kept again: %v, %v", events, err)
		}
	})
}

// What was written before instants and windows were said is read as it was meant.
func TestOldEventsAreRead(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(roster.Events)
	var c roster.Class
	for _, e := range [][2]string{
		{"class.created", `{"org":"acme","code":"7b","title":"Seven B"}`},
		{"class.members_joined", `{"students":["` + student(1).String() + `","` + student(2).String() + `"]}`},
		{"class.members_left", `{"students":["` + student(2).String() + `"]}`},
		{"class.renamed", `{"title":"Eight B"}`},
	} {
		read, err := codec.Decode(e[0], 1, []byte(e[1]))
		if err != nil {
			t.Fatal(err)
		}
		c = c.Apply(read)
	}
	if c.Title != "Eight B" || c.Size != 1 || !c.Members[student(1)].In || c.Course != uuid.Nil {
		t.Errorf("got %+v", c)
	}
	if events, err := c.Leave([]uuid.UUID{student(1)}, asOf(1), now); err != nil || len(events) != 1 {
		t.Errorf("a timed statement about what has no instant came to %v, %v", events, err)
	}
}

func TestIDsAreMadeOfWhatTheOrganisationKnows(t *testing.T) {
	t.Parallel()
	class := roster.ClassID("acme", "7b")
	if roster.ClassID("acme", "7b") != class || class == roster.ClassID("other", "7b") {
		t.Error("a class is not told by organisation and code")
	}
	if roster.PersonID("acme", "1") == roster.PersonID("other", "1") || roster.PersonID("acme", "1") == roster.ClassID("acme", "1") {
		t.Error("a person is not told by organisation and number")
	}
	seen := map[uuid.UUID]bool{class: true, roster.StudentStream(student(1)): true, student(1): true}
	for _, kind := range roster.Kinds {
		id := roster.NodeID("acme", kind, "7b")
		if seen[id] || id != roster.NodeID("acme", kind, "7b") || id == roster.NodeID("other", kind, "7b") {
			t.Errorf("a %s is not told by organisation, kind and code", kind)
		}
		seen[id] = true
	}
	id := student(1)
	foreign := roster.PersonOf("auth0|1")
	if roster.PersonOf(id.String()) != id || roster.PersonOf("auth0|1") != foreign || foreign == roster.PersonOf("auth0|2") {
		t.Error("a subject does not lead to one person")
	}
}
