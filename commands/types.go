package commands

import (
	"context"
	"fmt"
	"sync"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/eventstore"
)

// Types gives question types by their version. A registered version never changes, so each is read and compiled once.
type Types struct {
	log     Log
	codec   *event.Codec
	known   sync.Map // qtype.Ref → *registered
	builtIn sync.Map // id of a type that comes with the program → true
}

// registered is a type version and whose it is.
type registered struct {
	*qtype.Type
	org     string
	builtIn bool
}

// NewTypes makes the registry over a log.
func NewTypes(log Log, codec *event.Codec) *Types { return &Types{log: log, codec: codec} }

// Type returns a registered version, whosever it is; one that is not there is the fault "type.unknown".
func (t *Types) Type(ctx context.Context, ref qtype.Ref) (*qtype.Type, error) {
	r, err := t.registered(ctx, ref)
	if err != nil {
		return nil, err
	}
	return r.Type, nil
}

// For returns a registered version that the actor may write questions with: one that is built in, or that an organisation above or
// below the actor's registered. Any other does not exist.
func (t *Types) For(ctx context.Context, actor access.Actor, ref qtype.Ref) (*qtype.Type, error) {
	r, err := t.registered(ctx, ref)
	if err != nil {
		return nil, err
	}
	if !r.builtIn && !access.Covers(r.org, actor.Scope.Org) && actor.Within(r.org) != nil {
		return nil, unknownType(ref)
	}
	return r.Type, nil
}

func (t *Types) registered(ctx context.Context, ref qtype.Ref) (*registered, error) {
	if known, ok := t.known.Load(ref); ok {
		return known.(*registered), nil
	}
	recorded, err := t.log.ReadStream(ctx, ref.Stream(), eventstore.Range{To: 1})
	if err != nil {
		return nil, fmt.Errorf("read type %s: %w", ref, err)
	}
	if len(recorded) == 0 {
		return nil, unknownType(ref)
	}
	e, err := t.codec.Decode(recorded[0].Type, recorded[0].SchemaVersion, recorded[0].Data)
	if err != nil {
		return nil, err
	}
	fact := e.(qtype.Registered)
	compiled, err := qtype.Compile(fact.Document)
	if err != nil {
		return nil, fmt.Errorf("compile registered type %s: %w", ref, err)
	}
	known, _ := t.known.LoadOrStore(ref, &registered{Type: compiled, org: fact.Org, builtIn: fact.BuiltIn})
	return known.(*registered), nil
}

func unknownType(ref qtype.Ref) error {
	return fault.Refuse(fault.NotFound, "type.unknown",
		fault.Say("the question type %.80s is not registered", "题型 %.80s 未注册", ref.String()))
}
