package regrade

import (
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// ID is a regrade's stream.
type ID = uuid.UUID

var space = uuid.MustParse("6d0c0f34-8a1d-5c43-9b9e-3e8f1b0d7c55")

// IDOf is the id of the regrade that an erratum leads to in an environment and organisation: there is one.
func IDOf(question uuid.UUID, to int, environment, org string) ID {
	return uuid.NewSHA1(space, []byte(question.String()+"\x00"+strconv.Itoa(to)+"\x00"+environment+"\x00"+org))
}

// State is where a regrade stands.
type State string

// The states.
const (
	Open       State = "proposed" // nobody has asked for it
	InQuestion State = "asked"    // somebody has; another person decides
	Standing   State = "standing" // it holds for every answer to the wrong versions
	Refused    State = "declined"
	Over       State = "revoked"
)

// Regrade is as much of the history as decisions need.
type Regrade struct {
	Revision int
	Proposed
	State   State
	Figures *Figures // nil: nobody has looked yet
	Asked   Asked    // the latest
	Round   int      // of the latest approval
}

// ID is the regrade that was proposed.
func (p Proposed) ID() ID { return IDOf(p.Question, p.To, p.Environment, p.Org) }

// Propose opens the regrade; proposing again changes nothing.
func (r Regrade) Propose(p Proposed) ([]event.Event, error) {
	if r.Revision > 0 {
		return nil, nil
	}
	if p.From < 1 || p.From >= p.To {
		return nil, fault.Refuse(fault.Invalid, "regrade.versions", fault.Say("there is no version before the erratum", "勘误之前没有版本"))
	}
	return []event.Event{p}, nil
}

// Assess takes down what the regrade would do. What stands is not weighed any more.
func (r Regrade) Assess(f Figures) ([]event.Event, error) {
	if err := r.exists(); err != nil || r.State == Standing {
		return nil, err
	}
	return []event.Event{Assessed{f}}, nil
}

// Ask wants the regrade under a policy.
func (r Regrade) Ask(p Policy, reason, by string) ([]event.Event, error) {
	if err := r.in("ask", Open, Refused, Over); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	if r.Figures == nil {
		return nil, fault.Refuse(fault.Conflict, "regrade.not_assessed",
			fault.Say("first look at who would gain and who would lose", "请先查看重判的影响（试算）"))
	}
	return []event.Event{Asked{Policy: p, Reason: reason, By: by}}, nil
}

// Approve makes the regrade stand. Who asked cannot.
func (r Regrade) Approve(by, note string) ([]event.Event, error) {
	if err := r.in("approve", InQuestion); err != nil {
		return nil, err
	}
	if by == r.Asked.By {
		return nil, fault.Refuse(fault.Denied, "regrade.own", fault.Say("another person than who asked decides", "须由申请人以外的人批准"))
	}
	if err := text.CheckNote("/note", note); err != nil {
		return nil, err
	}
	return []event.Event{Approved{Policy: r.Asked.Policy, Round: r.Round + 1, By: by, Note: note, Figures: *r.Figures}}, nil
}

// Decline leaves the marks as they are.
func (r Regrade) Decline(by, reason string) ([]event.Event, error) {
	if err := r.in("decline", Open, InQuestion); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	return []event.Event{Declined{By: by, Reason: reason}}, nil
}

// Revoke gives back the marks there were before.
func (r Regrade) Revoke(by, reason string) ([]event.Event, error) {
	if err := r.in("revoke", Standing); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	return []event.Event{Revoked{Round: r.Round, By: by, Reason: reason}}, nil
}

// Correction is what stands; ok is false where nothing does.
func (r Regrade) Correction() (c Correction, ok bool) {
	return Correction{Regrade: r.ID(), Round: r.Round, Environment: r.Environment, Org: r.Org, Question: r.Question, From: r.From, To: r.To,
		Policy: r.Asked.Policy}, r.State == Standing
}

// NotFound refuses a regrade that is not there.
func NotFound() *fault.Fault {
	return fault.Refuse(fault.NotFound, "regrade.not_found", fault.Say("there is no such regrade", "没有这项重判"))
}

func (r Regrade) exists() error {
	if r.Revision == 0 {
		return NotFound()
	}
	return nil
}

func (r Regrade) in(action string, states ...State) error {
	if err := r.exists(); err != nil {
		return err
	}
	for _, state := range states {
		if r.State == state {
			return nil
		}
	}
	return fault.Refuse(fault.Conflict, "regrade.state",
		fault.Say("a regrade that is %s does not allow %s", "状态为 %s 的重判不允许 %s", r.State, action)).With("state", string(r.State))
}

// Apply folds one event.
func (r Regrade) Apply(e event.Event) Regrade {
	r.Revision++
	switch e := e.(type) {
	case Proposed:
		r.Proposed, r.State = e, Open
	case Assessed:
		r.Figures = &e.Figures
	case Asked:
		r.Asked, r.State = e, InQuestion
	case Approved:
		r.Round, r.State = e.Round, Standing
	case Declined:
		r.State = Refused
	case Revoked:
		r.State = Over
	}
	return r
}
