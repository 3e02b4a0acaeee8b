package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/graphql/engine"
	"qbank/internal/preview"
	"qbank/internal/ratelimit"
)

// mutation is a field of Mutation.
type mutation struct {
	name, about string
	of          gql.Output        // a payload
	needs       access.Permission // "": says itself who may do what
	who         fault.Text        // who may, where the permission alone does not say it
	input       inputs
	do          func(call, args) (*outcome, error)
}

// decidedBy says who may carry the mutation out, in the refusal of those who lack the permission.
func (m mutation) decidedBy(who fault.Text) mutation {
	m.who = who
	return m
}

// outcome is what a mutation came to.
type outcome struct {
	commands.Done
	typ       qtype.Ref           // registerType
	of        uuid.UUID           // the tree that a point belongs to, the thread that a comment does
	ref       string              // the workflow that was defined
	org       string              // whose policy was changed
	lane      environment.Name    // reviveEnvironment
	carried   []lesson.Carried    // recutLesson
	late      commands.LateChange // approveLessonChange
	link      *preview.Link       // createPreviewLink
	secret    string              // createApiKey, openPseudoLogin
	expires   int64               // openPseudoLogin: the secret does
	hashes    []string            // registerDocuments
	parts     []commands.Outcome  // what became of each of many
	assembled                     // assemblePaper
}

func (m mutation) field() *gql.Field {
	input := inputObject(upper(m.name[:1])+m.name[1:]+"Input", "The input of "+m.name+".", m.input)
	return &gql.Field{
		Type: m.of, Description: demanding(m.about, m.needs),
		Args: gql.FieldConfigArgument{"input": arg(gql.NewNonNull(input), "What to do.")},
		Resolve: func(p gql.ResolveParams) (any, error) {
			c := callOf(p)
			if err := m.allows(c); err != nil {
				return nil, err
			}
			if problems := tooLong(input, p.Args["input"], ""); len(problems) > 0 {
				return nil, fault.Refuse(fault.Limit, "input.too_long", fault.Say("some texts are too long", "部分文本过长"), problems...)
			}
			o, err := m.do(c, c.args.object("input"))
			if err != nil {
				return nil, fieldsOf(input).asWritten(err)
			}
			c.wrote(o.Position)
			return o, nil
		},
	}
}

// allows refuses callers who may not, and those who come too often.
func (m mutation) allows(c call) error {
	if err := c.actor.Known(); err != nil {
		return err
	}
	if m.needs != "" {
		if f := fault.Of(c.actor.Require(m.needs)); f != nil {
			if m.who != (fault.Text{}) {
				f.Message = m.who
			}
			return f
		}
	}
	return c.Limits.Actor(ratelimit.Mutations, c.actor.ID)
}

// carry gives a command to the bus.
func (c call) carry(command commands.Command) (*outcome, error) {
	done, err := c.Commands.Do(c.ctx, c.actor, command)
	return &outcome{Done: done}, err
}

// carried is carry, for a command that could perhaps not be read from the input.
func (c call) carried(command commands.Command, err error) (*outcome, error) {
	if err != nil {
		return nil, err
	}
	return c.carry(command)
}

// payload is the type of what mutations of one kind of thing return.
func payload(name, about string, members ...member[*outcome]) *gql.Object {
	return object(name, about, func() []member[*outcome] {
		return append(members,
			show("position", required(engine.Long), "Position of the last event in the log, for the argument at; 0 where nothing changed.",
				func(o *outcome) any { return o.Position }),
			show("revision", required(gql.Int), "Revision of the object afterwards.", func(o *outcome) any { return o.Revision }))
	})
}
