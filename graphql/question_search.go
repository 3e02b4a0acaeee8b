package graphql

import (
	"slices"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/workflow"
	"qbank/graphql/engine"
	"qbank/projections/catalog"
	"qbank/projections/read"
)

// filterFields are the fields of the filter that take texts, and the fields of the catalogue they ask for.
var filterFields = []struct {
	name  string
	field catalog.Field
	about string
}{
	{"type", catalog.Type, "One of these question types, whatever their versions."},
	{"subject", catalog.Subject, "学科: one of these."}, {"stage", catalog.Stage, "学段: one of these."}, {"grade", catalog.Grade, "年级: one of these."},
	{"chapter", catalog.Chapter, "教材章节: one of these."}, {"source", catalog.Source, "来源: one of these."},
	{"category", catalog.Category, "The source's folder: one of these."}, {"difficulty", catalog.Difficulty, "The author's estimate: one of these."},
	{"tag", catalog.Tags, "标签: has one of these."}, {"point", catalog.Points, "知识点: filed under one of these."},
}

func (s *schema) filter() *gql.InputObject {
	fields := inputs{
		"state":       in(listIn(s.questionState), "In one of these states."),
		"batch":       in(listIn(gql.ID), "Changed last by one of these imports."),
		"allTags":     in(listIn(gql.String), "标签: has all of these."),
		"updatedFrom": in(engine.Instant, "Changed then or later."),
		"updatedTo":   in(engine.Instant, "Changed before then."),
	}
	for _, f := range filterFields {
		fields[f.name] = in(listIn(gql.String), f.about)
	}
	return inputObject("QuestionFilter", "Which questions are wanted: what is given must all hold. An empty text stands for what is not filled in.", fields)
}

func filterOf(a args, text string) (catalog.Filter, error) {
	f := catalog.Filter{Text: text, Any: map[catalog.Field][]string{}, AllTags: a.texts("allTags"),
		UpdatedFrom: a.instant("updatedFrom"), UpdatedTo: a.instant("updatedTo")}
	for _, field := range filterFields {
		if a.has(field.name) {
			f.Any[field.field] = a.texts(field.name)
		}
	}
	for _, state := range choices[workflow.State](a, "state") {
		f.Any[catalog.State] = append(f.Any[catalog.State], string(state))
	}
	for _, text := range a.texts("batch") {
		id, err := parseID(text, importName)
		if err != nil {
			return f, err
		}
		f.Any[catalog.Batch] = append(f.Any[catalog.Batch], id.String())
	}
	return f, nil
}

func (s *schema) questionRoots() []root {
	facetValue := object("FacetValue", "A value and how many questions have it.", func() []member[*catalog.Value] {
		type v = *catalog.Value
		return []member[v]{
			show("value", required(gql.String), "The value; empty where the field is not filled in.", func(v v) any { return v.Value }),
			show("count", required(gql.Int), "How many questions.", func(v v) any { return v.Count }),
		}
	})
	facet := object("Facet", "How the questions that are found spread over the values of a field, whatever of it is chosen.", func() []member[catalog.Facet] {
		return []member[catalog.Facet]{
			show("name", required(s.facetName), "The field.", func(f catalog.Facet) any { return f.Field }),
			show("values", many(facetValue), "The most frequent first, at most 100.", func(f catalog.Facet) any { return pointers(f.Values) }),
			show("more", required(gql.Boolean), "There are further values.", func(f catalog.Facet) any { return f.More }),
			show("atLeast", required(gql.Boolean), "Not every question was looked at: more than 10000 have the words that were looked for, and the counts may be higher.",
				func(f catalog.Facet) any { return f.AtLeast }),
		}
	})
	found := s.connection(s.question)
	s.connections[s.question].AddFieldConfig("facets", load("facets", many(facet), "The questions of all pages, counted by the values of fields.", facetsOf).
		with(gql.FieldConfigArgument{"names": arg(listIn(s.facetName), "The fields; all where it is not given.")}).field())
	return []root{
		{name: "question", of: s.question, needs: access.ReadQuestions, about: "A question.",
			args: gql.FieldConfigArgument{"id": arg(gql.NewNonNull(gql.ID), "Global id, UUID or code (题号) as people type it.")},
			resolve: func(c call) (any, error) {
				id, err := c.question(c.args.text("id"))
				if err != nil {
					return nil, err
				}
				return one(c, c.questions, id, noQuestion()), nil
			}},
		{name: "questions", of: found, needs: access.ReadQuestions, about: "The questions of the organisation and below that are wanted.",
			args: pageArgs(gql.FieldConfigArgument{
				"query":  arg(gql.String, "Words in Chinese or English that must all occur, or a code (题号)."),
				"filter": arg(s.filter(), "What must hold."),
				"sort":   arg(s.order, "The order; UPDATED where it is not given."),
			}), resolve: findQuestions},
	}
}

// search is what the fields of a connection of questions want to know.
type search struct {
	filter catalog.Filter
}

func findQuestions(c call) (any, error) {
	filter, err := filterOf(c.args.object("filter"), c.args.text("query"))
	if err != nil {
		return nil, err
	}
	org := c.actor.Scope.Org
	connection, err := list(c, catalogModel, func(p read.Page) (read.Rows[catalog.Question], error) {
		return c.Catalog.List(c.ctx, org, filter, choice(c.args, "sort", catalog.Updated), p)
	}, same)
	if err != nil {
		return nil, err
	}
	connection.Of = search{filter}
	connection.Total = counted(func() (int, bool, error) { return c.Catalog.Count(c.ctx, org, filter) })
	return connection, nil
}

func facetsOf(c call, connection *engine.Connection) (any, error) {
	wanted := choices[catalog.Field](c.args, "names")
	all := []any{}
	s, ok := connection.Of.(search)
	if !ok {
		return all, nil
	}
	facets, err := c.Catalog.Facets(c.ctx, c.actor.Scope.Org, s.filter)
	for _, f := range facets {
		if len(wanted) == 0 || slices.Contains(wanted, f.Field) {
			all = append(all, f)
		}
	}
	return all, err
}
