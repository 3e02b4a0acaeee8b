package graphql

import (
	"encoding/json"

	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/qtype"
	"qbank/graphql/engine"
	"qbank/projections/read"
	qtypes "qbank/projections/types"
)

var localeArg = gql.FieldConfigArgument{"locale": arg(gql.String, "en or zh-CN; the language of the request where it is not given.")}

func (c call) locale() string {
	if l := c.args.text("locale"); l != "" {
		return l
	}
	return engine.Locale(c.ctx)
}

func (s *schema) typeTypes() {
	s.questionType = object(typeName, "A version of a question type (题型容器). It never changes.", func() []member[*qtype.Type] {
		type t = *qtype.Type
		return []member[t]{
			show("id", required(gql.ID), "Global id.", func(t t) any { return engine.GlobalID(typeName, t.Ref().String()) }),
			show("ref", required(gql.String), "Id and version, such as single-choice@1.0.0.", func(t t) any { return t.Ref().String() }),
			show("name", required(gql.String), "The id alone.", func(t t) any { return t.Ref().ID }),
			show("version", required(gql.String), "The version alone.", func(t t) any { return t.Ref().Version }),
			load("title", required(gql.String), "Its name.", func(c call, t t) (any, error) { return t.Title(c.locale()), nil }).with(localeArg),
			show("category", required(gql.String), "Groups types, such as choice.", func(t t) any { return t.Category() }),
			show("hash", required(gql.String), "Hash of the document.", func(t t) any { return string(t.Hash()) }),
			show("scored", required(gql.Boolean), "Whether answers earn marks.", func(t t) any { return t.Scored() }),
			show("answerable", required(gql.Boolean), "Whether there is anything to answer.", func(t t) any { return t.HasResponse() }),
			show("document", required(engine.JSON), "The type document.", func(t t) any { return canonical(t.Document()) }),
			show("contentSchema", required(engine.JSON), "JSON Schema of a content, its references written out.", func(t t) any { return canonical(t.ContentSchema()) }),
			show("responseSchema", engine.JSON, "JSON Schema of a response.", func(t t) any {
				if !t.HasResponse() {
					return nil
				}
				return canonical(t.ResponseSchema())
			}),
			load("form", required(engine.JSON), "All that a client needs to draw the type's form without knowing the type: schema, ui, widgets, defaults, choices, response, engine range.",
				func(c call, t t) (any, error) { return json.RawMessage(t.Form(c.locale()).Document), nil }).with(localeArg),
			load("formHash", required(gql.String), "Hash of that form: it never changes under it.",
				func(c call, t t) (any, error) { return string(t.Form(c.locale()).Hash), nil }).with(localeArg),
			show("empty", required(engine.JSON), "A content to begin a draft with.", func(t t) any { return canonical(t.Empty()) }),
			load("check", many(s.problem), "What would keep a content from being published.", func(c call, t t) (any, error) {
				doc, err := c.args.document("content")
				if err != nil {
					return nil, err
				}
				return anys(t.Check(doc)), nil
			}).with(gql.FieldConfigArgument{"content": arg(gql.NewNonNull(engine.JSON), "The content.")}),
		}
	}, s.node)
}

func canonical(doc any) any { return json.RawMessage(content.Canonical(doc)) }

func (s *schema) typeRoots() []root {
	return []root{
		{name: "questionType", of: s.questionType, needs: access.ReadQuestions, about: "A version of a question type.",
			args: gql.FieldConfigArgument{"ref": arg(gql.NewNonNull(gql.String), "Such as single-choice@1.0.0, or a global id.")},
			resolve: func(c call) (any, error) {
				ref, err := c.args.typeRef("ref")
				if err != nil {
					return nil, err
				}
				return c.Commands.Types.For(c.ctx, c.actor, ref)
			}},
		{name: "questionTypes", of: s.connection(s.questionType), needs: access.ReadQuestions,
			about: "The built-in types and those of the organisation, by id and version.",
			args:  pageArgs(gql.FieldConfigArgument{"name": arg(gql.String, "The id of a type: its versions."), "category": arg(gql.String, "Such as choice.")}),
			resolve: func(c call) (any, error) {
				var failed error
				filter := qtypes.Filter{ID: c.args.text("name"), Category: c.args.text("category")}
				connection, err := list(c, typesModel, func(p read.Page) (read.Rows[qtypes.Type], error) {
					return c.Types.List(c.ctx, c.actor.Scope.Org, filter, p)
				}, func(row *qtypes.Type) any {
					t, err := c.compiled(row.Ref)
					if err != nil {
						failed = err
					}
					return t
				})
				if failed != nil {
					return nil, failed
				}
				return connection, err
			}},
	}
}

func (s *schema) typeMutations() []mutation {
	registered := payload("QuestionTypePayload", "What the registration of a type came to.",
		load("questionType", s.questionType, "The type.", func(c call, o *outcome) (any, error) { return c.compiled(o.typ) }))
	return []mutation{{name: "registerType", of: registered, needs: commands.RegisterType{}.Needs(),
		about: "Makes a version of a question type known for ever, after its own examples have passed. The same document again changes nothing.",
		input: inputs{"document": must(engine.JSON, "The type document.")},
		do: func(c call, a args) (*outcome, error) {
			doc, err := a.document("document")
			if err != nil {
				return nil, err
			}
			compiled, err := qtype.Compile(content.Canonical(doc))
			if err != nil {
				return nil, err
			}
			o, err := c.carry(commands.RegisterType{Type: compiled})
			o.typ = compiled.Ref()
			return o, err
		}}}
}
