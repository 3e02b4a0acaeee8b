package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	people "qbank/domain/roster"
	"qbank/graphql/engine"
	"qbank/internal/signin"
	"qbank/projections"
)

// permissionsOf lists what an actor may do, in the order of the table of roles.
func permissionsOf(a access.Actor) []any {
	out := []any{}
	for _, p := range access.Permissions() {
		if a.Can(p) {
			out = append(out, string(p))
		}
	}
	return out
}

func (s *schema) viewerRoots() []root {
	type kind = enumValue[signin.Kind]
	how := enum("SignInKind", "How somebody proves who they are.", kind{signin.ByToken, "A bearer token."}, kind{signin.BySession, "The cookie of a sign-in."}, kind{signin.ByKey, "An API key."})
	viewer := object("Viewer", "Who is calling.", func() []member[signin.Caller] {
		type v = signin.Caller
		return []member[v]{
			show("id", required(gql.String), "Opaque id.", func(v v) any { return v.Actor.ID }),
			load("name", gql.String, "The display name, where one is known.", func(c call, v v) (any, error) {
				return c.names.Then(c.ctx, people.PersonOf(v.Actor.ID), func(name string, _ bool) (any, error) { return filled(name), nil }), nil
			}),
			show("signIn", required(how), "How the caller has proved that.", func(v v) any { return v.Kind }),
			show("roles", many(gql.String), "The roles, in the organisation and the environment.", func(v v) any { return anys(v.Actor.Roles) }),
			show("org", required(gql.String), "The organisation: what is seen is there or below.", func(v v) any { return v.Actor.Scope.Org }),
			show("environment", gql.String, "The environment that results, releases and figures are those of.", func(v v) any { return filled(v.Actor.Scope.Environment) }),
			show("orgs", many(gql.String), "The organisations that a session may choose from, by the header Qbank-Organisation.", func(v v) any {
				if v.Kind != signin.BySession {
					return []any{v.Actor.Scope.Org}
				}
				return anys(v.Grants.Orgs())
			}),
			show("environments", many(gql.String), "The environments that a session or an API key may choose from, by the header Qbank-Environment; that of a token.", func(v v) any {
				if env := v.Actor.Scope.Environment; v.Kind == signin.ByToken && env != "" {
					return []any{env}
				}
				return anys(v.Actor.Environments)
			}),
			show("permissions", many(gql.String), "What the roles allow.", func(v v) any { return permissionsOf(v.Actor) }),
		}
	})
	failure := object("ProjectionFailure", "Why a read model stands still.", func() []member[*projections.Failure] {
		type f = *projections.Failure
		return []member[f]{
			show("position", required(engine.Long), "Position of the event that stopped it.", func(f f) any { return f.Position }),
			show("error", required(gql.String), "What went wrong.", func(f f) any { return f.Error }),
			show("attempts", required(gql.Int), "How often it was tried.", func(f f) any { return f.Attempts }),
			show("at", required(engine.Instant), "When it stopped.", func(f f) any { return f.At }),
		}
	})
	status := object("ProjectionStatus", "How one copy of a read model does.", func() []member[*projections.Status] {
		type s = *projections.Status
		return []member[s]{
			show("name", required(gql.String), "Name of the read model.", func(s s) any { return s.Name }),
			show("version", required(gql.Int), "Version of its tables.", func(s s) any { return s.Version }),
			show("rebuild", required(gql.Boolean), "The copy that a rebuild fills.", func(s s) any { return s.Rebuild }),
			show("state", required(gql.String), "absent, filling, live, parked or retired.", func(s s) any { return s.State }),
			show("position", required(engine.Long), "How far it has come.", func(s s) any { return s.Position }),
			show("head", required(engine.Long), "How far the log has.", func(s s) any { return s.Head }),
			show("lag", required(engine.Long), "Events between the two.", func(s s) any { return s.Lag() }),
			show("rate", required(gql.Float), "Events per second, lately.", func(s s) any { return s.Rate }),
			show("etaMillis", required(engine.Long), "Milliseconds until it has caught up, at this rate.", func(s s) any { return s.ETA.Milliseconds() }),
			show("since", required(engine.Instant), "When it moved last.", func(s s) any { return s.Since }),
			show("failure", failure, "Why it stands still, where it is parked.", func(s s) any { return s.Failure }),
		}
	})
	return []root{
		{name: "viewer", of: viewer, about: "Who is calling; null where nobody says so.", resolve: func(c call) (any, error) {
			if c.actor.ID == "" {
				return nil, nil
			}
			return c.caller, nil
		}},
		{name: "projections", of: many(status), needs: access.ManageAccess, about: "How the read models do. They are everybody's: an administrator of the organisation that runs the installation is told.", resolve: func(c call) (any, error) {
			if err := c.runsThis(); err != nil {
				return nil, err
			}
			found, err := c.Engine.Status(c.ctx)
			return pointers(found), err
		}},
	}
}
