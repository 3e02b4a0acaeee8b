package commands

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/pseudo"
	"qbank/domain/roster"
)

// OpenPseudoLogin opens a ticket to look through a student's eyes (伪登录), in the environment of the actor. Show is given what its first token
// says.
type OpenPseudoLogin struct {
	Student string // opaque id, or what the student's own tokens say
	Reason  string
	Write   bool // also to answer, apart from the student's attempts, once another person has approved it
	Show    func(PseudoToken)
}

// PseudoToken is what a token says that is to be minted.
type PseudoToken struct {
	Borrowed access.Actor
	Expires  int64 // microseconds
}

// Needs the right to act for students.
func (OpenPseudoLogin) Needs() access.Permission { return access.ActForStudents }

// Do opens the ticket.
func (c OpenPseudoLogin) Do(ctx context.Context, w *Work) error {
	if err := w.Actor.Somewhere(); err != nil {
		return err
	}
	opened, err := w.student(ctx, c.Student)
	if err != nil {
		return err
	}
	opened.Reason, opened.Write, opened.Environment = c.Reason, c.Write, w.Actor.Scope.Environment
	roles, err := w.Roles(ctx, opened.Person)
	if err != nil {
		return err
	}
	// A role elsewhere, which anybody there can give, keeps nobody here from being helped.
	worksThere := slices.ContainsFunc(roles.Orgs(), func(org string) bool { return access.Related(org, opened.Org) })
	w.person, w.meta.Environment = opened.Person, opened.Environment
	ticket := w.newID()
	return w.mint(ctx, ticket, c.Show, func(t pseudo.Ticket) ([]event.Event, error) {
		return t.Open(w.Actor, opened, worksThere, w.meta.At)
	})
}

// student finds a student of the actor's organisation or below: one whose device was seen in the environment, or who is on the roster.
func (w *Work) student(ctx context.Context, written string) (pseudo.Opened, error) {
	person := roster.PersonOf(written)
	unknown := fault.Refuse(fault.NotFound, "pseudo.no_such_student", fault.Say("there is no such student here", "这里没有这名学生"))
	if len(written) > maxSubject || written == "" {
		return pseudo.Opened{}, unknown
	}
	last, seen, err := w.Devices.Last(ctx, w.Actor.Scope, person)
	if err != nil || seen {
		return pseudo.Opened{Org: last.Org, Student: last.Subject, Person: person}, err
	}
	homes, err := w.Homes.HomesOf(ctx, person)
	if err != nil {
		return pseudo.Opened{}, err
	}
	for _, org := range homes {
		if w.Actor.Within(org) == nil {
			return pseudo.Opened{Org: org, Student: written, Person: person}, nil
		}
	}
	return pseudo.Opened{}, unknown
}

// maxSubject bounds what a token says of whom it is about, bytes.
const maxSubject = 200

// mint lets a ticket decide, and shows what the token that it gives out says.
func (w *Work) mint(ctx context.Context, ticket uuid.UUID, show func(PseudoToken), decision func(pseudo.Ticket) ([]event.Event, error)) error {
	var token PseudoToken
	err := decide(ctx, w, ticket, func(t pseudo.Ticket) ([]event.Event, error) {
		events, err := decision(t)
		for _, e := range events {
			t = t.Apply(e)
			if m, is := e.(pseudo.Minted); is {
				token.Expires = m.Expires
			}
		}
		token.Borrowed = t.Borrowed(ticket)
		return events, err
	})
	if err == nil && token.Expires > 0 {
		show(token)
	}
	return err
}

// Borrow is who looks through whose eyes, by a ticket that holds: what a token says is believed only together with it. The student's last device
// comes with the eyes.
func (b *Bus) Borrow(ctx context.Context, said access.Actor) (access.Actor, error) {
	t, _, err := load[pseudo.Ticket](ctx, &Work{Bus: b}, said.Ticket, 0)
	if err == nil {
		err = t.Holds(b.Now().UnixMicro())
	}
	if err != nil {
		return access.Actor{}, err
	}
	borrowed := t.Borrowed(said.Ticket)
	if borrowed.ID != said.ID || borrowed.ActingFor != said.ActingFor || borrowed.Scope != said.Scope {
		return access.Actor{}, pseudo.Over()
	}
	last, _, err := b.Devices.Last(ctx, borrowed.Scope, t.Person)
	borrowed.Device = last.Device
	return borrowed, err
}
