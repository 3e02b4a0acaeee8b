package hotconfig

import (
	"qbank/domain/environment"
	"qbank/domain/event"
)

// Described says what a key is, for the first time or anew, in all environments.
type Described struct {
	Org    string `json:"org"`
	Key    Key    `json:"key"`
	Spec   Spec   `json:"spec"`
	Reason string `json:"reason"`
	Seen   int    `json:"seen"` // the revision that it rests on
}

// RulesSet replaces the rules of a key in an environment.
type RulesSet struct {
	Org         string           `json:"org"`
	Key         Key              `json:"key"`
	Environment environment.Name `json:"environment"`
	Rules       []Rule           `json:"rules"`
	Reason      string           `json:"reason"`
	Seen        int              `json:"seen"`
}

// Killed gives everybody in an environment the default.
type Killed struct {
	Org         string           `json:"org"`
	Key         Key              `json:"key"`
	Environment environment.Name `json:"environment"`
	Reason      string           `json:"reason"`
	Seen        int              `json:"seen"`
}

// Revived lets the rules hold again.
type Revived struct {
	Org         string           `json:"org"`
	Key         Key              `json:"key"`
	Environment environment.Name `json:"environment"`
	Reason      string           `json:"reason"`
	Seen        int              `json:"seen"`
}

// Retired takes the key away: clients are not told of it any more.
type Retired struct {
	Org    string `json:"org"`
	Key    Key    `json:"key"`
	Reason string `json:"reason"`
	Seen   int    `json:"seen"`
}

// Name returns the event's type.
func (Described) Name() string { return "config.described" }

// Name returns the event's type.
func (RulesSet) Name() string { return "config.rules_set" }

// Name returns the event's type.
func (Killed) Name() string { return "config.killed" }

// Name returns the event's type.
func (Revived) Name() string { return "config.revived" }

// Name returns the event's type.
func (Retired) Name() string { return "config.retired" }

// Events defines every event of a configuration key.
var Events = []event.Definition{event.Define[Described](), event.Define[RulesSet](), event.Define[Killed](), event.Define[Revived](), event.Define[Retired]()}

// Change says whom a change concerns: students of the organisation and below, in the environment.
type Change struct {
	Org         string
	Key         Key
	Environment environment.Name // "": in all
}

// Changed tells whom an event concerns, for those who let connected clients know; false where it is none of a configuration.
func Changed(e event.Event) (Change, bool) {
	switch e := e.(type) {
	case Described:
		return Change{Org: e.Org, Key: e.Key}, true
	case RulesSet:
		return Change{e.Org, e.Key, e.Environment}, true
	case Killed:
		return Change{e.Org, e.Key, e.Environment}, true
	case Revived:
		return Change{e.Org, e.Key, e.Environment}, true
	case Retired:
		return Change{Org: e.Org, Key: e.Key}, true
	}
	return Change{}, false
}
