package commands

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/staff"
)

// RevokeRole takes a role from somebody, at once.
type RevokeRole struct {
	Person uuid.UUID
	Org    string // "": the actor's
	Role   access.Role
	Reason string
}

// Needs the right to manage access.
func (RevokeRole) Needs() access.Permission { return access.ManageAccess }

// Do takes the role away. Whether somebody else is an admin is asked of a snapshot, whose position then stands in the event.
func (c RevokeRole) Do(ctx context.Context, w *Work) error {
	if c.Org == "" {
		c.Org = w.Actor.Scope.Org
	}
	if err := w.Actor.Within(c.Org); err != nil {
		return err
	}
	w.person = c.Person
	revoked := staff.RoleRevoked{Person: c.Person, Org: c.Org, Role: c.Role, Reason: c.Reason}
	others := true
	if c.Role == access.Admin {
		var err error
		if others, revoked.SeenAt, err = w.Staff.OtherAdmins(ctx, c.Org, c.Person); err != nil {
			return fmt.Errorf("look for other admins: %w", err)
		}
	}
	err := decide(ctx, w, staff.Stream(c.Person), func(p staff.Person) ([]event.Event, error) {
		return p.Revoke(w.Actor, revoked, others)
	})
	w.Done.ID = c.Person
	return err
}

// Roles is what somebody may do by now, read from the log itself: what was revoked a moment ago is gone. It is a question, not a command: the
// answer is for whoever finds out who calls.
func (b *Bus) Roles(ctx context.Context, person uuid.UUID) (staff.Grants, error) {
	p, _, err := load[staff.Person](ctx, &Work{Bus: b}, staff.Stream(person), 0)
	return p.Grants, err
}
