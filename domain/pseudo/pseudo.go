package pseudo

import (
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// ID is a ticket's stream.
type ID = uuid.UUID

// The bounds of a ticket.
const (
	TokenLife  = 15 * time.Minute
	TicketLife = 8 * time.Hour
	MaxTokens  = 500
)

// Ticket is as much of the history as decisions need.
type Ticket struct {
	Revision int
	Opened
	Approved bool // to answer
	Tokens   int
	Ended    *Closed
}

// Open begins the ticket with its first token. works says that the student is somebody who works here.
func (t Ticket) Open(by access.Actor, o Opened, works bool, now int64) ([]event.Event, error) {
	if t.Revision > 0 {
		return nil, fault.Refuse(fault.Conflict, "pseudo.exists", fault.Say("the ticket exists already", "该工单已存在"))
	}
	if err := direct(by); err != nil {
		return nil, err
	}
	if err := text.CheckReason(o.Reason); err != nil {
		return nil, err
	}
	if works || o.Student == by.Person() {
		return nil, fault.Refuse(fault.Denied, "pseudo.staff", fault.Say("nobody looks through the eyes of staff", "不能代看员工账号"))
	}
	o.Staff, o.At, o.Until = by.Person(), now, now+TicketLife.Microseconds()
	return []event.Event{o, minted(o, now)}, nil
}

// Mint gives out another token.
func (t Ticket) Mint(by access.Actor, now int64) ([]event.Event, error) {
	if err := t.held(by, now); err != nil {
		return nil, err
	}
	if t.Tokens >= MaxTokens {
		return nil, fault.Refuse(fault.Limit, "pseudo.too_many_tokens", fault.Say("a ticket has %d tokens at most; open another", "每张工单最多签发 %d 个令牌，请另开工单", MaxTokens))
	}
	return []event.Event{minted(t.Opened, now)}, nil
}

func minted(o Opened, now int64) Minted {
	return Minted{At: now, Expires: min(now+TokenLife.Microseconds(), o.Until)}
}

// Approve lets the holder answer. It takes another person.
func (t Ticket) Approve(by access.Actor, now int64) ([]event.Event, error) {
	if err := t.Holds(now); err != nil {
		return nil, err
	}
	if err := direct(by); err != nil {
		return nil, err
	}
	switch {
	case !t.Write:
		return nil, fault.Refuse(fault.Conflict, "pseudo.not_asked", fault.Say("the ticket is for reading; nobody asked to answer", "该工单仅供查看，未申请作答权限"))
	case by.Person() == t.Staff:
		return nil, fault.Refuse(fault.Denied, "pseudo.own", fault.Say("another person has to approve it", "须由他人批准"))
	case t.Approved:
		return nil, nil
	}
	return []event.Event{Approved{By: by.Person()}}, nil
}

// Close ends the ticket by its holder; closing twice is closing once.
func (t Ticket) Close(by access.Actor) ([]event.Event, error) {
	if t.Revision == 0 || by.Person() != t.Staff {
		return nil, NotFound()
	}
	if err := direct(by); err != nil || t.Ended != nil {
		return nil, err
	}
	return []event.Event{Closed{By: by.Person()}}, nil
}

// Revoke ends the ticket by somebody who manages access.
func (t Ticket) Revoke(by access.Actor, reason string) ([]event.Event, error) {
	if t.Revision == 0 {
		return nil, NotFound()
	}
	if err := direct(by); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil || t.Ended != nil {
		return nil, err
	}
	return []event.Event{Closed{By: by.Person(), Reason: reason, Revoked: true}}, nil
}

// Holds is nil while tokens of the ticket are believed. A ticket that never was has ended.
func (t Ticket) Holds(now int64) error {
	if t.Revision == 0 || t.Ended != nil || now >= t.Until {
		return Over()
	}
	return nil
}

// Over refuses what a ticket does not allow any more.
func Over() error {
	return fault.Refuse(fault.Unauthenticated, "pseudo.ended", fault.Say("the ticket has ended; open another", "该工单已结束，请另开工单"))
}

// held is nil where the ticket holds and is the actor's own; to others it does not exist.
func (t Ticket) held(by access.Actor, now int64) error {
	if t.Revision == 0 || by.Person() != t.Staff {
		return NotFound()
	}
	if err := t.Holds(now); err != nil {
		return err
	}
	return direct(by)
}

// Borrowed is who a token of the ticket speaks for.
func (t Ticket) Borrowed(id ID) access.Actor {
	return access.Actor{ID: t.Staff, ActingFor: t.Student, Roles: []access.Role{access.Student}, Scope: access.Scope{Org: t.Org, Environment: t.Environment},
		SignIn: "pseudo:" + id.String(), Ticket: id, Shadow: t.Approved}
}

// direct refuses whoever looks through borrowed eyes already.
func direct(by access.Actor) error {
	if by.ActingFor == "" {
		return nil
	}
	return fault.Refuse(fault.Denied, "pseudo.nested", fault.Say("not through borrowed eyes", "代看身份下不能执行此操作"))
}

// NotFound refuses what names a ticket that is not there.
func NotFound() error {
	return fault.Refuse(fault.NotFound, "pseudo.not_found", fault.Say("there is no such ticket", "没有这张工单"))
}

// Apply folds one event.
func (t Ticket) Apply(e event.Event) Ticket {
	t.Revision++
	switch e := e.(type) {
	case Opened:
		t.Opened = e
	case Approved:
		t.Approved = true
	case Minted:
		t.Tokens++
	case Closed:
		t.Ended = &e
	}
	return t
}
