package question

import (
	"slices"
	"strings"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Metadata is what people file a question under. It is not part of what students see, and changing it needs no review.
type Metadata struct {
	Title      string   `json:"title,omitempty"`      // for authors
	Subject    string   `json:"subject,omitempty"`    // 学科
	Stage      string   `json:"stage,omitempty"`      // 学段: primary, junior, senior …
	Grade      string   `json:"grade,omitempty"`      // 年级
	Chapter    string   `json:"chapter,omitempty"`    // 教材章节, parts divided by "/"
	Source     string   `json:"source,omitempty"`     // 来源: an exam, a book
	Category   string   `json:"category,omitempty"`   // the source's own folder, parts divided by "/"
	Difficulty string   `json:"difficulty,omitempty"` // the author's estimate: easy, medium, hard or the school's own words
	Tags       []string `json:"tags,omitempty"`       // sorted, each once
	Points     []string `json:"points,omitempty"`     // ids of knowledge points, or their names where no tree has them yet; sorted, each once
}

// maxList bounds each list of metadata.
const maxList = 50

// Tidy returns the metadata with white space trimmed and lists sorted, or says which field is out of bounds.
func (m Metadata) Tidy() (Metadata, error) {
	var problems []fault.Problem
	for _, f := range []struct {
		name  string
		value *string
	}{
		{"title", &m.Title}, {"subject", &m.Subject}, {"stage", &m.Stage}, {"grade", &m.Grade}, {"chapter", &m.Chapter},
		{"source", &m.Source}, {"category", &m.Category}, {"difficulty", &m.Difficulty},
	} {
		*f.value = strings.TrimSpace(*f.value)
		problems = append(problems, text.Check("/"+f.name, *f.value, 0, text.Title)...)
	}
	m.Tags, problems = tidyList("/tags", m.Tags, problems)
	m.Points, problems = tidyList("/points", m.Points, problems)
	if len(problems) > 0 {
		return m, fault.Refuse(fault.Invalid, "question.metadata", fault.Say("the metadata is out of bounds", "元数据超出范围"), problems...)
	}
	return m, nil
}

// Hash identifies the metadata, apart from the content's hash.
func (m Metadata) Hash() content.Hash {
	list := func(items []string) []any {
		out := make([]any, len(items))
		for i, item := range items {
			out[i] = item
		}
		return out
	}
	return content.HashOf([]any{m.Title, m.Subject, m.Stage, m.Grade, m.Chapter, m.Source, m.Category, m.Difficulty, list(m.Tags), list(m.Points)})
}

// revert takes back what led from before to after, field by field, where nobody changed the field since.
func (m Metadata) revert(before, after Metadata) Metadata {
	for _, f := range []struct{ now, before, after *string }{
		{&m.Title, &before.Title, &after.Title}, {&m.Subject, &before.Subject, &after.Subject}, {&m.Stage, &before.Stage, &after.Stage},
		{&m.Grade, &before.Grade, &after.Grade}, {&m.Chapter, &before.Chapter, &after.Chapter}, {&m.Source, &before.Source, &after.Source},
		{&m.Category, &before.Category, &after.Category}, {&m.Difficulty, &before.Difficulty, &after.Difficulty},
	} {
		if *f.now == *f.after {
			*f.now = *f.before
		}
	}
	if slices.Equal(m.Tags, after.Tags) {
		m.Tags = before.Tags
	}
	if slices.Equal(m.Points, after.Points) {
		m.Points = before.Points
	}
	return m
}

func tidyList(pointer string, items []string, problems []fault.Problem) ([]string, []fault.Problem) {
	tidy := make([]string, 0, len(items))
	for _, item := range items {
		if item = strings.TrimSpace(item); item != "" {
			tidy = append(tidy, item)
		}
	}
	slices.Sort(tidy)
	if tidy = slices.Compact(tidy); len(tidy) == 0 {
		return nil, problems
	}
	if len(tidy) > maxList {
		return nil, append(problems, fault.Problem{Pointer: pointer, Code: "max_items",
			Message: fault.Say("more than %d entries", "超过 %d 项", maxList)})
	}
	for _, item := range tidy {
		problems = append(problems, text.Check(pointer, item, 1, text.Title)...)
	}
	return tidy, problems
}
