package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/staff"
	"qbank/internal/stack"
)

// AdminCmd is for whoever installs: it makes the first admin, who makes the others.
type AdminCmd struct {
	Grant AdminGrantCmd `cmd:"" help:"Grant somebody a role."`
}

// AdminGrantCmd grants a role.
type AdminGrantCmd struct {
	Person  string             `help:"Opaque id, as a sign-in without roles tells it."`
	Issuer  string             `env:"QBANK_ADMIN_ISSUER" help:"Or: the identity provider, as the server is told it." placeholder:"URL"`
	Subject string             `env:"QBANK_ADMIN_SUBJECT" help:"And what that calls the person."`
	Org     string             `help:"Organisation, as a path." default:"school"`
	Role    access.Role        `help:"Role." default:"admin"`
	Env     []environment.Name `env:"QBANK_ADMIN_ENV" help:"Environments it is for." default:"dev,test,staging,prod"`
	Name    string             `help:"What the person is called; kept outside the log."`
}

// Run grants the role.
func (c *AdminGrantCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	person, err := c.person()
	if err != nil {
		return err
	}
	return s.withStack(ctx, streams, func(ctx context.Context, st *stack.Stack) error {
		whoInstalls := operator(c.Org)
		whoInstalls.Manages = staff.Texts(c.Env)
		grant := commands.GrantRole{Person: person, Org: c.Org, Role: c.Role, Environments: c.Env, DisplayName: c.Name}
		if _, err := st.Commands.Do(ctx, whoInstalls, grant); err != nil {
			return err
		}
		fmt.Fprintf(streams.Out, "%s is %s of %s\n", person, c.Role, c.Org)
		return nil
	})
}

func (c *AdminGrantCmd) person() (uuid.UUID, error) {
	if id, err := uuid.Parse(c.Person); err == nil && c.Subject == "" {
		return id, nil
	}
	if c.Person == "" && c.Issuer != "" && c.Subject != "" {
		return staff.ID(c.Issuer, c.Subject), nil
	}
	return uuid.Nil, fault.Refuse(fault.Invalid, "staff.person", fault.Say("say who: --person with an id, or --issuer and --subject",
		"请指定人员：--person 编号，或 --issuer 与 --subject"))
}
