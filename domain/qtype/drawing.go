package qtype

import (
	"fmt"

	"qbank/domain/content"
)

// choiceLabel begins the names of texts that label the values of an enumeration: "x-i18n": {"choice:all": {"en": "All right", …}}.
const choiceLabel = "choice:"

// drawing collects how each place of a content is drawn.
type drawing struct {
	locale                    string
	widgets, choices, secrets map[string]any
}

// longText is the length from which a plain text gets more than a line, characters.
const longText = 200

func (d *drawing) walk(schema, ui any, p *place, at string, lists *place) {
	object, _ := schema.(map[string]any)
	hints, _ := ui.(map[string]any)
	if p == nil || object == nil {
		return
	}
	if p.secret != "" {
		d.secrets[at] = p.secret
	}
	types := typesOf(object)
	if len(types) == 0 {
		return
	}
	widget, _ := hints["ui:widget"].(string)
	if widget == "" {
		widget = usual(object, p, types[0])
	}
	if types[0] == "scalar" {
		types[0] = jsonType(object)
	}
	drawn := map[string]any{"type": types[0]}
	if widget != "" {
		drawn["widget"] = widget
	}
	if at != "" {
		d.widgets[at] = drawn
	}
	d.choose(object, p, at, lists)
	if p.text != "" { // one text, however it is put together
		return
	}
	members, _ := object["properties"].(map[string]any)
	for _, name := range sortedKeys(members) {
		d.walk(members[name], hints[name], p.below(name), at+"/"+content.Escape(name), lists)
	}
	if items, has := object["items"]; has {
		d.walk(items, hints["items"], p.items, at+"/*", lists)
	}
}

// usual is the widget of a place whose type names none; "" leaves it to the JSON type.
func usual(object map[string]any, p *place, kind string) string {
	_, enumerated := object["enum"]
	switch {
	case p.text == "by-format" || p.text == "markdown" || p.text == "html":
		return "richtext"
	case p.text == "latex":
		return "formula"
	case p.asset != "":
		return "asset"
	case p.ref != "" || enumerated:
		return "select"
	case kind == "boolean":
		return "checkbox"
	case kind == "number" || kind == "integer":
		return "number"
	case kind == "string" && limit(object["maxLength"], 0) > longText:
		return "textarea"
	case kind == "string":
		return "text"
	}
	return ""
}

// jsonType is the type of the values of an enumeration.
func jsonType(object map[string]any) string {
	values, _ := object["enum"].([]any)
	value := object["const"]
	if len(values) > 0 {
		value = values[0]
	}
	switch value.(type) {
	case bool:
		return "boolean"
	case float64:
		return "number"
	case nil:
		return "null"
	}
	return "string"
}

func (d *drawing) choose(object map[string]any, p *place, at string, lists *place) {
	if p.ref != "" {
		label := "/id"
		if list := lists.at(content.Tokens(p.ref)); list != nil && list.items != nil {
			for _, name := range list.items.names {
				if list.items.members[name].text != "" && list.items.members[name].secret == "" {
					label = "/" + content.Escape(name)
					break
				}
			}
		}
		d.choices[at] = map[string]any{"from": p.ref, "value": "/id", "label": label}
		return
	}
	values, _ := object["enum"].([]any)
	if len(values) == 0 {
		return
	}
	texts, _ := object["x-i18n"].(map[string]any)
	options := make([]any, len(values))
	for i, value := range values {
		name := fmt.Sprint(value)
		label := in(texts[choiceLabel+name], d.locale)
		if label == "" {
			label = name
		}
		options[i] = map[string]any{"value": value, "label": label}
	}
	d.choices[at] = map[string]any{"options": options}
}
