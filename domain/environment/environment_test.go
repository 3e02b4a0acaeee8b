package environment_test

import (
	"maps"
	"reflect"
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
		t.Repeat(map[string]func(*rapid.T){
			"release": func(t *rapid.T) {
				r := released(uuid.New(), lessons.Draw(t, "lesson"), rapid.IntRange(1, 3).Draw(t, "version"))
				events, err := e.Release(r)
				if err != nil || (len(events) == 0) != (want[r.Lesson] == r.Version) {
					t.Fatalf("got %+v, %v while %v is live", events, err, want)
				}
				want[r.Lesson] = r.Version
				does(events)
			},
			"withdraw": func(t *rapid.T) {
				lesson := lessons.Draw(t, "lesson")
				events, err := e.Withdraw(lesson, "")
				if _, live := want[lesson]; live != (err == nil) {
					t.Fatalf("got %+v, %v while %v is live", events, err, want)
				}
				delete(want, lesson)
				does(events)
			},
			"": func(t *rapid.T) {
				live := map[uuid.UUID]int{}
				for lesson, r := range e.Live {
					live[lesson] = r.Version
				}
				if !maps.Equal(live, want) || !reflect.DeepEqual(e, again) {
					t.Fatalf("live is %v, want %v", live, want)
				}
			},
		})
	})
}
