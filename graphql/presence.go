package graphql

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/graphql/engine"
	"qbank/internal/presence"
	"qbank/internal/watch"
)

// maxField is how many characters the place of somebody in a subject has at most.
const maxField = 200

func (s *schema) presenceTypes() {
	s.here = object("Presence", "Somebody who has something open right now.", func() []member[presence.Here] {
		type h = presence.Here
		return []member[h]{
			show("id", required(gql.String), "Opaque id of the person.", func(h h) any { return h.Person }),
			load("name", gql.String, "The display name, where it is known.", func(c call, h h) (any, error) {
				id, err := uuid.Parse(h.Person)
				if err != nil {
					return nil, nil //nolint:nilerr // ids of other kinds have no names
				}
				return c.names.Load(c.ctx, id), nil
			}),
			show("field", gql.String, "Where in it they are, such as a pointer into the content; null as a whole.", func(h h) any { return filled(h.Field) }),
			show("since", required(engine.Instant), "Since when.", func(h h) any { return h.Since }),
			load("self", required(gql.Boolean), "It is the caller.", func(c call, h h) (any, error) { return h.Person == c.actor.ID, nil }),
		}
	})
}

// subject finds what a caller wants to be present at, or to know who is: anything with a global id that the caller may read.
func (c call) subject(a args) (uuid.UUID, error) {
	global := a.text("subject")
	found, err := resolved(c.node(global))
	if err != nil {
		return uuid.Nil, err
	}
	_, bare, err := engine.ParseGlobalID(global)
	if err != nil {
		return uuid.Nil, err
	}
	id, err := uuid.Parse(bare)
	if found == nil || err != nil {
		return uuid.Nil, fault.Refuse(fault.NotFound, "presence.subject", fault.Say("there is no such thing here", "这里没有这个对象"))
	}
	return id, nil
}

func (c call) here(subject uuid.UUID) ([]any, error) {
	found, err := c.Presence.Here(c.ctx, subject)
	return anys(found), err
}

var subjectArgs = gql.FieldConfigArgument{"subject": arg(gql.NewNonNull(gql.ID), "Global id of something the caller may read.")}

func (s *schema) presenceRoots() []root {
	return []root{{name: "presence", of: many(s.here), needs: access.ReadLessons, about: "Who has something open right now, who came first first.", args: subjectArgs,
		resolve: func(c call) (any, error) {
			id, err := c.subject(c.args)
			if err != nil {
				return nil, err
			}
			return c.here(id)
		}}}
}

func (s *schema) presenceMutations() []mutation {
	result := payload("PresencePayload", "Who is there.",
		load("presence", many(s.here), "Who has it open now, the caller among them.", func(c call, o *outcome) (any, error) { return c.here(o.ID) }))
	return []mutation{{name: "announcePresence", of: result, needs: access.ReadLessons,
		about: "Says that the caller has something open; to be said again every 15 seconds: who is not heard of for 45 has gone. It is no event, and nothing remains of it.",
		input: inputs{"subject": must(gql.ID, "Global id of something the caller may read."), "field": in(gql.String, "Where in it, such as a pointer into the content."),
			"leaving": in(gql.Boolean, "The caller has closed it.")},
		do: func(c call, a args) (*outcome, error) {
			id, err := c.subject(a)
			if err != nil {
				return nil, err
			}
			field := a.text("field")
			if utf8.RuneCountInString(field) > maxField || strings.ContainsRune(field, 0) {
				return nil, fault.Refuse(fault.Invalid, "presence.field", fault.Say("a place has at most %d characters", "位置不超过 %d 个字符", maxField),
					fault.Problem{Pointer: "/field", Code: "max_length", Message: fault.Say("too long", "过长")})
			}
			o := &outcome{}
			o.ID = id
			switch {
			case c.actor.ActingFor != "": // who sees with somebody else's eyes is not there
			case a.yes("leaving"):
				err = c.Presence.Leave(c.ctx, id, c.actor.ID)
			default:
				err = c.Presence.Announce(c.ctx, id, c.actor.ID, field)
			}
			return o, err
		}}}
}

func (s *schema) presenceSubscriptions() []subscription {
	return []subscription{{name: "presence", of: many(s.here), needs: access.ReadLessons, begins: true, args: subjectArgs,
		about: "Tells who has something open, at once and whenever somebody comes, goes or moves to another place in it.",
		wants: func(c call) (watch.Wants, error) {
			id, err := c.subject(c.args)
			return watch.Wants{Events: []string{presence.Topic}, Stream: id}, err
		},
		value: func(c call, n *news) (any, error) {
			id, err := c.subject(c.args)
			if err != nil {
				return nil, err
			}
			found, err := c.here(id)
			if err != nil || n.again(fmt.Sprint(found)) {
				return nil, err
			}
			return found, nil
		}}}
}
