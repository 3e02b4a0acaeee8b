package reissue

import (
	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// ID is a reissue's stream.
type ID = uuid.UUID

// State is where a reissue stands, but for the clock.
type State string

// The states.
const (
	IsAsked    State = "asked"
	IsGranted  State = "granted" // it is active in its window
	IsDeclined State = "declined"
	IsRevoked  State = "revoked"
)

// Reissue is as much of the history as decisions need.
type Reissue struct {
	Revision int
	State    State
	Terms
	Reach  Reach  // when it was asked for, or granted
	By     string // who asked
	Second bool   // somebody else has to grant it

	begun, expired bool // it was said that its window is
}

// Ask asks for a reissue at an instant. mayGrant says whether whoever asks has the right to grant.
func (r Reissue) Ask(terms Terms, reach Reach, by string, mayGrant bool, now int64) ([]event.Event, error) {
	if r.Revision > 0 {
		return nil, fault.Refuse(fault.Conflict, "reissue.exists", fault.Say("the reissue exists already", "该补发已存在"))
	}
	if problems := append(terms.check(now), reach.check()...); len(problems) > 0 {
		return nil, invalid(problems)
	}
	return []event.Event{Asked{Terms: terms, Reach: reach, By: by, Second: !mayGrant || reach.Students > Alone}}, nil
}

// Grant lets it happen from now on. reach is whom it comes to by now; seen is the digest that the granter saw, "" where none was looked at.
func (r Reissue) Grant(reach Reach, seen string, by, note string, now int64) ([]event.Event, error) {
	if r.State == IsGranted {
		return nil, nil
	}
	if err := r.is(IsAsked); err != nil {
		return nil, err
	}
	switch problems := reach.check(); {
	case by == r.By && (r.Second || reach.Students > Alone):
		return nil, fault.Refuse(fault.Denied, "reissue.second_person", fault.Say("somebody else has to grant it", "须由另一人批准")).With("students", reach.Students)
	case len(problems) > 0:
		return nil, invalid(problems)
	case seen != "" && seen != string(reach.Digest):
		return nil, fault.Refuse(fault.Conflict, "reissue.audience_changed", fault.Say("the audience is another by now; look at it again", "补发对象已变化，请重新查看")).
			With("students", reach.Students)
	case r.Until <= max(r.From, now):
		return nil, fault.Refuse(fault.Conflict, "reissue.expired", fault.Say("its window is over", "补发窗口已结束"))
	}
	if err := text.CheckNote("/note", note); err != nil {
		return nil, err
	}
	return []event.Event{Granted{Reach: reach, By: by, At: now, Note: note}}, nil
}

// Decline refuses it.
func (r Reissue) Decline(by, reason string) ([]event.Event, error) {
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	if r.State == IsDeclined {
		return nil, nil
	}
	if err := r.is(IsAsked); err != nil {
		return nil, err
	}
	return []event.Event{Declined{By: by, Reason: reason}}, nil
}

// Revoke ends it. Open attempts keep the versions that they have by then.
func (r Reissue) Revoke(by, reason string, now int64) ([]event.Event, error) {
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	switch {
	case r.State == IsRevoked:
		return nil, nil
	case r.State == IsGranted && r.Until <= now:
		return nil, fault.Refuse(fault.Conflict, "reissue.expired", fault.Say("its window is over", "补发窗口已结束"))
	}
	if err := r.is(IsGranted); err != nil {
		return nil, err
	}
	return []event.Event{Revoked{By: by, At: now, Reason: reason}}, nil
}

// Turn says that the window has begun or is over, once each, when it is so.
func (r Reissue) Turn(now int64) []event.Event {
	switch {
	case r.State == IsGranted && !r.expired && r.Until <= now:
		return []event.Event{Expired{At: now}}
	case r.Active(now) && !r.begun:
		return []event.Event{Begun{At: now}}
	}
	return nil
}

func (r Reissue) is(state State) error {
	switch {
	case r.Revision == 0:
		return NotFound()
	case r.State != state:
		return fault.Refuse(fault.Conflict, "reissue.state", fault.Say("the reissue is %s", "该补发处于 %s 状态", r.State)).With("state", string(r.State))
	}
	return nil
}

// NotFound refuses a reissue that is not there, or not for the caller.
func NotFound() *fault.Fault {
	return fault.Refuse(fault.NotFound, "reissue.not_found", fault.Say("there is no such reissue", "没有这条补发"))
}

// Active reports whether students get it at an instant.
func (r Reissue) Active(now int64) bool {
	return r.State == IsGranted && r.From <= now && now < r.Until
}

// Apply folds one event.
func (r Reissue) Apply(e event.Event) Reissue {
	r.Revision++
	switch e := e.(type) {
	case Asked:
		r.State, r.Terms, r.Reach, r.By, r.Second = IsAsked, e.Terms, e.Reach, e.By, e.Second
	case Granted:
		r.State, r.Reach, r.begun = IsGranted, e.Reach, r.From <= e.At
	case Begun:
		r.begun = true
	case Expired:
		r.expired = true
	case Declined:
		r.State = IsDeclined
	case Revoked:
		r.State = IsRevoked
	}
	return r
}
