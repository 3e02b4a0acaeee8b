package items

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/attempt"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
)

// Place is an item of a form: a version of a question at a place of the lesson, and what a full answer is worth.
type Place struct {
	Slot     lesson.Slot
	Question uuid.UUID
	Version  int
	Max      scoring.Mark
}

// form is what an attempt was asked.
type form struct {
	id     uuid.UUID
	places []Place
	index  map[lesson.Slot]int
	stored bool
}

func formOf(pinned []attempt.Item) *form {
	places := make([]Place, len(pinned))
	for i, p := range pinned {
		places[i] = Place{Slot: p.Slot, Question: p.Question, Version: p.Version, Max: p.Max}
	}
	return named(places)
}

// named is the form of places under the id that their hash makes.
func named(places []Place) *form {
	hashed := make([]byte, 0, 48*len(places))
	for _, p := range places {
		hashed = binary.AppendUvarint(hashed, uint64(len(p.Slot)))
		hashed = append(append(hashed, p.Slot...), p.Question[:]...)
		hashed = binary.AppendVarint(hashed, int64(p.Version))
		hashed = binary.AppendVarint(hashed, int64(p.Max))
	}
	sum := sha256.Sum256(hashed)
	return newForm(uuid.UUID(sum[:16]), places)
}

func newForm(id uuid.UUID, places []Place) *form {
	f := &form{id: id, places: places, index: make(map[lesson.Slot]int, len(places))}
	for i, p := range places {
		f.index[p.Slot] = i
	}
	return f
}

// repinned is the form with other versions at some of its places.
func (f *form) repinned(items []attempt.Item) *form {
	places := slices.Clone(f.places)
	for _, item := range items {
		if i, known := f.index[item.Slot]; known {
			places[i].Version = item.Version
		}
	}
	return named(places)
}

// without is the form with places left out.
func (f *form) without(slots []lesson.Slot) *form {
	return named(slices.DeleteFunc(slices.Clone(f.places), func(p Place) bool { return slices.Contains(slots, p.Slot) }))
}

// columns of a form in the tables; none is nil, which would be null there.
type columns struct {
	slots     []string
	questions []uuid.UUID
	versions  []int32
	maxima    []int64
}

func (f *form) columns() columns {
	n := len(f.places)
	c := columns{make([]string, n), make([]uuid.UUID, n), make([]int32, n), make([]int64, n)}
	for i, p := range f.places {
		c.slots[i], c.questions[i], c.versions[i], c.maxima[i] = string(p.Slot), p.Question, int32(p.Version), int64(p.Max)
	}
	return c
}

func (c columns) places() []Place {
	places := make([]Place, len(c.slots))
	for i := range places {
		places[i] = Place{lesson.Slot(c.slots[i]), c.questions[i], int(c.versions[i]), scoring.Mark(c.maxima[i])}
	}
	return places
}
