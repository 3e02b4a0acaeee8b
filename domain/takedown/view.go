package takedown

import (
	"slices"

	"github.com/google/uuid"

	"qbank/domain/access"
)

// Holder is a version that has a public view, with the organisations whose students were given the view by it.
type Holder struct {
	Question uuid.UUID
	Version  int
	Orgs     []string
}

// seenFrom reports whether students of an organisation were given it: by their own, by one above it or by one below it.
func (h Holder) seenFrom(org string) bool {
	return slices.ContainsFunc(h.Orgs, func(of string) bool { return access.Related(of, org) })
}

// Gone tells whether a public view is gone for students of an organisation. Only the versions by which they were given it count: some were, and all of
// those are down. since tells from when on a version is down, microseconds. The answer is the place in holders of the one that went down last (of
// those that went at once, the last), for the view is gone since then.
func Gone(org string, holders []Holder, since func(Holder) (at int64, down bool)) (last int, gone bool) {
	var latest int64
	for i, h := range holders {
		if !h.seenFrom(org) {
			continue
		}
		at, down := since(h)
		if !down {
			return 0, false
		}
		if !gone || at >= latest {
			last, latest, gone = i, at, true
		}
	}
	return last, gone
}
