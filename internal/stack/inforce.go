package stack

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/takedown"
	"qbank/domain/targeting"
	"qbank/projections/reissues"
)

// inForce is what overrules releases at an instant.
type inForce struct {
	questions  map[uuid.UUID][]*given // those granted last first
	views      map[content.Hash][]*given
	down       map[uuid.UUID]map[int]reissues.Takedown  // version 0: all of them
	holders    map[content.Hash][]takedown.Holder       // of views that a version which is down has
	tombstones *lru.Cache[string, []commands.Tombstone] // by organisation; nil: nothing is down
	given      []*given                                 // those granted last first
	roster     bool
}

// given is an active reissue.
type given struct {
	id, lesson                           uuid.UUID
	org                                  string
	students, classes, sessions, courses map[string]bool
	versions                             map[placed]int
	told                                 commands.Given
}

// placed is where a version goes: slot "" is wherever the question stands.
type placed struct {
	slot     string
	question uuid.UUID
}

// concerns reports whether a student is in the audience: one of the organisation that asked, of one above it or of one below it.
func (g *given) concerns(who *targeting.Context) bool {
	if !access.Related(g.org, who.Org) {
		return false
	}
	return g.students[who.Student] || who.Session != "" && g.sessions[who.Session] || anyOf(g.classes, who.Classes) || anyOf(g.courses, who.Courses)
}

func anyOf(set map[string]bool, list []string) bool {
	return len(set) > 0 && slices.ContainsFunc(list, func(id string) bool { return set[id] })
}

func (f *inForce) Touches(question uuid.UUID) bool {
	return len(f.questions[question]) > 0 || len(f.down[question]) > 0
}

func (f *inForce) Roster() bool { return f.roster }

// takedown tells which takedown a version is under: of several, one of all versions, else the one with the lowest id, so that all nodes say the same.
func (f *inForce) takedown(question uuid.UUID, version int) (reissues.Takedown, bool) {
	down := f.down[question]
	if down == nil {
		return reissues.Takedown{}, false
	}
	if t, all := down[0]; all {
		return t, true
	}
	t, one := down[version]
	return t, one
}

func (f *inForce) Down(question uuid.UUID, version int) (uuid.UUID, bool) {
	t, down := f.takedown(question, version)
	return t.ID, down
}

func (f *inForce) Since(takedown uuid.UUID) int64 {
	for _, versions := range f.down {
		for _, t := range versions {
			if t.ID == takedown {
				return t.ImposedAt
			}
		}
	}
	return 0
}

func (f *inForce) Reissued(place release.Place, who *targeting.Context) (int, uuid.UUID, bool) {
	for _, g := range f.questions[place.Question] {
		version, known := g.versions[placed{"", place.Question}]
		if g.lesson != uuid.Nil {
			if g.lesson != place.Lesson {
				continue
			}
			if placedVersion, there := g.versions[placed{place.Slot, place.Question}]; there {
				version, known = placedVersion, true
			}
		}
		if known && g.concerns(who) {
			return version, g.id, true
		}
	}
	return 0, uuid.Nil, false
}

func (f *inForce) Given(who *targeting.Context) (list []commands.Given) {
	for _, g := range f.given {
		if g.concerns(who) {
			list = append(list, g.told)
		}
	}
	return list
}

func (f *inForce) Tombstones(org string) (list []commands.Tombstone) {
	if f.tombstones == nil {
		return nil
	}
	if known, ok := f.tombstones.Get(org); ok {
		return known
	}
	for view := range f.holders {
		if tomb, gone := f.Gone(org, view); gone {
			list = append(list, tomb)
		}
	}
	slices.SortFunc(list, func(a, b commands.Tombstone) int {
		return cmp.Or(cmp.Compare(b.Since, a.Since), cmp.Compare(a.View, b.View))
	})
	f.tombstones.Add(org, list)
	return list
}

func (f *inForce) Gone(org string, view content.Hash) (commands.Tombstone, bool) {
	holders := f.holders[view]
	last, gone := takedown.Gone(org, holders, func(h takedown.Holder) (int64, bool) {
		t, down := f.takedown(h.Question, h.Version)
		return t.ImposedAt, down
	})
	if !gone {
		return commands.Tombstone{}, false
	}
	by := holders[last]
	t, _ := f.takedown(by.Question, by.Version)
	return commands.Tombstone{View: view, Question: by.Question, Version: by.Version, Takedown: t.ID, Since: t.ImposedAt}, true
}

func (f *inForce) Carries(view content.Hash) func(*targeting.Context) []uuid.UUID {
	list := f.views[view]
	if len(list) == 0 {
		return nil
	}
	return func(who *targeting.Context) (ids []reissue.ID) {
		for _, g := range list {
			if g.concerns(who) && !slices.Contains(ids, g.id) {
				ids = append(ids, g.id)
			}
		}
		return ids
	}
}

func set(ids []uuid.UUID) map[string]bool {
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id.String()] = true
	}
	return out
}
