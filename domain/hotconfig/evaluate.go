package hotconfig

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"qbank/domain/bucketing"
	"qbank/domain/content"
	"qbank/domain/targeting"
)

// Cause is why a student has a value.
type Cause string

// The causes.
const (
	ByDefault Cause = "default" // no rule matched
	ByRule    Cause = "rule"
	BySplit   Cause = "split"
	IsKilled  Cause = "killed"  // the switch: the default
	IsExpired Cause = "expired" // the default again
)

// Evaluation is a key's value for a student, and why.
type Evaluation struct {
	Key     Key
	Value   json.RawMessage // canonical
	Cause   Cause
	Rule    int    // index of the rule that matched; -1: none
	Share   int    // index of its share; -1: it has none
	Variant string // names the value among those that the key may have: "default", "rule-0", "rule-0-share-1"
}

// Flag is a key as it holds in one environment, ready to be asked. It is safe for concurrent use.
type Flag struct {
	Org     string
	Key     Key
	expires int64
	killed  bool
	value   json.RawMessage // the default
	rules   []compiled
	roster  bool
}

type compiled struct {
	Rule
	whom    *targeting.List
	weights []int
}

// Compile makes a key ready. Rules that were accepted compile; where one does not it is an error, and no fault.
func Compile(org string, key Key, spec Spec, set Ruleset) (*Flag, error) {
	f := &Flag{Org: org, Key: key, expires: spec.Expires, killed: set.Killed, value: spec.Default, rules: make([]compiled, len(set.Rules))}
	for i, rule := range set.Rules {
		whom, problems := targeting.Compile([]targeting.Clause{rule.clause()})
		if len(problems) > 0 {
			return nil, fmt.Errorf("rule %d of %s was accepted and does not compile now: %v", i, key, problems)
		}
		f.rules[i] = compiled{Rule: rule, whom: whom}
		for _, share := range rule.Split {
			f.rules[i].weights = append(f.rules[i].weights, share.Weight)
		}
		f.roster = f.roster || whom.Roster()
	}
	return f, nil
}

// Evaluate says which value a student has at a moment, microseconds: the switch first, then whether the key has expired, then the rules.
func (f *Flag) Evaluate(who *targeting.Context, at int64) Evaluation {
	out := Evaluation{Key: f.Key, Value: f.value, Cause: ByDefault, Rule: -1, Share: -1, Variant: "default"}
	switch {
	case f.killed:
		out.Cause = IsKilled
		return out
	case f.expires > 0 && f.expires <= at:
		out.Cause = IsExpired
		return out
	}
	for i := range f.rules {
		rule := &f.rules[i]
		if rule.Until > 0 && rule.Until <= at {
			continue
		}
		if _, matched := rule.whom.First(who); !matched {
			continue
		}
		out.Rule, out.Variant = i, "rule-"+strconv.Itoa(i)
		if rule.weights == nil {
			out.Cause, out.Value = ByRule, rule.Value
			return out
		}
		out.Cause, out.Share = BySplit, bucketing.Choose(bucketing.Hash(string(f.Key), who.Student), rule.weights...)
		out.Value, out.Variant = rule.Split[out.Share].Value, out.Variant+"-share-"+strconv.Itoa(out.Share)
		return out
	}
	return out
}

// until is the next instant at which time alone may change what the key evaluates to.
func (f *Flag) until(at int64) int64 {
	next := int64(math.MaxInt64)
	if f.killed {
		return next
	}
	if f.expires > at {
		next = f.expires
	}
	for i := range f.rules {
		if ends := f.rules[i].Until; ends > at {
			next = min(next, ends)
		}
	}
	return next
}

// Snapshot is all keys that hold for an organisation in an environment at one moment. It never changes and is safe for concurrent use.
type Snapshot struct {
	Position int64 // of the newest change in it
	Flags    []*Flag
	Roster   bool // some rule goes by what only the roster knows
}

// NewSnapshot puts keys together. Where an organisation and one above it both have a key, the nearer one's holds.
func NewSnapshot(position int64, flags []*Flag) *Snapshot {
	nearest := map[Key]*Flag{}
	for _, f := range flags {
		if had := nearest[f.Key]; had == nil || len(f.Org) > len(had.Org) {
			nearest[f.Key] = f
		}
	}
	s := &Snapshot{Position: position, Flags: make([]*Flag, 0, len(nearest))}
	for _, f := range nearest {
		s.Flags = append(s.Flags, f)
		s.Roster = s.Roster || f.roster && !f.killed
	}
	slices.SortFunc(s.Flags, func(a, b *Flag) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return s
}

// Find returns the key that holds under a name, or nil.
func (s *Snapshot) Find(key Key) *Flag {
	i, found := slices.BinarySearchFunc(s.Flags, key, func(f *Flag, key Key) int { return strings.Compare(string(f.Key), string(key)) })
	if !found {
		return nil
	}
	return s.Flags[i]
}

// Document is what a client is told: values by key, and nothing of why.
type Document struct {
	Body  []byte       // {"values":{…}}, canonical
	Hash  content.Hash // of the body: who has the same values has the same
	From  int64        // microseconds: it was made for this moment
	Until int64        // and holds until this one, unless something is changed
}

// Document evaluates every key for a student.
func (s *Snapshot) Document(who *targeting.Context, at int64) *Document {
	d := &Document{From: at, Until: math.MaxInt64}
	body := []byte(`{"values":{`)
	for i, f := range s.Flags {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(content.AppendString(body, string(f.Key)), ':')
		body = append(body, f.Evaluate(who, at).Value...)
		d.Until = min(d.Until, f.until(at))
	}
	body = append(body, "}}"...)
	d.Body = body
	d.Hash = content.HashBytes(d.Body)
	return d
}

// Evaluate evaluates every key for a student, with the reasons.
func (s *Snapshot) Evaluate(who *targeting.Context, at int64) []Evaluation {
	out := make([]Evaluation, len(s.Flags))
	for i, f := range s.Flags {
		out[i] = f.Evaluate(who, at)
	}
	return out
}
