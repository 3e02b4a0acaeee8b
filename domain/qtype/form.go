package qtype

import "strings"

// in picks a text by locale: the locale itself, another of its language, English.
func in(localized any, locale string) string {
	texts, _ := localized.(map[string]any)
	if text, ok := texts[locale].(string); ok {
		return text
	}
	language, _, _ := strings.Cut(locale, "-")
	for _, name := range sortedKeys(texts) {
		if base, _, _ := strings.Cut(name, "-"); base == language {
			text, _ := texts[name].(string)
			return text
		}
	}
	text, _ := texts["en"].(string)
	return text
}

// Form is what a form generator needs to edit contents, with every text in one locale:
//
//	{"type": "single-choice@1.0.0", "title", "description", "category", "icon", "schema", "ui"}
//
// schema is the content schema without references, ui a RJSF uiSchema.
func (t *Type) Form(locale string) any {
	form := map[string]any{
		"type":        t.ref.String(),
		"title":       t.Title(locale),
		"description": in(t.document["description"], locale),
		"category":    t.Category(),
		"icon":        t.document["icon"],
		"schema":      localize(t.content.schema.document, locale),
		"ui":          localize(t.document["ui"], locale),
	}
	if form["ui"] == nil {
		form["ui"] = map[string]any{}
	}
	return form
}

// localize copies a document and puts the texts of each x-i18n beside it, in one locale.
func localize(v any, locale string) any {
	switch t := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(t))
		for name, value := range t {
			if name != "x-i18n" {
				out[name] = localize(value, locale)
			}
		}
		texts, _ := t["x-i18n"].(map[string]any)
		for name, text := range texts {
			out[name] = in(text, locale)
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, item := range t {
			out[i] = localize(item, locale)
		}
		return out
	}
	return v
}
