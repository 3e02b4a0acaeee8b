package release_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/release"
)

// knows makes a layer of versions by slot, all owed to the same.
func knows(reason release.Reason, by uuid.UUID, versions map[string]int) release.Layer {
	return release.Layer{Reason: reason, Version: func(p release.Place) (int, uuid.UUID, bool) {
		version, known := versions[p.Slot]
		return version, by, known
	}}
}

func TestTheFirstLayerThatKnowsAPlaceWins(t *testing.T) {
	t.Parallel()
	a, b, c := release.Place{Slot: "a", Question: uuid.New()}, release.Place{Slot: "b"}, release.Place{Slot: "c"}
	by := uuid.New()
	got := release.Resolve([]release.Place{a, b, c}, nil,
		knows(release.Answered, uuid.Nil, map[string]int{"a": 1}),
		knows(release.Pinned, uuid.Nil, nil),
		knows(release.Whole, by, map[string]int{"a": 2, "b": 3, "x": 4}))
	want := []release.Choice{{Place: a, Version: 1, Reason: release.Answered}, {Place: b, Version: 3, Reason: release.Whole, By: by}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := release.Resolve([]release.Place{a}, nil); len(got) != 0 {
		t.Errorf("without layers, %+v is visible", got)
	}
}

// What is taken down is passed over; where nothing else is known, the place is empty, and says why.
func TestWhatIsTakenDownIsNowhere(t *testing.T) {
	t.Parallel()
	a, b := release.Place{Slot: "a", Question: uuid.New()}, release.Place{Slot: "b", Question: uuid.New()}
	takedown, reissue := uuid.New(), uuid.New()
	down := func(question uuid.UUID, version int) (uuid.UUID, bool) { return takedown, version == 2 }
	got := release.Resolve([]release.Place{a, b}, down,
		release.Layer{Reason: release.Reissue, Version: func(p release.Place) (int, uuid.UUID, bool) { return 2, reissue, p == b }},
		release.Layer{Reason: release.Session, Version: func(p release.Place) (int, uuid.UUID, bool) { return 3, reissue, p == b }},
		knows(release.Whole, uuid.Nil, map[string]int{"a": 2, "b": 1}))
	want := []release.Choice{{Place: a, Reason: release.Takedown, By: takedown}, {Place: b, Version: 3, Reason: release.Session, By: reissue}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestResolvingIsAskingLayersInOrder(t *testing.T) {
	t.Parallel()
	slots := []string{"a", "b", "c", "d"}
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.SliceOfN(rapid.MapOf(rapid.SampledFrom(slots), rapid.IntRange(1, 9)), 0, 3).Draw(t, "layers")
		reasons := []release.Reason{release.Answered, release.Pinned, release.Whole}
		layers := make([]release.Layer, len(known))
		for i := range known {
			layers[i] = knows(reasons[i], uuid.Nil, known[i])
		}
		places := make([]release.Place, len(slots))
		for i, slot := range slots {
			places[i].Slot = slot
		}
		choices := release.Resolve(places, nil, layers...)
		for _, slot := range slots {
			at := slices.IndexFunc(choices, func(c release.Choice) bool { return c.Slot == slot })
			first := slices.IndexFunc(known, func(versions map[string]int) bool { return versions[slot] > 0 })
			if (at < 0) != (first < 0) {
				t.Fatalf("%s is visible: %v, known: %v", slot, at >= 0, first >= 0)
			}
			if at >= 0 && (choices[at].Version != known[first][slot] || choices[at].Reason != reasons[first]) {
				t.Fatalf("%s is %+v, layer %d knows %d", slot, choices[at], first, known[first][slot])
			}
		}
	})
}
