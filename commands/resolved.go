package commands

import (
	"encoding/binary"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/release"
)

// Resolved is what a student gets of a lesson, and why. It is shared by all who get the same, and never changed.
type Resolved struct {
	*LiveSet
	Reason   release.Reason  // why these versions and no others, where a place says nothing else
	Places   []ResolvedPlace // those that have a version, in the order of the plan's items
	Removed  []RemovedPlace  // what is taken down
	Reissues []uuid.UUID     // that some place is owed to, each once
	Hash     content.Hash    // of what is served: who gets the same has the same
	Position int64           // of the read model that it was resolved from
}

// ResolvedPlace is the version at one place of a lesson.
type ResolvedPlace struct {
	Item int // index in the plan's items
	LivePlace
	Reason release.Reason
	By     uuid.UUID // the release, session or reissue that it is owed to
}

// RemovedPlace is a place whose version is taken down. It has another one, where a reissue gives it one, or none any more.
type RemovedPlace struct {
	Item int // index in the plan's items
	LivePlace
	Takedown uuid.UUID
	Since    int64 // microseconds
}

// NewResolved makes all of a set what is given, for one reason.
func NewResolved(set *LiveSet, reason release.Reason, by uuid.UUID, position int64) *Resolved {
	r := &Resolved{LiveSet: set, Reason: reason, Places: make([]ResolvedPlace, len(set.Places)), Position: position}
	for i, place := range set.Places {
		r.Places[i] = ResolvedPlace{Item: i, LivePlace: place, Reason: reason, By: by}
	}
	r.Hash = r.hash()
	return r
}

// hash is over all that a manifest is made of: which release and version of the lesson, and which versions of its questions. Public hashes need
// not go in: a version has one.
func (r *Resolved) hash() content.Hash {
	text := append(make([]byte, 0, 64+32*len(r.Places)), r.Release[:]...)
	text = append(text, r.Lesson[:]...)
	text = strconv.AppendInt(text, int64(r.Version), 10)
	for _, place := range r.Places {
		question := r.Plan.Items[place.Item].Question
		text = binary.BigEndian.AppendUint32(text, uint32(place.Item))
		text = binary.BigEndian.AppendUint32(append(text, question[:]...), uint32(place.Version))
	}
	for _, removed := range r.Removed {
		text = binary.BigEndian.AppendUint32(text, uint32(removed.Item))
		text = append(text, removed.Takedown[:]...)
	}
	return content.HashBytes(text)
}
