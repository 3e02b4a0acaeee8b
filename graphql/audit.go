package graphql

import (
	"encoding/json"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/graphql/engine"
	"qbank/internal/audit"
	"qbank/projections/auditlog"
	"qbank/projections/read"
)

func (s *schema) auditTypes() {
	s.auditKind = enum("AuditKind", "How something stands in the audit log.", enumValue[auditlog.Kind]{auditlog.Done, "It was decided."},
		enumValue[auditlog.Kind]{auditlog.Read, "It was only read."})
	s.auditEntry = object("AuditEntry", "Something that somebody did or read.", func() []member[*auditlog.Entry] {
		type e = *auditlog.Entry
		return []member[e]{
			show("id", required(gql.String), "Its own id: of the event, or of the row.", func(e e) any { return e.ID.String() }),
			show("kind", required(s.auditKind), "Whether it was done or read.", func(e e) any { return e.Kind }),
			show("at", required(engine.Instant), "When.", func(e e) any { return e.At }),
			show("actor", required(s.person), "Who.", func(e e) any { return person(e.Actor) }),
			show("actingFor", s.person, "Through whose eyes.", func(e e) any { return someone(e.ActingFor) }),
			show("signIn", gql.String, "session: or pseudo: and the id of the sign-in or the ticket; null: a token, or an API key, which is the actor.", func(e e) any { return filled(e.SignIn) }),
			show("address", gql.String, "Of what was read: where the request came from.", func(e e) any { return filled(e.Address) }),
			show("correlation", gql.String, "The request's X-Request-Id.", func(e e) any { return filled(e.Correlation) }),
			show("org", required(gql.String), "The organisation in which it was done.", func(e e) any { return e.Org }),
			show("environment", gql.String, "The environment, where it belongs to one.", func(e e) any { return filled(e.Environment) }),
			show("action", required(gql.String), "What: the type of the event, such as question.published, or keys.read, file.read, student.seen, audit.read, audit.exported.", func(e e) any { return e.Action }),
			show("objects", many(gql.String), "UUIDs of what it was about, the first 200.", func(e e) any { return anys(e.Objects) }),
			show("count", required(gql.Int), "How many objects there were.", func(e e) any { return e.Count }),
			show("person", s.person, "The person whom it was about.", func(e e) any { return someone(e.Person) }),
			show("detail", gql.String, "Of what was read: how. Of an erasure: why, and how many rows of what.", func(e e) any { return filled(e.Detail) }),
		}
	})
}

func (s *schema) auditRoots() []root {
	return []root{{name: "auditLog", of: s.connection(s.auditEntry), needs: access.ReadAudit,
		about: "What was done and read in the organisation and below, the latest first. Students' own answers are not in it. To read it is in it.",
		args: pageArgs(gql.FieldConfigArgument{"kind": arg(s.auditKind, "Only what was done, or only what was read."), "actor": arg(gql.String, "Opaque id of who did it."),
			"actingFor": arg(gql.String, "The student, as the student's tokens say: who looked through these eyes."),
			"acting":    arg(gql.Boolean, "true: only what was done for somebody else."),
			"action":    arg(gql.String, "Such as keys.read or, ending in a dot, all that begin so: pseudo."),
			"object":    arg(gql.String, "Global id or UUID: who did something with it. With the action keys.read, who saw the keys of a question."),
			"person":    arg(gql.String, "Opaque id: what was done about somebody."), "environment": arg(gql.String, "Of this environment."),
			"from": arg(engine.Instant, "From then on."), "until": arg(engine.Instant, "Before that.")}),
		resolve: func(c call) (any, error) {
			f := auditlog.Filter{Kind: choice(c.args, "kind", auditlog.Kind("")), Actor: c.args.text("actor"), ActingFor: c.args.text("actingFor"), Acting: c.args.yes("acting"), Action: c.args.text("action"),
				Object: bareID(c.args.text("object")), Person: c.args.text("person"), Environment: c.args.text("environment"), From: c.args.instant("from"), Until: c.args.instant("until")}
			connection, err := list(c, auditModel, func(p read.Page) (read.Rows[auditlog.Entry], error) {
				return c.AuditLog.List(c.ctx, c.actor.Scope.Org, f, p)
			}, same)
			if err == nil {
				asked, _ := json.Marshal(f) // texts and numbers
				c.Audit.Note(c.ctx, audit.Entry{At: c.Commands.Now(), Actor: c.actor, Address: c.address, Action: audit.AuditRead, Detail: string(asked)})
			}
			return connection, err
		}}}
}

// bareID is what a global id of any type names, or the text itself.
func bareID(text string) string {
	if _, bare, err := engine.ParseGlobalID(text); err == nil {
		return bare
	}
	return text
}
