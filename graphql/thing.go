package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
)

// thing is one kind of thing that mutations change: how their inputs name it, and what they return.
//
// Most mutations are steps: they go on from a revision of the thing that the caller saw. Some act on it whatever its revision.
type thing struct {
	name   string      // of the field that names it, such as lesson
	typ    string      // that its global ids name
	about  string      // what the field says of itself
	of     *gql.Object // the payload
	scoped bool        // it belongs to an environment, which the token must name
}

// find reads which thing an input means.
func (t thing) find(c call, a args) (uuid.UUID, error) {
	if t.scoped {
		if _, err := c.scope(); err != nil {
			return uuid.Nil, err
		}
	}
	if t.typ == questionName {
		return c.question(a.text(t.name))
	}
	return a.id(t.name, t.typ)
}

// on is a mutation of a thing. Of two fields with one name, that of more is the one.
func (t thing) on(name, about string, needs access.Permission, more inputs, do func(c call, id uuid.UUID, a args) (*outcome, error)) mutation {
	input := inputs{t.name: must(gql.ID, t.about)}
	return mutation{name: name, about: about, of: t.of, needs: needs, input: input.and(more), do: func(c call, a args) (*outcome, error) {
		id, err := t.find(c, a)
		if err != nil {
			return nil, err
		}
		return do(c, id, a)
	}}
}

// onSeen is a mutation of a thing as its revision was seen.
func (t thing) onSeen(name, about string, needs access.Permission, more inputs, do func(c call, id uuid.UUID, revision int, a args) (*outcome, error)) mutation {
	seen := inputs{"revision": must(gql.Int, "The revision you saw.")}
	return t.on(name, about, needs, seen.and(more), func(c call, id uuid.UUID, a args) (*outcome, error) {
		revision, err := a.revision()
		if err != nil {
			return nil, err
		}
		return do(c, id, revision, a)
	})
}

// act is a mutation of a thing that is one command, whatever the thing's revision. It needs what the command needs.
func act[C commands.Command](t thing, name, about string, more inputs, command func(c call, id uuid.UUID, a args) (C, error)) mutation {
	var kind C
	return t.on(name, about, kind.Needs(), more, func(c call, id uuid.UUID, a args) (*outcome, error) {
		return c.carried(command(c, id, a))
	})
}

// step is a mutation of a thing as its revision was seen that is one command. It needs what the command needs.
func step[C commands.Command](t thing, name, about string, more inputs, command func(c call, id uuid.UUID, revision int, a args) (C, error)) mutation {
	var kind C
	return t.onSeen(name, about, kind.Needs(), more, func(c call, id uuid.UUID, revision int, a args) (*outcome, error) {
		return c.carried(command(c, id, revision, a))
	})
}
