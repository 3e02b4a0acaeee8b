package graphql

import (
	"errors"
	"time"

	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	domain "qbank/domain/pseudo"
	people "qbank/domain/roster"
	"qbank/graphql/engine"
	"qbank/projections/pseudo"
	"qbank/projections/read"
)

func (s *schema) pseudoTypes() {
	s.pseudoLogin = object(pseudoName, "A ticket by which staff looks through a student's eyes (伪登录).", func() []member[*pseudo.Ticket] {
		type t = *pseudo.Ticket
		return []member[t]{
			show("id", required(gql.ID), "Global id.", func(t t) any { return engine.GlobalID(pseudoName, t.ID.String()) }),
			show("staff", required(s.person), "Who looks.", func(t t) any { return person(t.Staff) }),
			show("student", required(s.person), "Through whose eyes.", func(t t) any { return person(t.Student) }),
			show("org", required(gql.String), "The student's organisation.", func(t t) any { return t.Org }),
			show("environment", required(gql.String), "Where the student learns.", func(t t) any { return t.Environment }),
			show("reason", required(gql.String), "Why.", func(t t) any { return t.Reason }),
			show("write", required(gql.Boolean), "It was asked to answer too, apart from the student's own attempts.", func(t t) any { return t.Write }),
			show("approvedBy", s.person, "Who let it answer; null where nobody has.", func(t t) any { return someone(t.ApprovedBy) }),
			show("openedAt", required(engine.Instant), "When it was opened.", func(t t) any { return t.OpenedAt }),
			show("until", required(engine.Instant), "When it ends, whatever happens.", func(t t) any { return t.Until }),
			load("open", required(gql.Boolean), "Its tokens are believed.", func(c call, t t) (any, error) { return t.Open(c.Commands.Now().UnixMicro()), nil }),
			show("tokens", required(gql.Int), "How many tokens were given out.", func(t t) any { return t.Tokens }),
			show("expiresAt", required(engine.Instant), "When the newest token expires.", func(t t) any { return t.ExpiresAt }),
			show("endedAt", engine.Instant, "When it was ended before its time.", func(t t) any { return since(t.EndedAt) }),
			show("endedBy", s.person, "By whom.", func(t t) any { return someone(t.EndedBy) }),
			show("endReason", gql.String, "Why it was revoked.", func(t t) any { return filled(t.EndReason) }),
		}
	})
}

// someone is a person, or null for nobody.
func someone(id string) any {
	if id == "" {
		return nil
	}
	return person(id)
}

func (s *schema) pseudoRoots() []root {
	return []root{{name: "pseudoLogins", of: s.connection(s.pseudoLogin),
		about: "The tickets by which staff looks through students' eyes, the newest first: with the permission audit.read or access.write all of the organisation in the environment, with pseudo.login one's own.",
		args: pageArgs(gql.FieldConfigArgument{"student": arg(gql.String, "Opaque id, or what the student's tokens say."), "staff": arg(gql.String, "Opaque id of who looks."),
			"open": arg(gql.Boolean, "true: those that hold.")}),
		resolve: func(c call) (any, error) {
			filter := pseudo.Filter{Staff: c.args.text("staff")}
			if !c.actor.Can(access.ReadAudit) && !c.actor.Can(access.ManageAccess) {
				if err := c.actor.Require(access.ActForStudents); err != nil {
					return nil, err
				}
				filter.Staff = c.actor.Person()
			}
			if student := c.args.text("student"); student != "" {
				filter.Person = people.PersonOf(student)
			}
			if c.args.yes("open") {
				filter.OpenAt = c.Commands.Now().UnixMicro()
			}
			scope, err := c.scope()
			if err != nil {
				return nil, err
			}
			return list(c, pseudoModel, func(p read.Page) (read.Rows[pseudo.Ticket], error) {
				return c.Pseudo.List(c.ctx, scope, filter, p)
			}, same)
		}}}
}

func (s *schema) pseudoMutations() []mutation {
	ticket := load("pseudoLogin", s.pseudoLogin, "The ticket as it is now.", func(c call, o *outcome) (any, error) {
		if err := c.reads(c.ctx, pseudoModel); err != nil {
			return nil, err
		}
		t, found, err := c.Pseudo.Get(c.ctx, c.actor.Scope.Org, o.ID)
		if err != nil || !found {
			return nil, err
		}
		return &t, nil
	})
	changed := payload("PseudoLoginPayload", "What a change of a ticket came to.", ticket)
	token := payload("PseudoTokenPayload", "A token for the student door.", ticket,
		show("token", required(gql.String), "The bearer token. It speaks for the student and names the staff; it opens the student door alone.", func(o *outcome) any { return o.secret }),
		show("expiresAt", required(engine.Instant), "When it expires; the ticket gives out another.", func(o *outcome) any { return o.expires }))
	it := thing{name: "pseudoLogin", typ: pseudoName, about: "Global id or UUID of the ticket.", of: changed}
	lent := it
	lent.of = token
	return []mutation{
		{name: "openPseudoLogin", about: "Opens a ticket to look through a student's eyes, in the environment of the token, with its first token. It ends after eight hours.",
			of: token, needs: commands.OpenPseudoLogin{}.Needs(),
			input: inputs{"student": must(gql.String, "Opaque id, or what the student's tokens say."), "reason": must(gql.String, "Why. Name nobody: it is kept."),
				"write": in(gql.Boolean, "Also to answer, apart from the student's own attempts, once somebody else has approved that.")},
			do: func(c call, a args) (*outcome, error) {
				return c.lend(func(show func(commands.PseudoToken)) commands.Command {
					return commands.OpenPseudoLogin{Student: a.text("student"), Reason: a.text("reason"), Write: a.yes("write"), Show: show}
				})
			}},
		lent.on("renewPseudoLogin", "Gives out another token of a ticket of one's own.", commands.RenewPseudoLogin{}.Needs(), nil,
			func(c call, id domain.ID, _ args) (*outcome, error) {
				return c.lend(func(show func(commands.PseudoToken)) commands.Command {
					return commands.RenewPseudoLogin{Ticket: id, Show: show}
				})
			}),
		act(it, "approvePseudoLogin", "Lets the holder of a ticket answer, apart from the student's own attempts. It takes another person.", nil,
			func(_ call, id domain.ID, _ args) (commands.ApprovePseudoLogin, error) {
				return commands.ApprovePseudoLogin{Ticket: id}, nil
			}),
		act(it, "closePseudoLogin", "Ends a ticket of one's own, and what its tokens allow, at once.", nil,
			func(_ call, id domain.ID, _ args) (commands.ClosePseudoLogin, error) {
				return commands.ClosePseudoLogin{Ticket: id}, nil
			}),
		act(it, "revokePseudoLogin", "Ends somebody's ticket, and what its tokens allow, at once.", inputs{"reason": must(gql.String, "Why.")},
			func(_ call, id domain.ID, a args) (commands.RevokePseudoLogin, error) {
				return commands.RevokePseudoLogin{Ticket: id, Reason: a.text("reason")}, nil
			}),
	}
}

// lend carries out a command that gives out a token, and mints it.
func (c call) lend(command func(show func(commands.PseudoToken)) commands.Command) (*outcome, error) {
	if c.Signer == nil {
		return nil, errors.New("no key signs the tokens of pseudo-logins")
	}
	var granted *commands.PseudoToken
	o, err := c.carry(command(func(t commands.PseudoToken) { granted = &t }))
	if err != nil || granted == nil {
		return o, err
	}
	expires := time.UnixMicro(granted.Expires)
	o.expires = granted.Expires
	o.secret, err = c.Signer().MintPseudo(granted.Borrowed, c.Commands.Now(), expires)
	return o, err
}
