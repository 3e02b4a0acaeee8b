package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/fault"
	"qbank/domain/hotconfig"
	"qbank/graphql/engine"
)

func (s *schema) configMutations() []mutation {
	changed := payload("ConfigPayload", "What a change of a configuration key came to.", load("config", s.config, "The key as it is now.",
		func(c call, o *outcome) (any, error) { return one(c, c.configs, o.ID, hotconfig.NotFound()), nil }))
	share := inputObject("ConfigShareInput", "A value for a part of the students.", inputs{
		"weight": must(gql.Int, "Out of the sum of all."), "value": must(engine.JSON, "The value.")})
	rule := inputObject("ConfigRuleInput", "Who gets which value: named students and classes, or those of whom a condition holds; without either, everybody.", inputs{
		"students": in(listIn(gql.String), "Opaque ids."), "classes": in(listIn(gql.ID), "Global ids or UUIDs."),
		"when":  in(gql.String, "A condition (CEL) over student, org, environment, classes, courses, terms, lines, teachers, grade, region, platform, app_version, channel, locale."),
		"value": in(engine.JSON, "The value; or"), "split": in(listIn(share), "values by shares of the students. Who is in a share stays in it while those before it keep their weights."),
		"until": in(engine.Instant, "It is as if it were not there from then on."), "note": in(gql.String, "For those who read the rules."),
	})
	it := thing{name: "config", typ: configName, about: "Global id or UUID of the key.", of: changed, scoped: true}
	reason := inputs{"reason": must(gql.String, "Why.")}
	return []mutation{
		{name: "describeConfig", of: changed, needs: commands.DescribeConfig{}.Needs(),
			about: "Says what a configuration key is, in every environment; a key that is not there begins. Clients can read all values: never put a secret into one.",
			input: inputs{
				"key": must(gql.String, "Its name to clients: words of a-z, 0-9 and _ with dots between."), "org": in(gql.String, "An organisation below the token's; the token's where it is not given."),
				"schema": must(engine.JSON, "JSON Schema (2020-12) of the value. Values that rules give must fit, in every environment."), "default": must(engine.JSON, "What a client has whom no rule gives another value."),
				"owner": must(gql.String, "Who answers for it."), "descriptionEn": must(gql.String, "What it does, in English."), "descriptionZh": must(gql.String, "And in Chinese."),
				"expires": in(engine.Instant, "The default holds from then on."), "revision": must(gql.Int, "The revision you saw; 0 where it is new."), "reason": reason["reason"],
			}, do: func(c call, a args) (*outcome, error) {
				revision, err := a.revisionOrNone()
				if err != nil {
					return nil, err
				}
				spec := hotconfig.Spec{Owner: a.text("owner"), Description: fault.Text{EN: a.text("descriptionEn"), ZH: a.text("descriptionZh")}, Expires: a.instant("expires")}
				if spec.Schema, err = a.value("schema", "/schema"); err != nil {
					return nil, err
				}
				if spec.Default, err = a.value("default", "/default"); err != nil {
					return nil, err
				}
				return c.carry(commands.DescribeConfig{Org: a.text("org"), Key: hotconfig.Key(a.text("key")), Spec: spec, Revision: revision, Reason: a.text("reason")})
			}},
		step(it, "setConfigRules", "Replaces the rules of a key in the token's environment; clients have it within a second.",
			inputs{"rules": must(listIn(rule), "Asked in order; the first that matches gives the value."), "reason": reason["reason"]},
			func(_ call, id uuid.UUID, n int, a args) (commands.SetConfigRules, error) {
				rules, err := a.configRules("rules")
				return commands.SetConfigRules{Config: id, Revision: n, Rules: rules, Reason: a.text("reason")}, err
			}),
		step(it, "killConfig", "Gives everybody in the token's environment the default, at once and whatever the rules say.", reason, func(_ call, id uuid.UUID, n int, a args) (commands.KillConfig, error) {
			return commands.KillConfig{Config: id, Revision: n, Reason: a.text("reason")}, nil
		}),
		step(it, "reviveConfig", "Lets the rules hold again in the token's environment.", reason, func(_ call, id uuid.UUID, n int, a args) (commands.ReviveConfig, error) {
			return commands.ReviveConfig{Config: id, Revision: n, Reason: a.text("reason")}, nil
		}),
		step(it, "retireConfig", "Takes a key away, in every environment: clients are not told of it any more.", reason, func(_ call, id uuid.UUID, n int, a args) (commands.RetireConfig, error) {
			return commands.RetireConfig{Config: id, Revision: n, Reason: a.text("reason")}, nil
		}),
	}
}
