package environment_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
)

var (
	sums, fractions = uuid.MustParse("00000000-0000-4000-8000-000000000001"), uuid.MustParse("00000000-0000-4000-8000-000000000002")
	first, second   = uuid.MustParse("00000000-0000-4000-8000-00000000000a"), uuid.MustParse("00000000-0000-4000-8000-00000000000b")
)

func released(release, lesson uuid.UUID, version int, questions ...int) environment.Released {
	r := environment.Released{Release: release, Environment: "prod", Org: "acme", Lesson: lesson, Version: version}
	for _, v := range questions {
		r.Questions = append(r.Questions, environment.Frozen{Slot: "q", Question: sums, Version: v})
	}
	return r
}

func TestAReleaseReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	e := environment.Environment{}.Apply(released(first, sums, 1, 1))
	events, err := e.Release(released(second, sums, 1, 2))
	if err != nil || len(events) != 1 || events[0].(environment.Released).Replaces != first {
		t.Errorf("got %+v, %v", events, err)
	}
	if events, err := e.Release(released(second, fractions, 1, 1)); err != nil || events[0].(environment.Released).Replaces != uuid.Nil {
		t.Errorf("another lesson's release came to %+v, %v", events, err)
	}
}

func TestTheSameSetAgainChangesNothing(t *testing.T) {
	t.Parallel()
	e := environment.Environment{}.Apply(released(first, sums, 1, 1, 2))
	if events, err := e.Release(released(second, sums, 1, 1, 2)); err != nil || events != nil {
		t.Errorf("got %+v, %v", events, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	e := environment.Environment{}.Apply(released(first, sums, 1, 1))
	long := strings.Repeat("x", 2001)
	refused := func(events []event.Event, err error) func(string) {
		return func(code string) {
			t.Helper()
			if !fault.Is(err, code) || events != nil {
				t.Errorf("got %+v, %v, want %s", events, err, code)
			}
		}
	}
	refused(e.Withdraw(fractions, ""))("release.not_found")
	refused(e.Withdraw(sums, long))("note.invalid")
	refused(e.Release(environment.Released{Environment: "prod", Note: long}))("note.invalid")
	for _, name := range []environment.Name{"", "Prod", "1st", "-a", "a_b", "a/b", environment.Name(strings.Repeat("a", 33)), "a\n"} {
		refused(e.Release(environment.Released{Environment: name}))("environment.name")
	}
	if err := environment.Name("pre-prod-2").Check(); err != nil {
		t.Error(err)
	}
}

func TestEachEnvironmentHasItsOwnStream(t *testing.T) {
	t.Parallel()
	if environment.Name("dev").Stream() == environment.Name("prod").Stream() {
		t.Error("dev and prod share a stream")
	}
}

func TestWhatIsLiveIsWhatWasReleasedLastAndNotWithdrawn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var e, again environment.Environment
		codec := event.NewCodec(environment.Events)
		want := map[uuid.UUID]int{}
		does := func(events []event.Event) {
			for _, fact := range events {
				name, version, data, err := codec.Encode(fact)
				if err != nil {
					t.Fatal(err)
				}
				read, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				e, again = e.Apply(fact), again.Apply(read)
			}
		}
		lessons := rapid.SampledFrom([]uuid.UUID{sums, fractions})
		has := map[uuid.UUID]uuid.UUID{} // lesson → candidate
		var over []uuid.UUID
		t.Repeat(map[string]func(*rapid.T){
			"release": func(t *rapid.T) {
				version := rapid.IntRange(1, 3).Draw(t, "version")
				r := released(uuid.New(), lessons.Draw(t, "lesson"), version, version)
				events, err := e.Release(r)
				if has[r.Lesson] != uuid.Nil {
					if !fault.Is(err, "release.under_way") || fault.Of(err).Details["release"] != has[r.Lesson].String() {
						t.Fatalf("%s has the lesson: got %v", has[r.Lesson], err)
					}
					return
				}
				if err != nil || (len(events) == 0) != (want[r.Lesson] == r.Version) {
					t.Fatalf("got %+v, %v while %v is live", events, err, want)
				}
				want[r.Lesson] = r.Version
				does(events)
			},
			"withdraw": func(t *rapid.T) {
				lesson := lessons.Draw(t, "lesson")
				events, err := e.Withdraw(lesson, "")
				if _, live := want[lesson]; live && has[lesson] == uuid.Nil != (err == nil) || !live && err == nil {
					t.Fatalf("got %+v, %v while %v is live", events, err, want)
				}
				if err == nil {
					delete(want, lesson)
				}
				does(events)
			},
			"open": func(t *rapid.T) {
				o := environment.Opened{Release: uuid.New(), Environment: "prod", Set: "s"}
				if len(over) > 0 && rapid.Bool().Draw(t, "again") {
					o.Release = over[0]
				}
				taken := false
				for _, lesson := range rapid.SliceOfNDistinct(lessons, 1, 2, rapid.ID).Draw(t, "lessons") {
					version := rapid.IntRange(1, 3).Draw(t, "version")
					o.Lessons = append(o.Lessons, environment.Entry{Lesson: lesson, Version: version, Hash: environment.HashOf(version, released(first, lesson, version, version).Questions)})
					taken = taken || has[lesson] != uuid.Nil
				}
				events, err := e.Open(o)
				switch ended := slices.Contains(over, o.Release); {
				case ended && !fault.Is(err, "release.ended"), !ended && taken && !fault.Is(err, "release.overlap"), !ended && !taken && (err != nil || len(events) != 1):
					t.Fatalf("ended: %t, taken: %t; got %+v, %v", ended, taken, events, err)
				}
				does(events)
				if len(events) > 0 {
					for _, entry := range o.Lessons {
						has[entry.Lesson] = o.Release
					}
					if again, err := e.Open(o); err != nil || again != nil {
						t.Fatalf("opening again: %+v, %v", again, err)
					}
				}
			},
			"end": func(t *rapid.T) {
				candidate := has[lessons.Draw(t, "lesson")]
				events := e.Close(candidate)
				if rapid.Bool().Draw(t, "complete") {
					events = e.Complete(candidate)
				}
				if (candidate != uuid.Nil) != (len(events) == 1) {
					t.Fatalf("got %+v", events)
				}
				does(events)
				for lesson, release := range has {
					if release == candidate && candidate != uuid.Nil {
						if _, completed := events[0].(environment.Completed); completed {
							want[lesson] = e.Live[lesson].Version
							if e.Live[lesson].Release != candidate {
								t.Fatalf("the baseline is %+v", e.Live[lesson])
							}
						}
						delete(has, lesson)
					}
				}
				if candidate != uuid.Nil {
					over = append(over, candidate)
					if e.Close(candidate) != nil || e.Complete(candidate) != nil {
						t.Fatal("what is over ends again")
					}
				}
			},
			"": func(t *rapid.T) {
				live := map[uuid.UUID]int{}
				for lesson, r := range e.Live {
					live[lesson] = r.Version
				}
				if !maps.Equal(e.Candidates, has) || !maps.Equal(live, want) || !reflect.DeepEqual(e, again) {
					t.Fatalf("live is %v, want %v", live, want)
				}
			},
		})
	})
}
