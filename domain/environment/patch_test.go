package environment_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
)

func frozen(versions ...int) []environment.Frozen {
	return released(first, sums, 1, versions...).Questions
}

func TestAPatchFitsWhatItWasMadeForAlone(t *testing.T) {
	t.Parallel()
	e := environment.Environment{}.Apply(released(first, sums, 1, 1, 5))
	p, some := environment.PatchOf(first, "prod", "acme", sums, 1, frozen(1, 5), frozen(2, 5))
	if want := []environment.Patch{{Slot: "q", Question: sums, From: 1, To: 2}}; !some || !reflect.DeepEqual(p.Places, want) {
		t.Fatalf("got %+v", p)
	}
	if _, some := environment.PatchOf(first, "prod", "acme", sums, 1, frozen(1, 5), frozen(1, 5)); some {
		t.Error("a patch of nothing")
	}
	events, err := e.Patch(p)
	if err != nil || len(events) != 1 {
		t.Fatalf("got %+v, %v", events, err)
	}
	e = e.Apply(events[0])
	if again, err := e.Patch(p); err != nil || again != nil {
		t.Errorf("again: %+v, %v", again, err)
	}
	// What it makes live is live: releasing the same changes nothing.
	if again, err := e.Release(released(second, sums, 1, 2, 5)); err != nil || again != nil {
		t.Errorf("releasing it: %+v, %v", again, err)
	}
	for name, change := range map[string]func(*environment.Patched){
		"another release": func(p *environment.Patched) { p.Release = second }, "another lesson": func(p *environment.Patched) { p.Lesson = fractions },
		"another organisation": func(p *environment.Patched) { p.Org = "other" }, "other versions": func(p *environment.Patched) { p.Was, p.Hash = "x", "y" },
	} {
		other := p
		change(&other)
		if events, err := e.Patch(other); !fault.Is(err, "release.moved") || events != nil {
			t.Errorf("%s: %+v, %v", name, events, err)
		}
	}
}

// Baseline and candidate are patched apart, and what a release completes with is what it was patched to.
func TestPatchesFollowWhatIsLive(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(environment.Events)
	rapid.Check(t, func(t *rapid.T) {
		var e, again environment.Environment
		apply := func(events ...event.Event) {
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
		type set struct {
			release  uuid.UUID
			versions []int
		}
		baseline, candidate := &set{first, []int{1, 1}}, (*set)(nil)
		apply(released(first, sums, 1, 1, 1))
		patch := func(s *set) {
			if s == nil {
				return
			}
			after := slices.Clone(s.versions)
			after[rapid.IntRange(0, 1).Draw(t, "place")]++
			p, _ := environment.PatchOf(s.release, "prod", "acme", sums, 1, frozen(s.versions...), frozen(after...))
			events, err := e.Patch(p)
			if err != nil || len(events) != 1 {
				t.Fatalf("%+v: %+v, %v", p, events, err)
			}
			apply(events...)
			s.versions = after
		}
		t.Repeat(map[string]func(*rapid.T){
			"patch the baseline":  func(*rapid.T) { patch(baseline) },
			"patch the candidate": func(*rapid.T) { patch(candidate) },
			"open": func(t *rapid.T) {
				if candidate != nil {
					return
				}
				candidate = &set{uuid.New(), []int{7, 7}}
				events, err := e.Open(environment.Opened{Release: candidate.release, Environment: "prod",
					Lessons: []environment.Entry{{Lesson: sums, Org: "acme", Version: 1, Hash: environment.HashOf(1, frozen(7, 7))}}})
				if err != nil {
					t.Fatal(err)
				}
				apply(events...)
			},
			"end": func(t *rapid.T) {
				if candidate == nil {
					return
				}
				if rapid.Bool().Draw(t, "complete") {
					apply(e.Complete(candidate.release)...)
					baseline = candidate
				} else {
					apply(e.Close(candidate.release)...)
				}
				candidate = nil
			},
			"": func(t *rapid.T) {
				if live := e.Live[sums]; live.Release != baseline.release || live.Hash != environment.HashOf(1, frozen(baseline.versions...)) {
					t.Fatalf("live is %+v, want %+v", live, baseline)
				}
				if !reflect.DeepEqual(e, again) {
					t.Fatal("replayed, it is another")
				}
			},
		})
	})
}
