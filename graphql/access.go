package graphql

import (
	"slices"
	"time"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/fault"
	domain "qbank/domain/staff"
	"qbank/graphql/engine"
	"qbank/internal/signin"
	"qbank/projections/read"
	"qbank/projections/staff"
)

func (s *schema) accessTypes() {
	var names []enumValue[access.Role]
	for _, r := range access.Roles {
		names = append(names, enumValue[access.Role]{r, "As listed by roles."})
	}
	s.roleName = enum("RoleName", "A job somebody has.", names...)
	s.role = object("Role", "A job somebody has, and what it allows.", func() []member[access.Role] {
		type r = access.Role
		return []member[r]{
			show("name", required(s.roleName), "Its name.", func(r r) any { return r }),
			show("permissions", many(gql.String), "What it allows.", func(r r) any { return permissionsOf(access.Actor{Roles: []access.Role{r}}) }),
		}
	})
	granted := object("GrantedRole", "A role that somebody was granted.", func() []member[staff.Role] {
		type g = staff.Role
		return []member[g]{
			show("role", required(s.roleName), "The role.", func(g g) any { return access.Role(g.Role) }),
			show("org", required(gql.String), "The organisation: there and below.", func(g g) any { return g.Org }),
			show("environments", many(gql.String), "The environments it was granted for; what has none, such as writing questions, needs none.", func(g g) any { return anys(g.Environments) }),
			show("grantedBy", required(s.person), "Who granted it.", func(g g) any { return person(g.GrantedBy) }),
			show("grantedAt", required(engine.Instant), "When.", func(g g) any { return g.GrantedAt }),
		}
	})
	s.staff = object("StaffMember", "Somebody who was granted roles.", func() []member[*staff.Person] {
		type p = *staff.Person
		return []member[p]{
			show("person", required(s.person), "Who it is.", func(p p) any { return person(p.ID.String()) }),
			show("since", required(engine.Instant), "When the first role was granted.", func(p p) any { return p.Since }),
			load("roles", many(granted), "The roles in the caller's organisation and below.", func(c call, p p) (any, error) {
				return c.granted.Then(c.ctx, p.ID, func(roles []staff.Role, _ bool) (any, error) { return anys(roles), nil }), nil
			}),
		}
	})
	s.signIn = object("SignIn", "A sign-in by browser that holds.", func() []member[*signin.Session] {
		type n = *signin.Session
		return []member[n]{
			show("id", required(gql.ID), "Its id, for revokeSignIn: nobody gets in with it.", func(n n) any { return n.ID.String() }),
			show("person", required(s.person), "Who signed in.", func(n n) any { return person(n.Person.String()) }),
			show("issuer", required(gql.String), "The identity provider.", func(n n) any { return n.Issuer }),
			show("device", required(gql.String), "As the browser names itself.", func(n n) any { return n.Device }),
			show("createdAt", required(engine.Instant), "When it began.", func(n n) any { return n.CreatedAt.UnixMicro() }),
			show("seenAt", required(engine.Instant), "When it was used last, to the minute.", func(n n) any { return n.SeenAt.UnixMicro() }),
			show("expiresAt", required(engine.Instant), "When it ends, whatever happens.", func(n n) any { return n.ExpiresAt.UnixMicro() }),
			load("current", required(gql.Boolean), "The one that asks.", func(c call, n n) (any, error) { return c.caller.Session == n.ID, nil }),
		}
	})
	s.apiKey = object(keyName, "A key that a program sends instead of a person's token. Its secret is shown once, to whoever makes it.", func() []member[*staff.Key] {
		type k = *staff.Key
		return []member[k]{
			show("id", required(gql.ID), "Global id.", func(k k) any { return engine.GlobalID(keyName, k.ID.String()) }),
			show("prefix", required(gql.String), "What names it in logs: it begins with qbk_ and this.", func(k k) any { return k.Prefix }),
			show("title", required(gql.String), "What it is for.", func(k k) any { return k.Title }),
			show("org", required(gql.String), "The organisation it acts in.", func(k k) any { return k.Org }),
			show("roles", many(s.roleName), "Its roles.", func(k k) any {
				out := make([]any, len(k.Roles))
				for i, r := range k.Roles {
					out[i] = access.Role(r)
				}
				return out
			}),
			show("environments", many(gql.String), "The environments it acts in.", func(k k) any { return anys(k.Environments) }),
			show("networks", many(gql.String), "Where it may be used from (CIDR); from anywhere where there is none.", func(k k) any { return anys(k.Networks) }),
			show("createdBy", required(s.person), "Who made it.", func(k k) any { return person(k.CreatedBy) }),
			show("createdAt", required(engine.Instant), "When.", func(k k) any { return k.CreatedAt }),
			show("expiresAt", required(engine.Instant), "When it ends by itself.", func(k k) any { return k.ExpiresAt }),
			show("revokedAt", engine.Instant, "When it was revoked.", func(k k) any { return since(k.RevokedAt) }),
			show("revokedBy", s.person, "By whom.", func(k k) any { return someone(k.RevokedBy) }),
			show("reason", gql.String, "Why it was revoked.", func(k k) any { return filled(k.Reason) }),
			load("lastUsedAt", engine.Instant, "When it was used last, to the minute.", func(c call, k k) (any, error) {
				return c.keyUses.Then(c.ctx, k.ID, func(at int64, _ bool) (any, error) { return since(at), nil }), nil
			}),
		}
	})
}

func (s *schema) accessRoots() []root {
	return []root{
		{name: "roles", of: many(s.role), needs: access.ManageAccess, about: "The roles there are, and what they allow.", resolve: func(call) (any, error) {
			return anys(access.Roles), nil
		}},
		{name: "staff", of: s.connection(s.staff), needs: access.ManageAccess, about: "Those who were granted roles in the organisation or below, the oldest first.",
			args: pageArgs(nil), resolve: func(c call) (any, error) {
				return list(c, staffModel, func(p read.Page) (read.Rows[staff.Person], error) { return c.Staff.People(c.ctx, c.actor.Scope.Org, p) }, same)
			}},
		{name: "signIns", of: many(s.signIn), about: "The sign-ins that hold, the newest first: the caller's own, or, with the permission access.write, those of somebody of the organisation.",
			args: gql.FieldConfigArgument{"person": arg(gql.String, "Opaque id; the caller where it is not given.")}, resolve: func(c call) (any, error) {
				if err := c.actor.Known(); err != nil {
					return nil, err
				}
				return c.sessionsOf(c.args.text("person"))
			}},
		{name: "apiKeys", of: s.connection(s.apiKey), needs: access.ManageAccess, about: "The API keys of the organisation and below, the newest first, revoked ones included.",
			args: pageArgs(nil), resolve: func(c call) (any, error) {
				return list(c, staffModel, func(p read.Page) (read.Rows[staff.Key], error) { return c.Staff.Keys(c.ctx, c.actor.Scope.Org, p) }, same)
			}},
	}
}

// sessionsOf lists the sessions of somebody whom the caller may look after.
func (c call) sessionsOf(written string) (any, error) {
	if written == "" {
		written = c.actor.ID
	}
	var id uuid.UUID // of nobody, where a token or a key is of somebody who never signed in
	if known, err := uuid.Parse(written); err == nil {
		id = known
	}
	found, err := c.Sessions.List(c.ctx, id)
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(found))
	for i := range found {
		mine, err := c.mayEnd(&found[i])
		if err != nil {
			return nil, err
		}
		if mine {
			out = append(out, &found[i])
		}
	}
	if len(out) == 0 && written != c.actor.ID {
		return out, c.actor.Require(access.ManageAccess)
	}
	return out, nil
}

// mayEnd reports whether a session is the caller's own or of somebody whom the caller manages: who has a role in the organisation or below.
func (c call) mayEnd(n *signin.Session) (bool, error) {
	if n.Person.String() == c.actor.ID {
		return true, nil
	}
	if !c.actor.Can(access.ManageAccess) {
		return false, nil
	}
	granted, err := c.Commands.Roles(c.ctx, n.Person)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(append(granted, n.Grants...), func(g domain.Grant) bool { return c.actor.Within(g.Org) == nil }), nil
}

func (s *schema) accessMutations() []mutation {
	granted := payload("RolePayload", "What a change of somebody's roles came to.",
		load("person", required(s.person), "Whose roles they are.", func(_ call, o *outcome) (any, error) { return person(o.ID.String()), nil }),
		load("roles", many(s.roleName), "The roles in the caller's organisation and below, by now.", func(c call, o *outcome) (any, error) {
			roles, err := c.Commands.Roles(c.ctx, o.ID)
			out := []any{}
			for _, g := range roles {
				if c.actor.Within(g.Org) == nil {
					out = append(out, g.Role)
				}
			}
			return out, err
		}))
	key := load("apiKey", s.apiKey, "The key as it is now.", func(c call, o *outcome) (any, error) {
		if err := c.reads(c.ctx, staffModel); err != nil {
			return nil, err
		}
		k, found, err := c.Staff.Key(c.ctx, c.actor.Scope.Org, o.ID)
		if err != nil || !found {
			return nil, err
		}
		return &k, nil
	})
	made := payload("CreateApiKeyPayload", "A new key.", key,
		show("secret", required(gql.String), "The whole key. It is shown this once.", func(o *outcome) any { return o.secret }))
	ended := payload("ApiKeyPayload", "What a change of a key came to.", key)
	left := payload("SignInPayload", "What the end of a session came to.")
	who := must(gql.String, "Opaque id, as a sign-in without roles tells it.")
	org := in(gql.String, "The organisation; the caller's where it is not given.")
	environments := in(listIn(gql.String), "The environments of delivery it is for.")
	return []mutation{
		{name: "grantRole", about: "Gives somebody a role in an organisation, for environments that the caller has; in person. Granted again, its environments are replaced.", of: granted, needs: commands.GrantRole{}.Needs(),
			input: inputs{"person": who, "role": must(s.roleName, "The role."), "org": org, "environments": environments,
				"name": in(gql.String, "What the person is called; kept outside the log.")},
			do: func(c call, a args) (*outcome, error) {
				id, err := personID(a)
				if err != nil {
					return nil, err
				}
				return c.carry(commands.GrantRole{Person: id, Org: a.text("org"), Role: choice(a, "role", access.Role("")), Environments: environmentsOf(a), DisplayName: a.text("name")})
			}},
		{name: "revokeRole", about: "Takes a role from somebody, at once, also in sessions that run.", of: granted, needs: commands.RevokeRole{}.Needs(),
			input: inputs{"person": who, "role": must(s.roleName, "The role."), "org": org, "reason": must(gql.String, "Why.")},
			do: func(c call, a args) (*outcome, error) {
				id, err := personID(a)
				if err != nil {
					return nil, err
				}
				return c.carry(commands.RevokeRole{Person: id, Org: a.text("org"), Role: choice(a, "role", access.Role("")), Reason: a.text("reason")})
			}},
		{name: "createApiKey", about: "Makes an API key, in person. Nobody gives it roles that they do not have, unless they are an admin, nor environments.", of: made, needs: commands.CreateAPIKey{}.Needs(),
			input: inputs{"title": must(gql.String, "What it is for."), "org": org, "roles": must(listIn(s.roleName), "Its roles."), "environments": environments,
				"networks": in(listIn(gql.String), "Where it may be used from (CIDR, or addresses); from anywhere where it is not given."),
				"days":     must(gql.Int, "For how many days; two years at most.")},
			do: func(c call, a args) (*outcome, error) {
				days := min(max(a.number("days"), 0), 10_000) // what is too long is for the key to refuse
				command := commands.CreateAPIKey{Title: a.text("title"), Org: a.text("org"), Roles: choices[access.Role](a, "roles"), Environments: environmentsOf(a),
					Networks: a.texts("networks"), Expires: c.Commands.Now().Add(time.Duration(days) * 24 * time.Hour)}
				var secret string
				command.Show = func(key string) { secret = key }
				o, err := c.carry(command)
				o.secret = secret
				return o, err
			}},
		thing{name: "apiKey", typ: keyName, about: "Global id or UUID.", of: ended}.on("revokeApiKey", "Ends an API key: here at once, on other nodes within seconds.",
			commands.RevokeAPIKey{}.Needs(), inputs{"reason": must(gql.String, "Why.")}, func(c call, id uuid.UUID, a args) (*outcome, error) {
				o, err := c.carry(commands.RevokeAPIKey{Key: id, Reason: a.text("reason")})
				c.Keys.Forget(id)
				return o, err
			}),
		{name: "revokeSignIn", about: "Ends a sign-in, at once: one of the caller's own, or, with the permission access.write, of somebody of the organisation.", of: left,
			input: inputs{"session": must(gql.ID, "Its id.")},
			do: func(c call, a args) (*outcome, error) {
				id, err := uuid.Parse(a.text("session"))
				if err != nil {
					return nil, signin.NotFound()
				}
				found, err := c.Sessions.Get(c.ctx, id)
				if err != nil {
					return nil, err
				}
				may, err := c.mayEnd(&found)
				if err != nil {
					return nil, err
				}
				if !may {
					return nil, signin.NotFound()
				}
				return &outcome{Done: commands.Done{ID: id}}, c.Sessions.Revoke(c.ctx, id, c.actor.ID)
			}},
	}
}

func personID(a args) (uuid.UUID, error) {
	id, err := uuid.Parse(a.text("person"))
	if err != nil {
		return uuid.Nil, fault.Refuse(fault.Invalid, "staff.person", fault.Say("an opaque id is expected", "应为不透明编号"),
			fault.Problem{Pointer: "/person", Code: "id", Message: fault.Say("a UUID", "应为 UUID")})
	}
	return id, nil
}

func environmentsOf(a args) []environment.Name {
	var list []environment.Name
	for _, name := range a.texts("environments") {
		list = append(list, environment.Name(name))
	}
	return list
}
