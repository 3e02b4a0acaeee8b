package release

import "github.com/google/uuid"

// Reason says which layer chose a version.
type Reason string

// The reasons, in the order they are asked. Append-only: they stand in attempts.
const (
	Answered Reason = "answered" // the student answered this version already
	Pinned   Reason = "pinned"   // the attempt pinned it at its start
	Whole    Reason = "whole"    // a whole release is live
	Session  Reason = "session"  // the class session pinned it at its start
)

// Place is one slot of a lesson.
type Place struct {
	Slot     string
	Question uuid.UUID
}

// Choice is the version a place gets.
type Choice struct {
	Place
	Version int
	Reason  Reason
}

// Layer may know the version for a place.
type Layer struct {
	Reason  Reason
	Version func(Place) (version int, known bool)
}

// Resolve chooses a version for each place by the first layer that knows it. Places that no layer knows are left out:
// nothing is visible by being merely published.
func Resolve(places []Place, layers ...Layer) []Choice {
	choices := make([]Choice, 0, len(places))
	for _, place := range places {
		for _, layer := range layers {
			if version, known := layer.Version(place); known {
				choices = append(choices, Choice{Place: place, Version: version, Reason: layer.Reason})
				break
			}
		}
	}
	return choices
}

// Known makes a layer of versions by slot.
func Known(reason Reason, versions map[string]int) Layer {
	return Layer{Reason: reason, Version: func(p Place) (int, bool) {
		version, known := versions[p.Slot]
		return version, known
	}}
}
