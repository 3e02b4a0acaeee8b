package release

import "github.com/google/uuid"

// Reason says which layer chose a version.
type Reason string

// The reasons. Append-only: they stand in attempts. Layers are asked in the order: what was answered, a reissue, what is pinned, a
// release's candidate, its baseline; none of them gives what is taken down.
const (
	Answered  Reason = "answered"  // the student answered this version already
	Pinned    Reason = "pinned"    // the attempt pinned it at its start
	Whole     Reason = "whole"     // it is live for everybody
	Takedown  Reason = "takedown"  // what would have been chosen is taken down, and nothing else is known: there is no version
	Reissue   Reason = "reissue"   // it was reissued to the student
	Session   Reason = "session"   // the class session pinned it at its start
	Candidate Reason = "candidate" // the student is in a release under way
	Baseline  Reason = "baseline"  // a release is under way, and the student is not in it
)

// Place is one slot of a lesson.
type Place struct {
	Lesson   uuid.UUID // zero where it does not matter
	Slot     string
	Question uuid.UUID
}

// Choice is the version a place gets.
type Choice struct {
	Place
	Version int // 0 with the reason Takedown
	Reason  Reason
	By      uuid.UUID // the release, reissue, session or takedown that it is owed to
}

// Layer may know the version for a place, and what it is owed to.
type Layer struct {
	Reason  Reason
	Version func(Place) (version int, by uuid.UUID, known bool)
}

// Down tells which takedown, if any, a version of a question is under.
type Down func(question uuid.UUID, version int) (takedown uuid.UUID, down bool)

// Resolve chooses a version for each place by the first layer that knows one that is not taken down (nothing is, where down is nil). Places that no
// layer knows are left out: nothing is visible by being merely published. A place whose every version is taken down has none.
func Resolve(places []Place, down Down, layers ...Layer) []Choice {
	choices := make([]Choice, 0, len(places))
	for _, place := range places {
		if choice, known := resolve(place, down, layers); known {
			choices = append(choices, choice)
		}
	}
	return choices
}

func resolve(place Place, down Down, layers []Layer) (choice Choice, known bool) {
	for _, layer := range layers {
		version, by, knows := layer.Version(place)
		if !knows {
			continue
		}
		if down != nil {
			if takedown, is := down(place.Question, version); is {
				choice, known = Choice{Place: place, Reason: Takedown, By: takedown}, true
				continue
			}
		}
		return Choice{Place: place, Version: version, Reason: layer.Reason, By: by}, true
	}
	return choice, known
}
