package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/qtype"
)

// RegisterType makes a version of a question type known. The same document again changes nothing; another document under the
// same version is refused.
type RegisterType struct {
	Type    *qtype.Type
	BuiltIn bool
}

// Needs the right to write types.
func (RegisterType) Needs() access.Permission { return access.WriteTypes }

// Do registers the type after its own examples have passed.
func (c RegisterType) Do(ctx context.Context, w *Work) error {
	if err := c.Type.RunExamples(); err != nil {
		return err
	}
	return decide(ctx, w, c.Type.Ref().Stream(), Anything, func(r qtype.Registration) ([]event.Event, error) {
		return r.Register(c.Type, w.Actor.Scope.Org, c.BuiltIn)
	})
}

// RegisterBuiltIn registers the types that come with the program. It refuses to go on where a version is registered with
// another document: what was published under it would mean something else.
func RegisterBuiltIn(ctx context.Context, b *Bus, types []*qtype.Type) error {
	system := access.Actor{ID: "system:start", Roles: []access.Role{access.Admin}}
	for _, t := range types {
		if _, err := b.Do(ctx, system, RegisterType{Type: t, BuiltIn: true}); err != nil {
			if f := fault.Of(err); f != nil {
				return f.With("type", t.Ref().String())
			}
			return err
		}
	}
	return nil
}
