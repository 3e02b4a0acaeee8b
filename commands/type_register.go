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
	id := c.Type.Ref().ID
	if _, ours := w.Types.builtIn.Load(id); ours && !c.BuiltIn {
		return fault.Refuse(fault.Conflict, "type.reserved",
			fault.Say("%.80s comes with the program; give your type another id", "%.80s 是内置题型，请使用其他标识", id))
	}
	if err := c.Type.RunExamples(); err != nil {
		return err
	}
	return decide(ctx, w, c.Type.Ref().Stream(), func(r qtype.Registration) ([]event.Event, error) {
		return r.Register(c.Type, w.Actor.Scope.Org, c.BuiltIn)
	})
}

// RegisterBuiltIn registers the types that come with the program. It refuses to go on where a version is registered with
// another document: what was published under it would mean something else.
func RegisterBuiltIn(ctx context.Context, b *Bus, types []*qtype.Type) error {
	system := access.Actor{ID: access.System("start"), Roles: []access.Role{access.Admin}}
	for _, t := range types {
		b.Types.builtIn.Store(t.Ref().ID, true)
	}
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
