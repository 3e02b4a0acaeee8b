package environment

import (
	"slices"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
)

// PatchOf is what brings a lesson from frozen versions to others of the same places; ok is false where they are the same.
func PatchOf(release uuid.UUID, in Name, org string, lesson uuid.UUID, version int, before, after []Frozen) (p Patched, ok bool) {
	p = Patched{Release: release, Environment: in, Org: org, Lesson: lesson, Was: HashOf(version, before), Hash: HashOf(version, after)}
	for i, frozen := range before {
		if to := after[i].Version; to != frozen.Version {
			p.Places = append(p.Places, Patch{Slot: frozen.Slot, Question: frozen.Question, From: frozen.Version, To: to})
		}
	}
	return p, len(p.Places) > 0
}

// Patch brings errata into what is live of a lesson. It refuses with "release.moved" where the lesson, as a baseline or as a candidate, is not
// what the patch was made for; what is patched already stays.
func (e Environment) Patch(p Patched) ([]event.Event, error) {
	switch at := e.hash(p); {
	case slices.Contains(at, p.Was):
		return []event.Event{p}, nil
	case slices.Contains(at, p.Hash):
		return nil, nil
	}
	return nil, fault.Refuse(fault.Conflict, "release.moved",
		fault.Say("something else is live of this lesson by now; look again", "该讲次上线的内容已变化，请重新查看"))
}

// hash is what a release has of a lesson: as its baseline, as its candidate.
func (e Environment) hash(p Patched) (found []content.Hash) {
	if live, is := e.Live[p.Lesson]; is && live.Release == p.Release && live.Org == p.Org {
		found = append(found, live.Hash)
	}
	for _, entry := range e.open[p.Release].Lessons {
		if entry.Lesson == p.Lesson && entry.Org == p.Org {
			found = append(found, entry.Hash)
		}
	}
	return found
}

func (e Environment) patch(p Patched) {
	if live, is := e.Live[p.Lesson]; is && live.Release == p.Release {
		live.Hash = p.Hash
		e.Live[p.Lesson] = live
	}
	if open, has := e.open[p.Release]; has {
		open.Lessons = slices.Clone(open.Lessons) // the event keeps what it said
		for i := range open.Lessons {
			if open.Lessons[i].Lesson == p.Lesson {
				open.Lessons[i].Hash = p.Hash
			}
		}
		e.open[p.Release] = open
	}
}
