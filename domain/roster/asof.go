package roster

import (
	"cmp"

	"qbank/domain/fault"
)

// AsOf says when a statement was true, by the clock of the system that makes it. The zero AsOf is here and now.
type AsOf struct {
	At       int64 `json:"at"`                 // microseconds since 1970 UTC
	Sequence int64 `json:"sequence,omitempty"` // orders what is of the same instant
}

// IsZero reports whether the statement is of here and now.
func (a AsOf) IsZero() bool { return a == AsOf{} }

// after reports whether a is later than b.
func (a AsOf) after(b AsOf) bool {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Sequence, b.Sequence)) > 0
}

// ahead is how far the clock of another system may go before ours, microseconds. What claims to be from the future would keep out all
// that is true until then.
const ahead = 60 * 60 * 1_000_000

// Check refuses an instant in the future, or before 1970.
func (a AsOf) Check(now int64) error {
	if a.At < 0 || a.Sequence < 0 || a.At > now+ahead {
		message := fault.Say("an instant between 1970 and now is needed", "应为 1970 年至今的时刻")
		return fault.Refuse(fault.Invalid, "roster.as_of", message, fault.Problem{Pointer: "/as_of", Code: "range", Message: message})
	}
	return nil
}

// Statement is something said about one fact, beside when what is known of it is from.
type Statement struct {
	Said  AsOf
	Known AsOf  // zero where nothing is known yet
	Now   int64 // microseconds, by the deciding node's clock
	Same  bool  // it says what is known
}

// Heard decides what a statement comes to: an event, or nothing, or nothing because it is stale. A later statement is worth an event
// even if it says the same: what is older than it stays out from then on. Of two statements of one instant the first stays.
func (s Statement) Heard() (tell, stale bool) {
	switch {
	case s.Said.IsZero():
		return !s.Same, false
	case s.Said.after(s.Known):
		return true, false
	}
	return false, !s.Same
}

// Of is the instant that stands in the event: what is decided here overrules all that is known.
func (s Statement) Of() AsOf {
	if !s.Said.IsZero() {
		return s.Said
	}
	now := AsOf{At: s.Now}
	if now.after(s.Known) {
		return now
	}
	return AsOf{At: s.Known.At, Sequence: s.Known.Sequence + 1}
}

// Stale answers a statement that is older than what is known.
func Stale() error {
	return fault.Refuse(fault.Conflict, "roster.stale", fault.Say("something newer is known already; nothing was changed", "已有更新的信息，未作更改"))
}
