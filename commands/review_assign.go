package commands

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/workflow"
)

// AssignReview says who is to review something at a step, and by when.
type AssignReview struct {
	Reviewed
	Step    string // "": the one that waits
	Persons []string
	Due     int64 // microseconds since 1970 UTC; 0: whenever
}

// Needs the right to manage reviews.
func (AssignReview) Needs() access.Permission { return access.ManageReview }

// Do assigns the step.
func (c AssignReview) Do(ctx context.Context, w *Work) error {
	if c.Due != 0 && c.Due <= w.meta.At {
		message := fault.Say("the instant to be done by has passed", "截止时间已过")
		return fault.Refuse(fault.Invalid, "review.due", message, fault.Problem{Pointer: "/due", Code: "past", Message: message})
	}
	return w.reviewed(ctx, c.Reviewed, func(r review, org string) ([]event.Event, error) {
		persons, err := w.rolesIn(ctx, org, c.Persons)
		if err != nil {
			return nil, err
		}
		return r.Assign(c.Step, persons, c.Due)
	})
}

// rolesIn is persons with the roles that they have in an organisation: granted here, or claimed for them when they signed in last. The caller's own are at
// hand. Who is not known has none.
func (w *Work) rolesIn(ctx context.Context, org string, persons []string) ([]access.Actor, error) {
	actors := make([]access.Actor, len(persons))
	for i, person := range persons {
		actors[i].ID = person
		if person == w.Actor.ID {
			actors[i] = w.Actor
			continue
		}
		id, err := uuid.Parse(person)
		if err != nil || i >= workflow.MaxAssigned {
			continue // no id of a person, or one of too many
		}
		grants, err := w.Roles(ctx, id)
		if err != nil {
			return nil, err
		}
		if w.SignIns != nil {
			claimed, err := w.SignIns.Claimed(ctx, id)
			if err != nil {
				return nil, err
			}
			grants = append(slices.Clip(grants), claimed...)
		}
		if actor, err := grants.Scope(person, org, ""); err == nil {
			actors[i] = actor
		}
	}
	return actors, nil
}
