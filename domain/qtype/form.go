package qtype

import (
	"strings"

	"qbank/domain/content"
)

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

// Form is a form of one type version in one locale, compiled: all that a client needs to draw it, to check what is entered and to collect a
// response, without knowing the type. It never changes under its hash.
type Form struct {
	Locale   string       // of its texts: the one asked for, another of its language, or English
	Hash     content.Hash // of Document
	Document []byte       // canonical JSON
}

// Form compiles the form, once for each locale that the type has texts in. The document is
//
//	type, name, version   "single-choice@1.0.0", and its parts
//	locale                of every text below
//	title, description, category, icon
//	schema                JSON Schema of the content, without references, its texts chosen
//	ui                    a RJSF uiSchema, its texts chosen
//	widgets               by pointer ("*" is any item): {"widget", "type"}; a client that lacks the widget draws the JSON type
//	defaults              a content to begin with
//	choices               by pointer: {"options": [{"value", "label"}]}, or {"from", "value", "label"} where they are items of the content itself
//	secret                by pointer: "answer" or "feedback", what students do not see
//	response              JSON Schema of a response; null where nothing is answered
//	scored                whether answers earn marks
//	runtime, engine       what runs it, and the range of engines that it supports; engine is null where any does
func (t *Type) Form(locale string) Form {
	locale = t.textLocale(locale)
	if known, ok := t.forms.Load(locale); ok {
		return known.(Form)
	}
	document := content.Canonical(t.form(locale))
	form := Form{Locale: locale, Hash: content.HashBytes(document), Document: document}
	t.forms.Store(locale, form)
	return form
}

// textLocale is the locale in which texts will be, mostly: those of the title decide.
func (t *Type) textLocale(wanted string) string {
	texts, _ := t.document["title"].(map[string]any)
	if _, has := texts[wanted]; has {
		return wanted
	}
	language, _, _ := strings.Cut(wanted, "-")
	for _, name := range sortedKeys(texts) {
		if base, _, _ := strings.Cut(name, "-"); base == language {
			return name
		}
	}
	return "en"
}

func (t *Type) form(locale string) map[string]any {
	d := drawing{locale: locale, widgets: map[string]any{}, choices: map[string]any{}, secrets: map[string]any{}}
	d.walk(t.content.schema.document, t.document["ui"], t.content.places, "", t.content.places)
	runtime, _ := t.document["runtime"].(map[string]any)
	form := map[string]any{
		"type":        t.ref.String(),
		"name":        t.ref.ID,
		"version":     t.ref.Version,
		"locale":      locale,
		"title":       t.Title(locale),
		"description": in(t.document["description"], locale),
		"category":    t.Category(),
		"icon":        t.document["icon"],
		"schema":      localize(t.content.schema.document, locale),
		"ui":          localize(t.document["ui"], locale),
		"widgets":     d.widgets,
		"defaults":    t.Empty(),
		"choices":     d.choices,
		"secret":      d.secrets,
		"response":    localize(t.ResponseSchema(), locale),
		"scored":      t.Scored(),
		"runtime":     localize(t.document["runtime"], locale),
		"engine":      runtime["engine"],
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
			if !strings.HasPrefix(name, choiceLabel) {
				out[name] = in(text, locale)
			}
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
