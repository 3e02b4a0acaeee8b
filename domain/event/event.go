package event

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Event is a fact that an aggregate decided. Its value must survive JSON.
type Event interface {
	// Name is the event's stable type, aggregate first: "question.created".
	Name() string
}

// Names are the types of events, to say which are wanted.
func Names(events ...Event) []string {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = e.Name()
	}
	return names
}

// Meta is what is known about a fact beside the fact itself.
type Meta struct {
	Actor       string `json:"actor"`                 // opaque id of who decided, or "system:<process>"
	ActingFor   string `json:"acting_for,omitempty"`  // pseudo-login: the student
	SignIn      string `json:"sign_in,omitempty"`     // "session:" or "pseudo:" and the id of the sign-in or ticket; missing: by a token, or an API key, which is the actor
	Org         string `json:"org,omitempty"`         // organisation path
	Environment string `json:"environment,omitempty"` // where the fact belongs to delivery
	Correlation string `json:"correlation,omitempty"` // the request that started it all
	Causation   string `json:"causation,omitempty"`   // the event that a process answered
	At          int64  `json:"at"`                    // microseconds since 1970 UTC, by the deciding node's clock
	ClientAt    int64  `json:"client_at,omitempty"`   // microseconds, when it happened on the client, where there is one
}

// Upcast turns the data of one schema version into the next one's.
type Upcast func(json.RawMessage) (json.RawMessage, error)

// Definition ties an event's name to its Go type and latest schema version.
type Definition struct {
	name    string
	version int
	upcasts []Upcast // upcasts[i] leads from version i+1 to i+2
	decode  func(json.RawMessage) (Event, error)
}

// Define makes the definition of T; upcasts, oldest first, lead from version 1 to the latest.
func Define[T Event](upcasts ...Upcast) Definition {
	var zero T
	return Definition{name: zero.Name(), version: len(upcasts) + 1, upcasts: upcasts, decode: func(data json.RawMessage) (Event, error) {
		var e T
		err := json.Unmarshal(data, &e)
		return e, err
	}}
}

// Codec writes and reads the events it was made of. It is immutable and safe for concurrent use.
type Codec struct{ definitions map[string]Definition }

// NewCodec collects the definitions of all aggregates. A name defined twice is a defect and panics at start.
func NewCodec(lists ...[]Definition) *Codec {
	c := &Codec{definitions: map[string]Definition{}}
	for _, list := range lists {
		for _, d := range list {
			if _, twice := c.definitions[d.name]; twice {
				panic("event: " + d.name + " is defined twice")
			}
			c.definitions[d.name] = d
		}
	}
	return c
}

// Encode returns the event's name, its latest schema version and its data.
func (c *Codec) Encode(e Event) (name string, version int, data json.RawMessage, err error) {
	d, known := c.definitions[e.Name()]
	if !known {
		return "", 0, nil, fmt.Errorf("event %s is not defined", e.Name())
	}
	data, err = json.Marshal(e)
	return d.name, d.version, data, err
}

// Decode reads an event of its latest schema version: the store brings older ones up to it by Upcasts.
func (c *Codec) Decode(name string, version int, data json.RawMessage) (Event, error) {
	d, known := c.definitions[name]
	if !known || version != d.version {
		return nil, fmt.Errorf("event %s version %d is not known to this program", name, version)
	}
	e, err := d.decode(data)
	if err != nil {
		return nil, fmt.Errorf("decode %s version %d: %w", name, version, err)
	}
	return e, nil
}

// Upcasts calls each with every step there is, from one schema version to the next.
func (c *Codec) Upcasts(each func(name string, from int, up Upcast)) {
	for name, d := range c.definitions {
		for i, up := range d.upcasts {
			each(name, i+1, up)
		}
	}
}

// Names lists every defined event, in the order of the alphabet.
func (c *Codec) Names() []string { return slices.Sorted(maps.Keys(c.definitions)) }
