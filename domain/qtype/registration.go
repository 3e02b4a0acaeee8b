package qtype

import (
	"encoding/json"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
)

var space = uuid.MustParse("3e1c8f40-9d1b-5f0a-a6b5-5d2c7a9e1b08")

// Stream is where the registration of a version stands.
func (r Ref) Stream() uuid.UUID { return uuid.NewSHA1(space, []byte(r.String())) }

// Registered makes a version of a type known for ever.
type Registered struct {
	Ref      Ref             `json:"ref"`
	Org      string          `json:"org,omitempty"` // whose it is; built-in types are everybody's
	BuiltIn  bool            `json:"built_in,omitempty"`
	Document json.RawMessage `json:"document"` // canonical
	Hash     content.Hash    `json:"hash"`     // of Document
}

// Name returns the event's type.
func (Registered) Name() string { return "type.registered" }

// Events defines every event of a type.
var Events = []event.Definition{event.Define[Registered]()}

// Registration is what is known of one version.
type Registration struct {
	Revision int
	Hash     content.Hash
}

// Register makes the version known; the same document again changes nothing.
func (r Registration) Register(t *Type, org string, builtIn bool) ([]event.Event, error) {
	switch {
	case r.Revision == 0:
		return []event.Event{Registered{Ref: t.Ref(), Org: org, BuiltIn: builtIn, Document: content.Canonical(t.Document()), Hash: t.Hash()}}, nil
	case r.Hash == t.Hash():
		return nil, nil
	}
	return nil, fault.Refuse(fault.Conflict, "type.version_taken",
		fault.Say("%s is registered with another document; give yours a higher version", "%s 已用另一份文档注册，请提高版本号", t.Ref().String())).
		With("registered", string(r.Hash)).With("offered", string(t.Hash()))
}

// Apply folds one event.
func (r Registration) Apply(e event.Event) Registration {
	if e, ok := e.(Registered); ok {
		r.Hash = e.Hash
	}
	r.Revision++
	return r
}
