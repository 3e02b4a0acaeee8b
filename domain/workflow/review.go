package workflow

import (
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/twmb/murmur3"

	"qbank/domain/access"
	"qbank/domain/content"
)

// ErrataLane is the lane of a small correction.
const ErrataLane = "errata"

// Review is what one submission must pass. It stands in the event of the submission and never changes.
type Review struct {
	Workflow   string       `json:"workflow"`         // name and version
	Org        string       `json:"org,omitempty"`    // the organisation that defined it; "" is built in
	Hash       content.Hash `json:"hash"`             // of the workflow's document
	Choice     int          `json:"choice,omitempty"` // revision of the policy that was asked; 0: nobody had chosen
	Lane       string       `json:"lane,omitempty"`   // ErrataLane; "" is the full review
	Steps      []Step       `json:"steps"`            // those that this submission must pass
	OwnWork    bool         `json:"own_work,omitempty"`
	SamePerson bool         `json:"same_person,omitempty"`
	Bans       Bans         `json:"bans,omitempty"`
}

// Submission is what is submitted, as far as a workflow asks.
type Submission struct {
	Of       uuid.UUID        // the item
	Hash     content.Hash     // its content
	Erratum  bool             // the author asks for the fast lane
	Changes  []content.Change // from the version that an erratum corrects
	Rescores bool             // they touch what answers are scored by
	Drawn    []string         // spot checks that a submission since the last publication drew: they stay drawn
}

// Pin makes the review of a submission: the lane it takes and the spot checks it draws.
func (w Workflow) Pin(s Submission) Review {
	r := Review{Workflow: w.Ref(), Hash: w.Hash(), OwnWork: w.OwnWork, SamePerson: w.SamePerson, Bans: w.Bans}
	if s.Erratum && w.Errata.fits(s) {
		r.Lane = ErrataLane
	}
	for _, step := range w.Steps {
		if r.Lane == ErrataLane && !slices.Contains(w.Errata.Steps, step.ID) {
			continue
		}
		if step.always() || slices.Contains(s.Drawn, step.ID) || Draws(s.Of, s.Hash, step) {
			r.Steps = append(r.Steps, step)
		}
	}
	return r
}

// Draws reports whether a spot check takes a content: murmur3 (x86, 32 bit) of the item's id, the step and the content's hash, scaled to
// millionths, lies below the share. Submitting the same again draws the same.
func Draws(of uuid.UUID, hash content.Hash, step Step) bool {
	h := murmur3.StringSum32(of.String() + " " + step.ID + " " + string(hash))
	return uint64(h)*Whole>>32 < uint64(step.Share)
}

// fits reports whether a correction is a small one.
func (e *Errata) fits(s Submission) bool {
	if e == nil || len(s.Changes) == 0 || s.Rescores && !e.Secrets {
		return false
	}
	values := 0
	for _, c := range s.Changes {
		values += c.Values()
	}
	return values <= e.MaxChanges && !slices.ContainsFunc(s.Changes, func(c content.Change) bool {
		return slices.ContainsFunc(e.Keeps, func(kept string) bool { return below(c.Pointer, kept) || below(kept, c.Pointer) })
	})
}

// below reports whether a place is another one or lies below it.
func below(pointer, root string) bool {
	return pointer == root || strings.HasPrefix(pointer, root+"/")
}

// Pinned is the review as an event has to carry it: nil where the workflow's name says it all.
func (r Review) Pinned() *Review {
	if _, builtIn := plain[r.Workflow]; builtIn && r.Choice == 0 {
		return nil
	}
	return &r
}

// Read is the review that an event pins, or that the name of a built-in workflow stands for. That of any other name lets nobody approve.
func Read(pinned *Review, ref string) Review {
	if pinned == nil {
		return plain[ref]
	}
	return *pinned
}

// SpotChecks lists the drawn steps of the review that not every submission comes to.
func (r Review) SpotChecks() []string {
	var ids []string
	for _, s := range r.Steps {
		if !s.always() {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// takes reports whether an actor is of those who may approve at the step.
func (s Step) takes(actor access.Actor) bool {
	if s.Role != "" {
		return slices.Contains(actor.Roles, s.Role)
	}
	return actor.Can(s.Permission)
}
