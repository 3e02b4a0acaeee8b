package commands

import (
	"context"
	"fmt"
	"maps"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/erasure"
	"qbank/domain/event"
	"qbank/domain/staff"
)

// ErasePerson deletes what is known of a person outside the log, the key to what the person wrote in own words included, and takes away all roles,
// also those that others gave. Done again, it does what is left.
type ErasePerson struct {
	Person uuid.UUID
	Reason string // it is kept: name nobody
}

// Needs the right to erase people.
func (ErasePerson) Needs() access.Permission { return access.ErasePeople }

// Do erases the person: what it begins, it records, and what it has done.
func (c ErasePerson) Do(ctx context.Context, w *Work) error {
	homes, err := w.Traces.HomesOf(ctx, c.Person)
	if err != nil {
		return err
	}
	standing, err := w.Traces.Standing(ctx, c.Person)
	if err != nil {
		return err
	}
	stream := erasure.Stream(c.Person)
	w.person = c.Person
	err = decide(ctx, w, stream, func(e erasure.Erasure) ([]event.Event, error) {
		return e.Begin(w.Actor, c.Person, c.Reason, homes)
	})
	if err != nil {
		return err
	}
	err = decide(ctx, w, staff.Stream(c.Person), func(p staff.Person) ([]event.Event, error) { return p.Leave(c.Person, c.Reason), nil })
	if err != nil {
		return err
	}
	counts, err := w.Traces.Erase(ctx, c.Person)
	if err != nil {
		return fmt.Errorf("erase %s: %w", c.Person, err)
	}
	maps.Copy(counts, standing)
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	w.command = uuid.Nil // of the same command, and yet another event
	return decide(ctx, w, stream, func(e erasure.Erasure) ([]event.Event, error) { return e.End(counts) })
}
