package qtype

import (
	"strings"
	"unicode/utf8"

	"qbank/domain/content"
)

// maxSummary is how many characters of a stem name a question in a list.
const maxSummary = 200

// Texts returns the plain text of every place marked x-text that students see, in the order of members' names.
func (t *Type) Texts(doc any) []string { return t.texts(doc, false) }

// SecretTexts is Texts for the secret places: accepted answers, feedback, explanations.
func (t *Type) SecretTexts(doc any) []string { return t.texts(doc, true) }

// Summary is the stem (or what the type's "summary" points to) as one plain line of at most 200 characters.
func (t *Type) Summary(doc any) string {
	pointer, said := t.document["summary"].(string)
	if !said {
		pointer = "/stem"
	}
	p, hidden := t.content.places.reach(content.Tokens(pointer))
	value, there := content.At(doc, pointer)
	if p == nil || hidden || !there {
		return ""
	}
	line := plainText(p.text, value)
	if utf8.RuneCountInString(line) <= maxSummary {
		return line
	}
	return string([]rune(line)[:maxSummary-1]) + "…"
}

func (t *Type) texts(doc any, secret bool) []string {
	var c collector
	c.walk(t.content.places, doc, false, secret)
	return c.found
}

type collector struct{ found []string }

func (c *collector) walk(p *place, v any, hidden, secret bool) {
	if p == nil {
		return
	}
	hidden = hidden || p.secret != ""
	if p.text != "" {
		if line := plainText(p.text, v); line != "" && hidden == secret {
			c.found = append(c.found, line)
		}
		return
	}
	switch t := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(t) {
			c.walk(p.below(name), t[name], hidden, secret)
		}
	case []any:
		for i, item := range t {
			c.walk(p.item(i), item, hidden, secret)
		}
	}
}

// plainText writes a value marked x-text as one plain line.
func plainText(format string, v any) string {
	if format == "by-format" {
		object, _ := v.(map[string]any)
		format, _ = object["format"].(string)
		v = object["text"]
	}
	text, _ := v.(string)
	switch format {
	case "html", "moodle":
		text = plainHTML(text)
	case "markdown":
		text = plainMarkdown(text)
	}
	return strings.Join(strings.Fields(text), " ")
}
