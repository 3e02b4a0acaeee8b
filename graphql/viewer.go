package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/graphql/engine"
	"qbank/projections"
)

// permissions are those that a console shows or hides things by.
var permissions = []access.Permission{
	access.ReadQuestions, access.WriteQuestions, access.ReviewQuestions, access.PublishQuestions, access.WriteTypes, access.WriteKnowledge,
	access.ReadLessons, access.WriteLessons, access.PublishLessons, access.Release, access.ReadRoster, access.WriteRoster, access.Answer,
	access.ReadResults, access.Grade, access.ReadStatistics, access.ReadOperations,
}

func (s *schema) viewerRoots() []root {
	viewer := object("Viewer", "Who is calling, as the token says.", func() []member[access.Actor] {
		type a = access.Actor
		return []member[a]{
			show("id", required(gql.String), "Opaque id.", func(a a) any { return a.ID }),
			show("roles", many(gql.String), "The roles.", func(a a) any {
				out := make([]any, len(a.Roles))
				for i, r := range a.Roles {
					out[i] = string(r)
				}
				return out
			}),
			show("org", required(gql.String), "The organisation: what is seen is there or below.", func(a a) any { return a.Scope.Org }),
			show("environment", gql.String, "The environment that results, releases and figures are those of.", func(a a) any { return filled(a.Scope.Environment) }),
			show("permissions", many(gql.String), "What the roles allow.", func(a a) any {
				out := []any{}
				for _, p := range permissions {
					if a.Can(p) {
						out = append(out, string(p))
					}
				}
				return out
			}),
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
		{name: "viewer", of: viewer, about: "Who is calling; null without a token.", resolve: func(c call) (any, error) {
			if c.actor.ID == "" {
				return nil, nil
			}
			return c.actor, nil
		}},
		{name: "projections", of: many(status), needs: access.ReadOperations, about: "How the read models do.", resolve: func(c call) (any, error) {
			found, err := c.Engine.Status(c.ctx)
			out := make([]any, len(found))
			for i := range found {
				out[i] = &found[i]
			}
			return out, err
		}},
	}
}
