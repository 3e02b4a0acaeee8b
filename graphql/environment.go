package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
)

func (s *schema) environmentTypes() {
	s.environment = object("Environment", "An isolated lane of delivery (环境): what is released, answered and counted in one is invisible in another.",
		func() []member[*environment.Declared] {
			type d = *environment.Declared
			return []member[d]{
				show("name", required(gql.String), "Its name, as tokens have it.", func(d d) any { return string(d.Name) }),
				show("title", required(gql.String), "Its title.", func(d d) any { return d.Title }),
				show("next", gql.String, "Name of the one that what is live here is promoted to; null: none.", func(d d) any { return filled(d.Next) }),
				show("secondPerson", required(gql.Boolean), "A release is started by another person than planned it.", func(d d) any { return d.SecondPerson }),
				show("locales", many(gql.String), "Languages that students read here: what goes live should be there in all of them.", func(d d) any { return anys(d.Locales) }),
				show("engine", gql.String, "The oldest version of the runtime that clients have here; null: it is not known.", func(d d) any { return filled(d.Engine) }),
				show("builtIn", required(gql.Boolean), "It cannot be retired.", func(d d) any { return d.Name.BuiltIn() }),
			}
		})
	s.environments = object("Environments", "The environments of an organisation.", func() []member[*environment.Registry] {
		type r = *environment.Registry
		return []member[r]{
			show("revision", required(gql.Int), "What changes want to know you saw; 0: nothing was ever said.", func(r r) any { return r.Revision }),
			show("all", many(s.environment), "The built-in ones first, in the order of promotion.", func(r r) any { return pointers(r.All()) }),
		}
	})
}

func (s *schema) environmentRoots() []root {
	return []root{{name: "environments", of: s.environments, needs: access.ReadReleases, about: "The environments that there are.", resolve: func(c call) (any, error) {
		registry, err := c.Commands.Environments(c.ctx, c.actor.Scope.Org)
		return &registry, err
	}}}
}

func (s *schema) environmentMutations() []mutation {
	now := load("environments", s.environments, "The environments as they are now.", func(c call, _ *outcome) (any, error) {
		registry, err := c.Commands.Environments(c.ctx, c.actor.Scope.Org)
		return &registry, err
	})
	changed := payload("EnvironmentPayload", "What a change of the environments came to.", now)
	declared := inputs{
		"name": must(gql.String, "1 to 32 of a-z, 0-9 and -, a letter first."), "title": must(gql.String, "Its title."),
		"next":         in(gql.String, "Name of the one that what is live here is promoted to."),
		"secondPerson": in(gql.Boolean, "A release is started by another person than planned it."),
		"locales":      in(listIn(gql.String), "Languages that students read here."), "engine": in(gql.String, "The oldest version of the runtime that clients have here, such as 5.2.0."),
	}
	read := func(a args) environment.Declared {
		d := environment.Declared{Name: environment.Name(a.text("name")), Title: a.text("title"), Next: environment.Name(a.text("next")),
			SecondPerson: a.yes("secondPerson"), Engine: a.text("engine")}
		if locales := a.texts("locales"); len(locales) > 0 {
			d.Locales = locales
		}
		return d
	}
	seen := inputs{"revision": must(gql.Int, "The revision of the environments you saw; 0 where nothing was ever said.")}
	named := inputs{"name": must(gql.String, "Its name."), "revision": seen["revision"], "reason": must(gql.String, "Why.")}
	revived := payload("ReviveEnvironmentPayload", "What the reviving of an environment came to.", now,
		load("liveLessons", required(gql.Int), "How many lessons are live in it again, up to 10,000; 10,001: more.", func(c call, o *outcome) (any, error) {
			if err := c.reads(c.ctx, deliveryModel); err != nil {
				return nil, err
			}
			return counted(func() (int, bool, error) {
				return c.Delivery.CountLive(c.ctx, access.Scope{Org: c.actor.Scope.Org, Environment: string(o.lane)})
			})()
		}))
	return []mutation{
		{name: "createEnvironment", about: "Declares an environment. Only the uppermost organisation may. One that was retired is revived instead.", of: changed,
			needs: commands.CreateEnvironment{}.Needs(), input: declared, do: func(c call, a args) (*outcome, error) {
				return c.carry(commands.CreateEnvironment{Environment: read(a)})
			}},
		{name: "describeEnvironment", about: "Says all that there is to be said of an environment, anew; of a built-in one, too. To ask for less takes somebody who acts in it.", of: changed,
			needs: commands.DescribeEnvironment{}.Needs(), input: declared.and(seen), do: func(c call, a args) (*outcome, error) {
				revision, err := a.revisionOrNone()
				return c.carried(commands.DescribeEnvironment{Environment: read(a), Revision: revision}, err)
			}},
		{name: "retireEnvironment", about: "Closes the environment that the caller acts in: nothing new begins in it, attempts under way go on.", of: changed,
			needs: commands.RetireEnvironment{}.Needs(), input: named,
			do: func(c call, a args) (*outcome, error) {
				revision, err := a.revisionOrNone()
				return c.carried(commands.RetireEnvironment{Environment: environment.Name(a.text("name")), Revision: revision, Reason: a.text("reason")}, err)
			}},
		{name: "reviveEnvironment", about: "Has an environment back that was retired, as it was: what was live in it is live again, and releases whose instant has come start.", of: revived,
			needs: commands.ReviveEnvironment{}.Needs(), input: named, do: func(c call, a args) (*outcome, error) {
				revision, err := a.revisionOrNone()
				name := environment.Name(a.text("name"))
				o, err := c.carried(commands.ReviveEnvironment{Environment: name, Revision: revision, Reason: a.text("reason")}, err)
				if err == nil {
					o.lane = name
				}
				return o, err
			}},
	}
}
