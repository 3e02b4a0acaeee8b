package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/question"
)

func (s *schema) metadataMembers() []member[*question.Metadata] {
	type m = *question.Metadata
	return []member[m]{
		show("title", gql.String, "For authors.", func(m m) any { return filled(m.Title) }),
		show("subject", gql.String, "学科", func(m m) any { return filled(m.Subject) }),
		show("stage", gql.String, "学段", func(m m) any { return filled(m.Stage) }),
		show("grade", gql.String, "年级", func(m m) any { return filled(m.Grade) }),
		show("chapter", gql.String, "教材章节, parts divided by /.", func(m m) any { return filled(m.Chapter) }),
		show("source", gql.String, "来源: an exam, a book.", func(m m) any { return filled(m.Source) }),
		show("category", gql.String, "The source's own folder, parts divided by /.", func(m m) any { return filled(m.Category) }),
		show("difficulty", gql.String, "The author's estimate.", func(m m) any { return filled(m.Difficulty) }),
		show("tags", many(gql.String), "标签", func(m m) any { return anys(m.Tags) }),
		show("points", many(gql.String), "知识点: ids of knowledge points, or names where no tree has them yet.", func(m m) any { return anys(m.Points) }),
		load("knowledgePoints", many(s.point), "Those of the points that stand in a tree.", func(c call, m m) (any, error) {
			waiting := []any{}
			for _, p := range m.Points {
				if id, err := uuid.Parse(p); err == nil {
					waiting = append(waiting, c.points.Load(c.ctx, id))
				}
			}
			return present(waiting), nil
		}),
	}
}

// metadataTexts are the single-valued fields of metadata.
var metadataTexts = []struct {
	name, about string
	of          func(*question.Metadata) *string
}{
	{"title", "For authors.", func(m *question.Metadata) *string { return &m.Title }},
	{"subject", "学科", func(m *question.Metadata) *string { return &m.Subject }},
	{"stage", "学段", func(m *question.Metadata) *string { return &m.Stage }},
	{"grade", "年级", func(m *question.Metadata) *string { return &m.Grade }},
	{"chapter", "教材章节, parts divided by /.", func(m *question.Metadata) *string { return &m.Chapter }},
	{"source", "来源", func(m *question.Metadata) *string { return &m.Source }},
	{"category", "The source's own folder, parts divided by /.", func(m *question.Metadata) *string { return &m.Category }},
	{"difficulty", "The author's estimate.", func(m *question.Metadata) *string { return &m.Difficulty }},
}

// metadataLists are the others.
var metadataLists = []struct {
	name, about string
	of          func(*question.Metadata) *[]string
}{
	{"tags", "标签, all of them.", func(m *question.Metadata) *[]string { return &m.Tags }},
	{"points", "知识点, all of them: ids, or names where no tree has them yet.", func(m *question.Metadata) *[]string { return &m.Points }},
}

func metadataInputs() inputs {
	fields := inputs{}
	for _, f := range metadataTexts {
		fields[f.name] = in(gql.String, f.about)
	}
	for _, f := range metadataLists {
		fields[f.name] = in(listIn(gql.String), f.about)
	}
	return fields
}

// clearable names the fields of metadata that a patch may empty: null is not to be had in an input.
func clearable() *gql.Enum {
	var values []enumValue[string]
	for _, f := range metadataTexts {
		values = append(values, enumValue[string]{f.name, f.about})
	}
	for _, f := range metadataLists {
		values = append(values, enumValue[string]{f.name, f.about})
	}
	return enum("QuestionMetadataField", "A field of a question's metadata.", values...)
}

// patch changes the fields that are given, after emptying those that are named.
func patch(m question.Metadata, a args) question.Metadata {
	cleared := map[string]bool{}
	for _, name := range choices[string](a, "clear") {
		cleared[name] = true
	}
	for _, f := range metadataTexts {
		if cleared[f.name] {
			*f.of(&m) = ""
		}
		if a.has(f.name) {
			*f.of(&m) = a.text(f.name)
		}
	}
	for _, f := range metadataLists {
		if cleared[f.name] {
			*f.of(&m) = nil
		}
		if a.has(f.name) {
			*f.of(&m) = a.texts(f.name)
		}
	}
	return m
}
