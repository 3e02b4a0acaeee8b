package paper

import (
	"github.com/google/uuid"

	"qbank/domain/lesson"
	"qbank/domain/scoring"
)

// Plan is what a paper says. Lists whose items are called by an id are merged by it.
type Plan struct {
	Title       string       `json:"title"`
	Total       scoring.Mark `json:"total,omitempty"`    // declared: what the whole must add up to; 0: nothing is declared
	Duration    int64        `json:"duration,omitempty"` // milliseconds; 0: as long as one likes
	Sections    []Section    `json:"sections"`
	Constraints []Constraint `json:"constraints,omitempty"` // on the fixed questions of all sections together
}

// Section is a part of a paper.
type Section struct {
	ID           string       `json:"id"`
	Title        string       `json:"title"`
	Instructions string       `json:"instructions,omitempty"`
	Total        scoring.Mark `json:"total,omitempty"` // declared; 0: nothing is declared
	Items        []Item       `json:"items"`
	Pools        []Pool       `json:"draws,omitempty"`
	Blueprint    *Blueprint   `json:"blueprint,omitempty"` // what its fixed questions are to be
}

// Item is a question that everybody gets.
type Item struct {
	Slot      lesson.Slot  `json:"id"` // unique in the paper
	Question  uuid.UUID    `json:"question"`
	Version   int          `json:"version"` // exact in a published paper; in a draft 0 means the newest
	Max       scoring.Mark `json:"max"`     // marks for a full answer
	Assembled bool         `json:"assembled,omitempty"`
}

// Pool is what each student draws some questions from.
type Pool struct {
	ID        string       `json:"id"` // unique in the paper, among slots and sections too
	Count     int          `json:"count"`
	Max       scoring.Mark `json:"max"` // marks for a full answer to each
	Questions []Ref        `json:"pool"`
	Blueprint *Blueprint   `json:"blueprint,omitempty"` // what the pool's questions are to be
}

// Ref names a version of a question.
type Ref struct {
	Question uuid.UUID `json:"id"`
	Version  int       `json:"version"` // as in Item
}

// The bounds of a paper.
const (
	maxSections = 50
	maxItems    = lesson.MaxItems // fixed questions of all sections
	maxPools    = 50              // of all sections
	maxPooled   = 2000            // questions of all pools
	// MaxQuestions is how many places of questions a paper has at most, fixed and in pools.
	MaxQuestions = maxItems + maxPooled
	maxID        = 48 // characters: a pool's id and a number make a slot
	maxSlot      = 64 // characters
	maxDuration  = 7 * 24 * 3600 * 1000
	maxMark      = 10_000 * scoring.OneMark
	maxTotal     = 1_000_000 * scoring.OneMark
)

// Questions lists every place of a question in the plan, in order: fixed ones of a section, then its pools.
func (p Plan) Questions() []Ref {
	var refs []Ref
	for _, s := range p.Sections {
		for _, item := range s.Items {
			refs = append(refs, Ref{item.Question, item.Version})
		}
		for _, pool := range s.Pools {
			refs = append(refs, pool.Questions...)
		}
	}
	return refs
}

// Marks is what the whole is worth: each student gets all fixed questions, and from each pool as many as are drawn.
func (p Plan) Marks() (sum scoring.Mark) {
	for _, s := range p.Sections {
		sum += s.Marks()
	}
	return sum
}

// Marks is what the section is worth.
func (s Section) Marks() (sum scoring.Mark) {
	for _, item := range s.Items {
		sum += item.Max
	}
	for _, pool := range s.Pools {
		sum += scoring.Mark(pool.Count) * pool.Max
	}
	return sum
}
