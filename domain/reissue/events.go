package reissue

import "qbank/domain/event"

// Asked asks for a reissue.
type Asked struct {
	Terms
	Reach  Reach  `json:"reach"`
	By     string `json:"by"`
	Second bool   `json:"second"` // somebody else has to grant it
}

// Granted lets it happen.
type Granted struct {
	Reach Reach  `json:"reach"`
	By    string `json:"by"`
	At    int64  `json:"at"` // microseconds
	Note  string `json:"note,omitempty"`
}

// Declined refuses it.
type Declined struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// Revoked ends it before its time.
type Revoked struct {
	By     string `json:"by"`
	At     int64  `json:"at"` // microseconds
	Reason string `json:"reason"`
}

// Begun says that the window has begun, where that is later than it was granted. Students get it by the clock, whether or not this is said; it is said for those
// who have to be told.
type Begun struct {
	At int64 `json:"at"` // microseconds; when it was noticed
}

// Expired says that the window is over, for the same reason.
type Expired struct {
	At int64 `json:"at"` // microseconds; when it was noticed
}

// Name returns the event's type.
func (Begun) Name() string { return "reissue.begun" }

// Name returns the event's type.
func (Expired) Name() string { return "reissue.expired" }

// Name returns the event's type.
func (Asked) Name() string { return "reissue.asked" }

// Name returns the event's type.
func (Granted) Name() string { return "reissue.granted" }

// Name returns the event's type.
func (Declined) Name() string { return "reissue.declined" }

// Name returns the event's type.
func (Revoked) Name() string { return "reissue.revoked" }

// Events defines every event of a reissue.
var Events = []event.Definition{event.Define[Asked](), event.Define[Granted](), event.Define[Declined](), event.Define[Revoked](),
	event.Define[Begun](), event.Define[Expired]()}
