package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"qbank/domain/access"
	"qbank/domain/fault"
)

// TokenCmd prints a bearer token.
type TokenCmd struct {
	Role        []access.Role `arg:"" help:"Roles: author, reviewer, releaser, teacher, tutor, student, analyst, support, admin."`
	Subject     string        `env:"QBANK_TOKEN_SUBJECT" help:"Whom the token speaks for: an opaque id, unique in the whole installation, whatever the organisation. Default: dev-<role>."`
	Org         string        `help:"Organisation, as a path." default:"school"`
	Environment string        `name:"env" env:"QBANK_ENV" help:"Environment of delivery." default:"dev"`
	Life        time.Duration `help:"How long it is valid." default:"12h"`
}

// Run prints the token.
func (c *TokenCmd) Run(s *Settings, streams Streams) error {
	if _, err := os.Stat(s.DataDir); errors.Is(err, fs.ErrNotExist) {
		return fault.Refuse(fault.NotFound, "data.missing", fault.Say("there is no data directory %s; go to the server's folder or name it with --data-dir",
			"数据目录 %s 不存在；请到服务器所在目录，或用 --data-dir 指定", s.DataDir))
	}
	signer, err := s.signer()
	if err != nil {
		return err
	}
	for _, role := range c.Role {
		if err := access.CheckRole(role); err != nil {
			return err
		}
	}
	subject := c.Subject
	if subject == "" {
		subject = "dev-" + string(c.Role[0])
	}
	minted, err := signer.Mint(access.Actor{ID: subject, Roles: c.Role, Scope: access.Scope{Org: c.Org, Environment: c.Environment}}, time.Now(), c.Life)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(streams.Out, minted)
	return err
}
