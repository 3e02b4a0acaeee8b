package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/staff"
	"qbank/domain/text"
)

// GrantRole gives somebody a role in an organisation, for some environments. Granted again, the environments are replaced.
type GrantRole struct {
	Person       uuid.UUID // staff.ID of what the identity provider says
	Org          string    // "": the actor's
	Role         access.Role
	Environments []environment.Name
	DisplayName  string // what the organisation calls the person; kept outside the log; "" leaves it
}

// Needs the right to manage access.
func (GrantRole) Needs() access.Permission { return access.ManageAccess }

// Do grants the role.
func (c GrantRole) Do(ctx context.Context, w *Work) error {
	if c.Person == uuid.Nil {
		return fault.Refuse(fault.Invalid, "staff.person", fault.Say("say who gets the role", "请指定被授予角色的人"))
	}
	if problems := text.Check("/name", c.DisplayName, 0, text.Title); len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "staff.name", fault.Say("the name cannot be kept", "无法保存该姓名"), problems...)
	}
	if c.Org == "" {
		c.Org = w.Actor.Scope.Org
	}
	w.person = c.Person
	by, err := w.giver(ctx, c.Environments)
	if err != nil {
		return err
	}
	granted := staff.RoleGranted{Person: c.Person, Org: c.Org, Role: c.Role, Environments: c.Environments}
	err = decide(ctx, w, staff.Stream(c.Person), func(p staff.Person) ([]event.Event, error) { return p.Grant(by, granted) })
	w.Done.ID = c.Person
	if err != nil || c.DisplayName == "" {
		return err
	}
	return w.People.KeepNames(ctx, map[uuid.UUID]string{c.Person: c.DisplayName}, c.Org)
}
