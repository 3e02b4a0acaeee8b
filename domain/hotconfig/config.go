package hotconfig

import (
	"maps"
	"slices"
	"strconv"

	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Config is a key with its rules in every environment.
type Config struct {
	Revision int
	Org      string
	Key      Key
	Spec     Spec
	Retired  bool
	In       map[environment.Name]Ruleset // read only
}

// Ruleset is what holds in one environment.
type Ruleset struct {
	Rules  []Rule
	Killed bool
}

// Describe says what the key is. A new key begins like this, and one that was retired comes back. Values that rules give must fit the schema, in
// every environment. The same again changes nothing.
func (c Config) Describe(org string, key Key, spec Spec, reason string, now int64) ([]event.Event, error) {
	spec, schema, problems := spec.tidy()
	problems = append(problems, key.check()...)
	if spec.Expires > 0 && spec.Expires <= now && spec.Expires != c.Spec.Expires {
		problems = append(problems, past("/expires"))
	}
	if len(problems) > 0 {
		return nil, invalid(problems)
	}
	for _, name := range slices.Sorted(maps.Keys(c.In)) {
		for i, rule := range c.In[name].Rules {
			if wrong := rule.check(schema, "/rules/"+strconv.Itoa(i)); len(wrong) > 0 {
				return nil, fault.Refuse(fault.Conflict, "config.values", fault.Say("values that rules give in the environment %s would not fit the schema; change them first",
					"环境 %s 中规则给出的值不符合新的模式，请先修改", name), wrong...).With("environment", string(name))
			}
		}
	}
	if c.Revision > 0 && !c.Retired && c.Spec.Same(spec) {
		return nil, nil
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	return []event.Event{Described{Org: org, Key: key, Spec: spec, Reason: reason, Seen: c.Revision}}, nil
}

// SetRules replaces the rules in an environment. A rule must not have ended before it begins; one that ended meanwhile may stay.
func (c Config) SetRules(name environment.Name, rules []Rule, reason string, now int64) ([]event.Event, error) {
	if err := c.alive(); err != nil {
		return nil, err
	}
	rules = clone(rules)
	schema, problems := compileSchema(&c.Spec.Schema)
	problems = append(problems, checkRules(schema, rules)...)
	for i, rule := range rules {
		if rule.Until > 0 && rule.Until <= now && !slices.ContainsFunc(c.In[name].Rules, func(had Rule) bool { return had.Until == rule.Until }) {
			problems = append(problems, past("/rules/"+strconv.Itoa(i)+"/until"))
		}
	}
	if len(problems) > 0 {
		return nil, invalid(problems)
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	return []event.Event{RulesSet{Org: c.Org, Key: c.Key, Environment: name, Rules: rules, Reason: reason, Seen: c.Revision}}, nil
}

// Kill gives everybody in an environment the default, at once. Killing what is killed changes nothing.
func (c Config) Kill(name environment.Name, reason string) ([]event.Event, error) {
	if err := c.because(reason); err != nil || c.In[name].Killed {
		return nil, err
	}
	return []event.Event{Killed{Org: c.Org, Key: c.Key, Environment: name, Reason: reason, Seen: c.Revision}}, nil
}

// Revive lets the rules hold again. Reviving what lives changes nothing.
func (c Config) Revive(name environment.Name, reason string) ([]event.Event, error) {
	if err := c.because(reason); err != nil || !c.In[name].Killed {
		return nil, err
	}
	return []event.Event{Revived{Org: c.Org, Key: c.Key, Environment: name, Reason: reason, Seen: c.Revision}}, nil
}

// Retire takes the key away, in every environment.
func (c Config) Retire(reason string) ([]event.Event, error) {
	if c.Retired {
		return nil, nil
	}
	if err := c.because(reason); err != nil {
		return nil, err
	}
	return []event.Event{Retired{Org: c.Org, Key: c.Key, Reason: reason, Seen: c.Revision}}, nil
}

// Apply folds one event.
func (c Config) Apply(e event.Event) Config {
	c.Revision++
	switch e := e.(type) {
	case Described:
		c.Org, c.Key, c.Spec, c.Retired = e.Org, e.Key, e.Spec, false
	case RulesSet:
		c.put(e.Environment, func(r *Ruleset) { r.Rules = e.Rules })
	case Killed:
		c.put(e.Environment, func(r *Ruleset) { r.Killed = true })
	case Revived:
		c.put(e.Environment, func(r *Ruleset) { r.Killed = false })
	case Retired:
		c.Retired, c.In = true, nil // what comes back begins anew
	}
	return c
}

func (c *Config) put(name environment.Name, change func(*Ruleset)) {
	set := c.In[name]
	change(&set)
	c.In = maps.Clone(c.In)
	if c.In == nil {
		c.In = map[environment.Name]Ruleset{}
	}
	c.In[name] = set
}

func (c Config) because(reason string) error {
	if err := c.alive(); err != nil {
		return err
	}
	return text.CheckReason(reason)
}

func (c Config) alive() error {
	if c.Revision == 0 {
		return NotFound()
	}
	if c.Retired {
		return fault.Refuse(fault.Conflict, "config.retired", fault.Say("the key is retired; describe it anew to have it back", "该配置项已停用；重新描述即可恢复"))
	}
	return nil
}

// NotFound refuses a key that is not there.
func NotFound() *fault.Fault {
	return fault.Refuse(fault.NotFound, "config.not_found", fault.Say("there is no such configuration key", "没有这个配置项"))
}

// clone copies rules, so that making their values canonical does not reach the caller's.
func clone(rules []Rule) []Rule {
	out := slices.Clone(rules)
	for i := range out {
		out[i].Value = slices.Clone(out[i].Value)
		out[i].Split = slices.Clone(out[i].Split)
	}
	return out
}

func past(pointer string) fault.Problem {
	return fault.Problem{Pointer: pointer, Code: "past", Message: fault.Say("this instant has passed", "该时刻已过")}
}

func invalid(problems []fault.Problem) error {
	return fault.Refuse(fault.Invalid, "config.invalid", fault.Say("the configuration is not valid", "配置无效"), problems...)
}
