package graphql

import (
	"encoding/json"
	"strconv"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/hotconfig"
	"qbank/graphql/engine"
	"qbank/projections/configs"
	"qbank/projections/read"
)

func (s *schema) configTypes() {
	rule := s.configRuleType()
	step := object("ConfigEvent", "One change of a configuration key.", func() []member[*configs.Step] {
		type e = *configs.Step
		return []member[e]{
			show("kind", required(gql.String), "described, rules_set, killed, revived, retired.", func(e e) any { return e.Kind }),
			show("environment", gql.String, "Where; null: in all environments.", func(e e) any { return filled(e.Environment) }),
			show("by", required(gql.String), "Opaque id of who did it.", func(e e) any { return e.By }),
			show("at", required(engine.Instant), "When.", func(e e) any { return e.At }),
			show("reason", required(gql.String), "Why.", func(e e) any { return e.Reason }),
			show("revision", required(gql.Int), "The key's revision afterwards.", func(e e) any { return e.Revision }),
			show("seen", required(gql.Int), "The revision that it rested on.", func(e e) any { return e.Seen }),
			show("said", engine.JSON, "What the key was said to be, or its rules, from then on.", func(e e) any {
				if e.Said == nil {
					return nil
				}
				return e.Said
			}),
			show("position", required(engine.Long), "Position in the log.", func(e e) any { return e.Position }),
		}
	})
	s.config = object(configName, "A key that students' clients are configured by (热发), as it stands in the token's environment. Students read all values: none is a secret.",
		func() []member[*configs.Key] {
			type k = *configs.Key
			return []member[k]{
				show("id", required(gql.ID), "Global id.", func(k k) any { return engine.GlobalID(configName, k.ID.String()) }),
				show("key", required(gql.String), "Its name to clients, such as player.max_speed.", func(k k) any { return string(k.Key) }),
				show("org", required(gql.String), "The organisation it belongs to: it holds for its students and those below.", func(k k) any { return k.Org }),
				show("schema", required(engine.JSON), "JSON Schema of the value.", func(k k) any { return k.Spec.Schema }),
				show("default", required(engine.JSON), "What a client has whom no rule gives another value.", func(k k) any { return k.Spec.Default }),
				show("owner", required(gql.String), "Who answers for it.", func(k k) any { return k.Spec.Owner }),
				load("description", required(gql.String), "What it does, in the language of the request.", func(c call, k k) (any, error) {
					return k.Spec.Description.In(engine.Locale(c.ctx)), nil
				}),
				show("expires", engine.Instant, "The default holds from then on; null: never.", func(k k) any { return since(k.Spec.Expires) }),
				show("rules", many(rule), "Asked in order; the first that matches gives the value.", func(k k) any { return pointers(k.Ruleset.Rules) }),
				show("killed", required(gql.Boolean), "Everybody has the default, whatever the rules say.", func(k k) any { return k.Ruleset.Killed }),
				show("retired", required(gql.Boolean), "Clients are not told of it.", func(k k) any { return k.Retired }),
				show("revision", required(gql.Int), "Number of its events.", func(k k) any { return k.Revision }),
				show("updatedBy", required(gql.String), "Opaque id of who changed it last.", func(k k) any { return k.UpdatedBy }),
				show("updatedAt", required(engine.Instant), "When it was changed last.", func(k k) any { return k.UpdatedAt }),
				load("history", s.connection(step), "What happened to it, the newest first.", func(c call, k k) (any, error) {
					return list(c, configsModel, func(p read.Page) (read.Rows[configs.Step], error) {
						return c.Configs.History(c.ctx, c.actor.Scope, k.ID, p)
					}, same)
				}).with(pageArgs(nil)),
			}
		}, s.node)
	s.configValueType()
}

func (s *schema) configRuleType() *gql.Object {
	share := object("ConfigShare", "A value for a part of the students.", func() []member[*hotconfig.Share] {
		type p = *hotconfig.Share
		return []member[p]{
			show("weight", required(gql.Int), "Out of the sum of all.", func(p p) any { return p.Weight }),
			show("value", required(engine.JSON), "The value.", func(p p) any { return p.Value }),
		}
	})
	return object("ConfigRule", "Who gets which value.", func() []member[*hotconfig.Rule] {
		type r = *hotconfig.Rule
		return []member[r]{
			show("students", many(gql.String), "Opaque ids, as rules see them.", func(r r) any { return anys(r.Students) }),
			show("classes", many(gql.String), "Ids of classes.", func(r r) any { return anys(r.Classes) }),
			show("when", gql.String, "A condition (CEL). Without it and without names, it is for everybody.", func(r r) any { return filled(r.When) }),
			show("value", engine.JSON, "The value; null where there are shares.", func(r r) any {
				if len(r.Value) == 0 {
					return nil
				}
				return r.Value
			}),
			show("split", many(share), "Values by shares of the students.", func(r r) any { return pointers(r.Split) }),
			show("until", engine.Instant, "It is as if it were not there from then on; null: it stays.", func(r r) any { return since(r.Until) }),
			show("note", gql.String, "For those who read the rules.", func(r r) any { return filled(r.Note) }),
		}
	})
}

func (s *schema) configValueType() {
	cause := enum("ConfigCause", "Why a student has a value.", enumValue[hotconfig.Cause]{hotconfig.ByDefault, "No rule matched."},
		enumValue[hotconfig.Cause]{hotconfig.ByRule, "A rule matched."}, enumValue[hotconfig.Cause]{hotconfig.BySplit, "A rule matched, and splits."},
		enumValue[hotconfig.Cause]{hotconfig.IsKilled, "The switch gives everybody the default."}, enumValue[hotconfig.Cause]{hotconfig.IsExpired, "The key has expired."})
	s.configValue = object("WhyConfig", "A value that a student has, and why.", func() []member[*hotconfig.Evaluation] {
		type e = *hotconfig.Evaluation
		index := func(n int) any {
			if n < 0 {
				return nil
			}
			return n
		}
		return []member[e]{
			show("key", required(gql.String), "The key.", func(e e) any { return string(e.Key) }),
			show("value", required(engine.JSON), "The value.", func(e e) any { return e.Value }),
			show("cause", required(cause), "Why.", func(e e) any { return e.Cause }),
			show("rule", gql.Int, "Index of the rule that matched.", func(e e) any { return index(e.Rule) }),
			show("share", gql.Int, "Index of its share.", func(e e) any { return index(e.Share) }),
		}
	})
}

func (s *schema) configRoots() []root {
	student := gql.FieldConfigArgument{"student": arg(gql.NewNonNull(gql.String), "The opaque id."),
		"org":      arg(gql.String, "The organisation that the student's token names; the caller's own where it is not given."),
		"platform": arg(gql.String, "What the device says: its platform."), "appVersion": arg(gql.String, "The version of its app."),
		"channel": arg(gql.String, "Its channel."), "region": arg(gql.String, "Its region."), "locale": arg(gql.String, "Its language.")}
	return []root{
		{name: "config", of: s.config, needs: access.ReadReleases, about: "A configuration key, with its rules in the token's environment.",
			args: gql.FieldConfigArgument{"id": arg(gql.ID, "Global id or UUID; or"), "key": arg(gql.String, "the key, of the caller's organisation.")},
			resolve: func(c call) (any, error) {
				id, err := c.configID()
				if err != nil {
					return nil, err
				}
				return one(c, c.configs, id, hotconfig.NotFound()), nil
			}},
		{name: "configs", of: s.connection(s.config), needs: access.ReadReleases, about: "The keys that hold for students of the organisation, of those below and above it, by name.",
			args: pageArgs(gql.FieldConfigArgument{"retired": arg(gql.Boolean, "Those that are retired, too.")}), resolve: func(c call) (any, error) {
				scope, err := c.scope()
				if err != nil {
					return nil, err
				}
				return list(c, configsModel, func(p read.Page) (read.Rows[configs.Key], error) {
					return c.Configs.List(c.ctx, scope, c.args.yes("retired"), p)
				}, same)
			}},
		{name: "whyConfig", of: many(s.configValue), needs: access.ReadReleases, args: student,
			about:   "What a student's client is configured by in the token's environment now, and why: its own request would come to the same.",
			resolve: func(c call) (any, error) { return c.whyConfig() }},
	}
}

// configID is the key that is asked for, by id or by name.
func (c call) configID() (uuid.UUID, error) {
	if _, err := c.scope(); err != nil {
		return uuid.Nil, err
	}
	if key := c.args.text("key"); key != "" {
		return hotconfig.IDOf(c.actor.Scope.Org, hotconfig.Key(key)), nil
	}
	return c.args.id("id", configName)
}

func (c call) whyConfig() (any, error) {
	student, err := c.somebody()
	if err != nil {
		return nil, err
	}
	if err := c.reads(c.ctx, configsModel); err != nil {
		return nil, err
	}
	if err := c.settle(); err != nil {
		return nil, err
	}
	configured, err := c.Commands.Configured(c.ctx, student)
	if err != nil {
		return nil, err
	}
	return pointers(configured.Snapshot.Evaluate(configured.Who, c.Commands.Now().UnixMicro())), nil
}

// value reads JSON that is kept as it is.
func (a args) value(name, at string) (json.RawMessage, error) {
	if !a.has(name) {
		return nil, nil
	}
	raw, err := json.Marshal(a[name])
	if err != nil {
		return nil, fault.Refuse(fault.Invalid, "config.invalid", fault.Say("the configuration is not valid", "配置无效"),
			fault.Problem{Pointer: at, Code: "json", Message: fault.Say("no JSON", "不是有效的 JSON")})
	}
	return raw, nil
}

// configRules reads rules.
func (a args) configRules(name string) ([]hotconfig.Rule, error) {
	rules := []hotconfig.Rule{}
	for i, r := range a.objects(name) {
		at := "/" + name + "/" + strconv.Itoa(i)
		rule := hotconfig.Rule{Until: r.instant("until"), Note: r.text("note")}
		rule.When = r.text("when")
		if students := r.texts("students"); len(students) > 0 {
			rule.Students = students
		}
		var err error
		if rule.Classes, err = r.idTexts("classes", className); err != nil {
			return nil, err
		}
		if rule.Value, err = r.value("value", at+"/value"); err != nil {
			return nil, err
		}
		for k, s := range r.objects("split") {
			value, err := s.value("value", at+"/split/"+strconv.Itoa(k)+"/value")
			if err != nil {
				return nil, err
			}
			rule.Split = append(rule.Split, hotconfig.Share{Weight: s.number("weight"), Value: value})
		}
		rules = append(rules, rule)
	}
	return rules, nil
}
