package qtype

import (
	"strconv"
	"strings"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// Describe says what stands at a place of a content: its titles as the form shows them, those of what it stands in first ("Options › 2 › Text"), and
// the format of a text: plain, markdown, html, latex or moodle, "" for what is no text. Where the schema has no title, the member's name
// stands for it, and an item's number from 1 for an item.
func (t *Type) Describe(doc any, pointer string) (label fault.Text, format string) {
	d := description{schema: t.content.schema.document, value: doc}
	d.mark()
	for _, token := range content.Tokens(pointer) {
		d.enter(token)
	}
	return fault.Text{EN: strings.Join(d.en, " › "), ZH: strings.Join(d.zh, " › ")}, d.format
}

// description follows a pointer through a schema and a document at once.
type description struct {
	schema, value any
	en, zh        []string
	format        string
	formatted     bool // the place is {"format", "text"}
}

func (d *description) enter(token string) {
	object, _ := d.schema.(map[string]any)
	within, format := d.formatted, d.format
	en, zh := token, token
	switch t := d.value.(type) {
	case []any:
		i, err := strconv.Atoi(token)
		if err == nil && i >= 0 && i < len(t) {
			d.value = t[i]
			en = strconv.Itoa(i + 1)
			zh = en
		}
		d.schema = object["items"]
		if tuple, _ := object["prefixItems"].([]any); err == nil && i >= 0 && i < len(tuple) {
			d.schema = tuple[i]
		}
	case map[string]any:
		d.value = t[token]
		properties, _ := object["properties"].(map[string]any)
		var declared bool
		if d.schema, declared = properties[token]; !declared {
			d.schema = object["additionalProperties"]
		}
	}
	d.mark()
	if within { // the parts of a text are known by what they are
		en, zh = "Format", "格式"
		if token == "text" {
			d.format = format
			return
		}
	}
	below, _ := d.schema.(map[string]any)
	texts, _ := below["x-i18n"].(map[string]any)
	if title := in(texts["title"], "en"); title != "" {
		en, zh = title, in(texts["title"], "zh-CN")
	}
	d.en, d.zh = append(d.en, en), append(d.zh, zh)
}

// mark reads the format of the place.
func (d *description) mark() {
	object, _ := d.schema.(map[string]any)
	d.format, _ = object["x-text"].(string)
	if d.formatted = d.format == "by-format"; d.formatted {
		value, _ := d.value.(map[string]any)
		d.format, _ = value["format"].(string)
	}
}
