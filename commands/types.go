package commands

import (
	"context"
	"fmt"
	"sync"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/eventstore"
)

// Types gives question types by their version. A registered version never changes, so each is read and compiled once.
type Types struct {
	log   Log
	codec *event.Codec
	known sync.Map // qtype.Ref → *qtype.Type
}

// NewTypes makes the registry over a log.
func NewTypes(log Log, codec *event.Codec) *Types { return &Types{log: log, codec: codec} }

// Type returns a registered version; one that is not there is the fault "type.unknown".
func (t *Types) Type(ctx context.Context, ref qtype.Ref) (*qtype.Type, error) {
	if known, ok := t.known.Load(ref); ok {
		return known.(*qtype.Type), nil
	}
	recorded, err := t.log.ReadStream(ctx, ref.Stream(), eventstore.Range{To: 1})
	if err != nil {
		return nil, fmt.Errorf("read type %s: %w", ref, err)
	}
	if len(recorded) == 0 {
		return nil, fault.Refuse(fault.NotFound, "type.unknown",
			fault.Say("the question type %.80s is not registered", "题型 %.80s 未注册", ref.String()))
	}
	e, err := t.codec.Decode(recorded[0].Type, recorded[0].SchemaVersion, recorded[0].Data)
	if err != nil {
		return nil, err
	}
	compiled, err := qtype.Compile(e.(qtype.Registered).Document)
	if err != nil {
		return nil, fmt.Errorf("compile registered type %s: %w", ref, err)
	}
	known, _ := t.known.LoadOrStore(ref, compiled)
	return known.(*qtype.Type), nil
}
